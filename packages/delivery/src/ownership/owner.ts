import { LABELS, OBJECT_ANNOTATIONS } from '@stageset/api';
import { type KubeObject, own } from '@stageset/k8s';

/** Labels with which appliers of this field mark what is theirs: by what name we call them, and the two keys. */
const FLUX_OWNERS = [
  { kind: 'Kustomization', group: 'kustomize.toolkit.fluxcd.io' },
  { kind: 'HelmRelease', group: 'helm.toolkit.fluxcd.io' },
] as const;

/** Written on a manifest, it lets a StageSet take an object over from whoever holds it. */
export const ADOPT_ANNOTATION = 'stages.metio.wtf/adopt';

export interface Owner {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

interface Key {
  readonly namespace: string;
  readonly name: string;
}

function label(object: KubeObject, key: string): string | undefined {
  const value = own(object.metadata.labels ?? {}, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function formatOwner({ kind, namespace, name }: Owner): string {
  return `${kind} ${namespace}/${name}`;
}

/** Whether a live object carries both owner labels of this StageSet. Only such objects are ever deleted. */
export function isOwnedBy(live: KubeObject, key: Key): boolean {
  return label(live, LABELS.name) === key.name && label(live, LABELS.namespace) === key.namespace;
}

/** Whether a live object says, in a label or an annotation, that it is to outlive us. */
export function isPruneDisabled({ metadata }: KubeObject): boolean {
  return [metadata.annotations, metadata.labels].some((map) => {
    const value = own(map ?? {}, OBJECT_ANNOTATIONS.prune);
    return typeof value === 'string' && value.toLowerCase() === 'disabled';
  });
}

/** The owners a live object names besides this StageSet, by their labels. */
export function otherOwners(live: KubeObject, key: Key): Owner[] {
  const owners: Owner[] = [];
  const name = label(live, LABELS.name);
  const namespace = label(live, LABELS.namespace);
  if (name !== undefined && namespace !== undefined && (name !== key.name || namespace !== key.namespace)) {
    owners.push({ kind: 'StageSet', namespace, name });
  }
  for (const { kind, group } of FLUX_OWNERS) {
    const fluxName = label(live, `${group}/name`);
    const fluxNamespace = label(live, `${group}/namespace`);
    if (fluxName !== undefined && fluxNamespace !== undefined) {
      owners.push({ kind, namespace: fluxNamespace, name: fluxName });
    }
  }
  return owners;
}

/** Whether the manifest asks for the object although somebody else holds it. */
export function asksForAdoption(desired: KubeObject): boolean {
  const value = own(desired.metadata.annotations ?? {}, ADOPT_ANNOTATION);
  return typeof value === 'string' && ['true', 'enabled'].includes(value.toLowerCase());
}

/** Two labels of owner name and namespace, and the stage. Written on the object itself, never on pod templates. */
export function ownerLabels(key: Key, stage: string): Record<string, string> {
  return { [LABELS.name]: key.name, [LABELS.namespace]: key.namespace, [LABELS.stage]: stage };
}
