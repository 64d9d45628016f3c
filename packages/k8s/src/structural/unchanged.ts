import { deepEqual } from '../json/equality.ts';
import { isJsonArray, isJsonObject, own } from '../json/value.ts';
import type { Schema } from '../schema.ts';

/**
 * Whether a value is what it was before an update, as the API server sees it when it ratchets: items of a list with keys may
 * have changed places, and a field that the schema does not know makes its object another one.
 */
export function isUnchanged(value: unknown, old: unknown, schema: Schema): boolean {
  if (isJsonArray(value) && isJsonArray(old)) {
    const { items } = schema;
    const former = items === undefined ? undefined : formerItems(schema, old);
    if (former === undefined || items === undefined) return deepEqual(value, old);
    return value.length === old.length && value.every((item) => isUnchanged(item, former(item), items));
  }
  if (!isJsonObject(value) || !isJsonObject(old)) return deepEqual(value, old);
  const keys = Object.keys(value);
  return (
    keys.length === Object.keys(old).length &&
    keys.every((key) => {
      const field = fieldSchema(schema, key);
      return field !== undefined && Object.hasOwn(old, key) && isUnchanged(value[key], old[key], field);
    })
  );
}

function fieldSchema({ properties, additionalProperties }: Schema, key: string): Schema | undefined {
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** No former value belongs to this one. */
export const NONE: unique symbol = Symbol('none');

/** Items of a list map belong to the former items with the same keys; those of other lists to none. */
export function formerItems(schema: Schema, old: unknown): ((item: unknown) => unknown) | undefined {
  if (!isJsonArray(old) || schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const identify = (item: unknown): string =>
    JSON.stringify(isJsonObject(item) ? keys.map((key) => own(item, key) ?? null) : null);
  const former = new Map(old.map((item) => [identify(item), item]));
  return (item) => former.get(identify(item)) ?? NONE;
}
