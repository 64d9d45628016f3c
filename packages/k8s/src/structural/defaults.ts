import { cloneJson, isJsonArray, isJsonObject, type JsonObject, own, setOwn, shallowCopy } from '../json/value.ts';
import type { Schema } from '../schema.ts';

/**
 * Fills in the defaults of a structural schema as the API server does when it decodes a custom resource: a key that is
 * missing gets its default, and so does a `null` where the schema is not nullable; such a `null` without a default is
 * dropped. Defaults inside an object that is not there do not bring it into being.
 *
 * Returns the same object when nothing was to be done; never changes its input and never shares a default with the schema.
 */
export function applyDefaults<T extends JsonObject>(object: T, schema: Schema, nulls: Nulls = 'dropped'): T {
  return defaultObject(object, schema, nulls) as T;
}

/** What a server-side apply says to be null is kept, for validation to refuse. */
export type Nulls = 'dropped' | 'kept';

function defaultValue(value: unknown, schema: Schema, nulls: Nulls): unknown {
  if (isJsonObject(value)) return defaultObject(value, schema, nulls);
  return isJsonArray(value) && schema.items !== undefined ? defaultList(value, schema.items, nulls) : value;
}

function defaultObject(object: JsonObject, schema: Schema, nulls: Nulls): JsonObject {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(object)) {
    const field = fieldSchema(schema, key);
    if (field === undefined) continue;
    const before = object[key];
    const after = before === null && field.nullable !== true ? freshDefault(field) : defaultValue(before, field, nulls);
    if (after === before || (after === undefined && nulls === 'kept')) continue;
    copy ??= shallowCopy(object);
    if (after === undefined) delete copy[key];
    else setOwn(copy, key, after);
  }
  for (const [key, field] of defaultedFields(schema)) {
    if (Object.hasOwn(object, key)) continue;
    copy ??= shallowCopy(object);
    setOwn(copy, key, freshDefault(field));
  }
  return copy ?? object;
}

/** Nothing is dropped from a list: a null that may not be there and has no default is left for validation to name. */
function defaultList(list: readonly unknown[], items: Schema, nulls: Nulls): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const before = list[index];
    const after =
      before === null && items.nullable !== true ? (freshDefault(items) ?? null) : defaultValue(before, items, nulls);
    if (after === before) continue;
    copy ??= [...list];
    copy[index] = after;
  }
  return copy ?? list;
}

/** A copy of the default, with the defaults of its own fields filled in; `undefined` when there is none. */
function freshDefault(schema: Schema): unknown {
  return hasDefault(schema) ? defaultValue(cloneJson(schema.default), schema, 'dropped') : undefined;
}

/** `default: null` says nothing, as in the API server. */
function hasDefault(schema: Schema): boolean {
  return schema.default !== undefined && schema.default !== null;
}

function fieldSchema(schema: Schema, key: string): Schema | undefined {
  const property = schema.properties === undefined ? undefined : (own(schema.properties, key) as Schema | undefined);
  if (property !== undefined) return property;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** Computed once a schema: objects are many, and most fields have no default. */
const DEFAULTED = new WeakMap<Schema, readonly (readonly [string, Schema])[]>();

function defaultedFields(schema: Schema): readonly (readonly [string, Schema])[] {
  let fields = DEFAULTED.get(schema);
  if (fields === undefined) {
    fields = Object.entries(schema.properties ?? {}).filter(([, field]) => hasDefault(field));
    DEFAULTED.set(schema, fields);
  }
  return fields;
}
