import { isJsonArray, isJsonObject, type JsonObject, own, setOwn } from '../json/value.ts';
import type { Schema } from '../schema.ts';

/** `pruned`: paths of what was dropped, sorted, as the API server writes them: `spec.template.foo`, `spec.list[0].bar`. */
export interface Pruned<T> {
  readonly object: T;
  readonly pruned: readonly string[];
}

const TYPE_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);
const METADATA_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]);

/**
 * Drops what a structural schema does not specify, as the API server does before it stores a custom resource. `apiVersion`,
 * `kind` and `metadata` of the object and of embedded resources stay; unknown keys of such metadata go.
 * `x-kubernetes-preserve-unknown-fields` keeps what is not specified at that place, while specified fields below it are
 * pruned by their own schema. For `fieldValidation=Strict`, `pruned` names the unknown fields.
 *
 * Returns the same object when nothing was dropped; never changes its input.
 */
export function prune<T extends JsonObject>(object: T, schema: Schema): Pruned<T> {
  const pruned: string[] = [];
  const kept = pruneObject(object, schema, '', pruned, true) as T;
  return { object: kept, pruned: pruned.sort() };
}

/** `schema` undefined: nothing is specified here. */
function pruneValue(value: unknown, schema: Schema | undefined, path: string, pruned: string[]): unknown {
  if (schema?.['x-kubernetes-preserve-unknown-fields'] === true) return keepValue(value, schema, path, pruned);
  if (isJsonObject(value)) {
    return pruneObject(value, schema, path, pruned, schema?.['x-kubernetes-embedded-resource'] === true);
  }
  return isJsonArray(value) ? mapItems(value, path, (item, at) => pruneValue(item, schema?.items, at, pruned)) : value;
}

/** Below `x-kubernetes-preserve-unknown-fields`. */
function keepValue(value: unknown, schema: Schema | undefined, path: string, pruned: string[]): unknown {
  if (schema === undefined) return value;
  if (isJsonObject(value)) {
    return keepUnspecified(value, schema, path, pruned, schema['x-kubernetes-embedded-resource'] === true);
  }
  return isJsonArray(value) ? mapItems(value, path, (item, at) => keepValue(item, schema.items, at, pruned)) : value;
}

/** The same list when `change` returns every item as it is. */
function mapItems(
  list: readonly unknown[],
  path: string,
  change: (item: unknown, path: string) => unknown,
): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [index, item] of list.entries()) {
    if (typeof item !== 'object' || item === null) continue;
    const kept = change(item, `${path}[${index}]`);
    if (kept === item) continue;
    copy ??= [...list];
    copy[index] = kept;
  }
  return copy ?? list;
}

function pruneObject(
  object: JsonObject,
  schema: Schema | undefined,
  path: string,
  pruned: string[],
  embedded: boolean,
): JsonObject {
  if (schema?.['x-kubernetes-preserve-unknown-fields'] === true) {
    return keepUnspecified(object, schema, path, pruned, embedded);
  }
  return mapFields(object, (key, value) => {
    if (embedded && TYPE_FIELDS.has(key))
      return key === 'metadata' ? pruneMetadata(value, join(path, key), pruned) : value;
    const field = fieldSchema(schema, key);
    if (field !== undefined) return pruneValue(value, field === true ? undefined : field, join(path, key), pruned);
    pruned.push(join(path, key));
    return undefined;
  });
}

/** Below `x-kubernetes-preserve-unknown-fields`: only what is specified is looked into. */
function keepUnspecified(
  object: JsonObject,
  schema: Schema | undefined,
  path: string,
  pruned: string[],
  embedded: boolean,
): JsonObject {
  return mapFields(object, (key, value) => {
    if (embedded && TYPE_FIELDS.has(key))
      return key === 'metadata' ? pruneMetadata(value, join(path, key), pruned) : value;
    const field = fieldSchema(schema, key);
    if (field === undefined) return value;
    return pruneValue(value, field === true ? undefined : field, join(path, key), pruned);
  });
}

function pruneMetadata(metadata: unknown, path: string, pruned: string[]): unknown {
  if (!isJsonObject(metadata)) return metadata;
  return mapFields(metadata, (key, value) => {
    if (isEmpty(value)) return undefined;
    if (METADATA_FIELDS.has(key)) return value;
    pruned.push(join(path, key));
    return undefined;
  });
}

/** Go's types keep neither empty maps and lists nor empty texts. */
function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === '' || value === null;
  return Object.keys(value).length === 0;
}

/** The schema of a key; `true` when any key may be there but nothing is said of its value; `undefined` when it is unknown. */
function fieldSchema(schema: Schema | undefined, key: string): Schema | true | undefined {
  if (schema === undefined) return undefined;
  const property = schema.properties === undefined ? undefined : (own(schema.properties, key) as Schema | undefined);
  if (property !== undefined) return property;
  return schema.additionalProperties === false ? undefined : schema.additionalProperties;
}

/** The same object when `change` returns every value as it is; without a key when it returns `undefined`. */
function mapFields(object: JsonObject, change: (key: string, value: unknown) => unknown): JsonObject {
  const keys = Object.keys(object);
  let changed = false;
  const values = keys.map((key) => {
    const before = object[key];
    const after = change(key, before);
    changed ||= after !== before;
    return after;
  });
  if (!changed) return object;
  const copy: Record<string, unknown> = {};
  for (const [index, key] of keys.entries()) {
    if (values[index] !== undefined) setOwn(copy, key, values[index]);
  }
  return copy;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
