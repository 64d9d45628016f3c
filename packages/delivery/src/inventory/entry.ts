import { formatApiVersion, type ObjectRef, parseApiVersion } from '@stageset/k8s';

/**
 * One object that a stage has, or may have, put into the cluster. `v` is the API version without its group. `sa` and
 * `prune` are how the stage was set when it applied the object, so that a stage that has left the spec is torn down as
 * it was made. `at` is where: a reference to a kubeconfig and the address it led to; the controller's own cluster when
 * absent.
 */
export interface Entry {
  readonly id: string;
  readonly v: string;
  readonly sa?: string;
  readonly prune?: boolean;
  readonly at?: string;
}

/** Tells entries of one stage apart: the same object in two clusters is two. */
export function entryKey({ id, at }: Pick<Entry, 'id' | 'at'>): string {
  return at === undefined ? id : `${id} ${at}`;
}

/**
 * `<namespace>_<name>_<group>_<kind>`, empty parts for cluster-scoped objects and the core group. Names with colons
 * stand as they are. No part can hold an underscore, so the id is unambiguous.
 */
export function entryId(ref: ObjectRef): string {
  const { group } = parseApiVersion(ref.apiVersion);
  return `${ref.namespace ?? ''}_${ref.name}_${group}_${ref.kind}`;
}

/** The object that an entry names, or `undefined` when the id is not one: such an entry is counted and left alone. */
export function entryRef(entry: Entry): ObjectRef | undefined {
  const parts = entry.id.split('_');
  const [namespace, name, group, kind] = parts;
  if (parts.length !== 4 || namespace === undefined || group === undefined || !name || !kind || entry.v === '') {
    return undefined;
  }
  const apiVersion = formatApiVersion(group, entry.v);
  return namespace === '' ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name };
}
