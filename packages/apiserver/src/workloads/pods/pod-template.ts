import type { KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt } from '../../builtin/fields.ts';

export function templateOf(owner: KubeObject): Fields {
  return fieldsAt(owner, 'spec', 'template');
}

/** What a controller writes over the objects it makes, so that they go with it and no one else adopts them. */
export function controllerReference(owner: KubeObject): NonNullable<KubeObject['metadata']['ownerReferences']>[number] {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

export interface PodParts {
  readonly name: string;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Members of the pod's spec that stand over those of the template. */
  readonly spec?: Readonly<Fields>;
}

/** A pod of an owner's template. */
export function podOf(owner: KubeObject, template: Fields, parts: PodParts): KubeObject {
  const metadata = fieldsAt(template, 'metadata');
  const { namespace } = owner.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: parts.name,
      ...(parts.generateName === undefined ? {} : { generateName: parts.generateName }),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...(fieldsAt(metadata, 'labels') as Record<string, string>), ...parts.labels },
      annotations: { ...(fieldsAt(metadata, 'annotations') as Record<string, string>), ...parts.annotations },
      finalizers: Array.isArray(metadata['finalizers']) ? metadata['finalizers'] : [],
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...fieldsAt(template, 'spec'), ...parts.spec },
  };
}

/** A number, or a share in percent of a total. */
export function scaledValue(value: unknown, total: number, round: 'up' | 'down', absent: number): number {
  if (typeof value === 'number') return value;
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  if (percent === undefined) return absent;
  const share = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
