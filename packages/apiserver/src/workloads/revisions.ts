import { deepEqual, type KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, numberAt } from '../builtin/fields.ts';
import { hashName } from './names.ts';
import { controllerReference, templateOf } from './pods/pod-template.ts';
import type { World } from './world.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };

/** The template as a ControllerRevision keeps it: a patch that puts it back. */
function snapshotOf(template: Fields): Fields {
  return { spec: { template: { $patch: 'replace', ...template } } };
}

export function revisionNumber(revision: KubeObject): number {
  return numberAt(revision, 'revision') ?? 0;
}

export interface RevisionLabels {
  readonly hashLabel: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The ControllerRevision of the owner's present template, made if there is none, and made the newest if the template
 * has come back to it.
 */
export function currentRevision(
  world: World,
  owner: KubeObject,
  { hashLabel, annotations }: RevisionLabels,
): KubeObject {
  const template = templateOf(owner);
  const data = snapshotOf(template);
  const known = world.controlled(owner, 'ControllerRevision');
  const newest = Math.max(0, ...known.map(revisionNumber));
  const found = known.find((revision) => deepEqual(revision['data'], data));
  if (found !== undefined) {
    if (revisionNumber(found) === newest) return found;
    return world.registry.update({ ...found, revision: newest + 1 }, WRITER);
  }
  const hash = hashName(template);
  const { name, namespace = '' } = owner.metadata;
  const labels = { ...fieldsAt(template, 'metadata', 'labels'), [hashLabel]: hash } as Record<string, string>;
  return world.registry.create(
    {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels,
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [controllerReference(owner)],
      },
      data,
      revision: newest + 1,
    },
    WRITER,
  );
}

/** The template that a revision keeps. */
export function templateOfRevision(revision: KubeObject): Fields {
  const { $patch: _, ...template } = fieldsAt(revision, 'data', 'spec', 'template');
  return template;
}

/** Drops the oldest revisions beyond the owner's limit; those in use stay. */
export function dropRevisions(world: World, owner: KubeObject, inUse: ReadonlySet<string>): void {
  const limit = numberAt(fieldsAt(owner, 'spec'), 'revisionHistoryLimit') ?? 10;
  const idle = world.controlled(owner, 'ControllerRevision').filter(({ metadata }) => !inUse.has(metadata.name));
  const surplus = idle
    .toSorted((a, b) => revisionNumber(a) - revisionNumber(b))
    .slice(0, Math.max(0, idle.length - limit));
  for (const { apiVersion, kind, metadata } of surplus) {
    world.registry.delete({ apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name });
  }
}
