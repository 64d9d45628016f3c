import { deepEqual, isJsonArray, isJsonObject, type JsonPath, type KubeObject, own } from '@stageset/k8s';

/**
 * Where a live object is not as its manifest. `value`: it lacks or differs from a value of the manifest. `ownership`: the
 * value is right but another manager holds the field. `extra`: we hold a field that the manifest no longer has.
 */
export interface Difference {
  readonly kind: 'value' | 'ownership' | 'extra';
  readonly path: JsonPath;
}

/** A fieldsV1 trie: `f:` names a field, `k:` a list item by its keys, `v:` a set member; `.` is the node itself. */
type FieldSet = { readonly [key: string]: unknown };

interface Visit {
  readonly found: Difference[];
  readonly limit: number;
}

/** Enough to say what has changed; a report never needs more. */
const MAX_DIFFERENCES = 20;
/** Fields of an object that no manager owns. */
const IDENTITY = new Set(['apiVersion', 'kind']);
const IDENTITY_META = new Set(['name', 'namespace', 'creationTimestamp']);

/**
 * Whether a server-side apply of `desired` by `manager` could change `live`, without asking the server: every value of
 * the manifest is there and ours, and we own nothing else. Values are compared as JSON, so that one the server writes
 * differently (`1000m` as `1`) counts as a difference: a needless apply, never a missed one.
 */
export function differences(
  desired: KubeObject,
  live: KubeObject,
  manager: string,
  limit = MAX_DIFFERENCES,
): readonly Difference[] {
  const entry = live.metadata.managedFields?.find(
    (fields) => fields.manager === manager && fields.operation === 'Apply' && (fields.subresource ?? '') === '',
  );
  const visit: Visit = { found: [], limit };
  if (entry === undefined) {
    visit.found.push({ kind: 'ownership', path: [] });
    // Says what the other manager has changed, as far as the manifest can tell.
    walkValues(withoutIdentity(desired), live, [], visit);
    return visit.found;
  }
  if (entry.apiVersion !== desired.apiVersion) return [{ kind: 'ownership', path: ['apiVersion'] }];
  walkObject(withoutIdentity(desired), live, entry.fieldsV1, [], visit);
  return visit.found;
}

function withoutIdentity(object: KubeObject): Record<string, unknown> {
  const { metadata, ...rest } = object;
  const kept = Object.fromEntries(Object.entries(rest).filter(([key]) => !IDENTITY.has(key)));
  kept['metadata'] = Object.fromEntries(Object.entries(metadata).filter(([key]) => !IDENTITY_META.has(key)));
  return kept;
}

function report(visit: Visit, kind: Difference['kind'], path: JsonPath): void {
  if (visit.found.length < visit.limit) visit.found.push({ kind, path });
}

function isEmptySet(set: unknown): boolean {
  return !isJsonObject(set) || Object.keys(set).every((key) => key === '.');
}

function walk(desired: unknown, live: unknown, set: unknown, path: JsonPath, visit: Visit): void {
  if (visit.found.length >= visit.limit) return;
  if (isJsonObject(desired) && isJsonObject(live) && !isEmptySet(set)) {
    walkObject(desired, live, set as FieldSet, path, visit);
  } else if (isJsonArray(desired) && isJsonArray(live) && !isEmptySet(set)) {
    walkList(desired, live, set as FieldSet, path, visit);
  } else if (!sameLeaf(desired, live)) {
    report(visit, 'value', path);
  }
}

/** `{}` and a map that others have filled are the same to us: we own the map's being there, not what is in it. */
function sameLeaf(desired: unknown, live: unknown): boolean {
  if (isJsonObject(desired) && Object.keys(desired).length === 0 && isJsonObject(live)) return true;
  return deepEqual(desired, live);
}

function walkObject(
  desired: Readonly<Record<string, unknown>>,
  live: Readonly<Record<string, unknown>>,
  set: FieldSet,
  path: JsonPath,
  visit: Visit,
): void {
  for (const key of Object.keys(desired)) {
    const value = desired[key];
    // A null in a manifest is a field left out.
    if (value === null || value === undefined) continue;
    const child = [...path, key];
    const owned = own(set, `f:${key}`);
    if (!Object.hasOwn(live, key)) {
      if (!isVoid(value)) report(visit, 'value', child);
    } else if (owned === undefined) {
      if (isVoid(value)) continue;
      const before = visit.found.length;
      walkValues(value, live[key], child, visit);
      if (visit.found.length === before) report(visit, 'ownership', child);
    } else {
      walk(value, live[key], owned, child, visit);
    }
  }
  for (const key of Object.keys(set)) {
    if (!key.startsWith('f:')) continue;
    const field = key.slice(2);
    const value = own(desired, field);
    if (value === undefined || value === null) report(visit, 'extra', [...path, field]);
  }
}

/** What the server does not keep: no field comes of it. */
function isVoid(value: unknown): boolean {
  if (isJsonObject(value)) {
    const values = Object.values(value);
    return values.length > 0 && values.every(isVoid);
  }
  return value === null || value === undefined;
}

function walkList(
  desired: readonly unknown[],
  live: readonly unknown[],
  set: FieldSet,
  path: JsonPath,
  visit: Visit,
): void {
  let owned = 0;
  let matched = 0;
  for (const key of Object.keys(set)) {
    if (key === '.') continue;
    owned++;
    const exact = findItem(desired, key, true);
    const at = exact >= 0 ? exact : findItem(desired, key, false);
    if (at < 0) {
      report(visit, 'extra', path);
      continue;
    }
    matched++;
    const liveAt = findItem(live, key, true);
    if (liveAt < 0) report(visit, 'value', [...path, at]);
    else if (key.startsWith('k:')) walk(desired[at], live[liveAt], set[key], [...path, at], visit);
  }
  if (matched === owned && desired.length !== owned) report(visit, 'value', path);
}

/** The list item that `k:{…}` or `v:…` names. In a manifest a key that the server defaults may be left out. */
function findItem(list: readonly unknown[], key: string, exact: boolean): number {
  const wanted = parseKey(key.slice(2));
  if (wanted === undefined) return -1;
  if (key.startsWith('v:')) return list.findIndex((item) => deepEqual(item, wanted.value));
  if (!key.startsWith('k:') || !isJsonObject(wanted.value)) return -1;
  const keys = Object.entries(wanted.value);
  return list.findIndex(
    (item) =>
      isJsonObject(item) &&
      keys.every(([name, value]) => {
        const has = own(item, name);
        return has === undefined ? !exact : deepEqual(has, value);
      }),
  );
}

function parseKey(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** Compares values alone: every value of the manifest is somewhere in the live object. */
function walkValues(desired: unknown, live: unknown, path: JsonPath, visit: Visit): void {
  if (visit.found.length >= visit.limit) return;
  if (isJsonObject(desired) && isJsonObject(live)) {
    for (const key of Object.keys(desired)) {
      if (!isVoid(desired[key])) walkValues(desired[key], own(live, key), [...path, key], visit);
    }
  } else if (isJsonArray(desired) && isJsonArray(live) && desired.length === live.length) {
    desired.forEach((item, index) => {
      walkValues(item, live[index], [...path, index], visit);
    });
  } else if (!deepEqual(desired, live)) {
    report(visit, 'value', path);
  }
}
