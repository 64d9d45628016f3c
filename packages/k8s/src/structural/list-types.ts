import { isJsonArray, isJsonObject, type JsonObject, own, setOwn } from '../json/value.ts';
import type { Schema } from '../schema.ts';
import { duplicateCause, invalidCause, type ValidationCause } from './cause.ts';
import { goJson } from './go-format.ts';

/** Items of `x-kubernetes-list-type: set` must differ, those of `map` must differ in their keys. Each repeated one is told once. */
export function validateListTypes(object: unknown, schema: Schema): ValidationCause[] {
  const causes: ValidationCause[] = [];
  visit(object, schema, '', causes);
  return causes;
}

function visit(value: unknown, schema: Schema, path: string, causes: ValidationCause[]): void {
  if (isJsonArray(value)) {
    const type = schema['x-kubernetes-list-type'];
    if (type === 'set') causes.push(...repeated(value, path));
    else if (type === 'map') causes.push(...repeatedKeys(value, schema['x-kubernetes-list-map-keys'] ?? [], path));
    const { items } = schema;
    if (items !== undefined)
      for (const [index, item] of value.entries()) visit(item, items, `${path}[${index}]`, causes);
  } else if (isJsonObject(value)) {
    visitFields(value, schema, path, causes);
  }
}

function visitFields(object: JsonObject, schema: Schema, path: string, causes: ValidationCause[]): void {
  const { properties = {}, additionalProperties } = schema;
  for (const key of Object.keys(object)) {
    const property = own(properties, key) as Schema | undefined;
    if (property !== undefined) visit(object[key], property, path === '' ? key : `${path}.${key}`, causes);
    else if (typeof additionalProperties === 'object')
      visit(object[key], additionalProperties, `${path}[${key}]`, causes);
  }
}

function repeatedKeys(list: readonly unknown[], names: readonly string[], path: string): ValidationCause[] {
  const wrong = list.findIndex((item) => item !== null && !isJsonObject(item));
  if (wrong >= 0) {
    return [invalidCause(`${path}[${wrong}]`, list[wrong], 'must be an object for an array of list-type map')];
  }
  const keyOf = (item: unknown): JsonObject => {
    const key: Record<string, unknown> = {};
    if (isJsonObject(item)) for (const name of names) if (Object.hasOwn(item, name)) setOwn(key, name, item[name]);
    return key;
  };
  const [name] = names;
  // Most lists have one key, and its value alone tells their items apart.
  const identify =
    names.length === 1 && name !== undefined
      ? (item: unknown) => (isJsonObject(item) && Object.hasOwn(item, name) ? identityOf(item[name]) : NO_KEY)
      : (item: unknown) => goJson(keyOf(item));
  return repeatedPlaces(list, identify).map((index) => duplicateCause(`${path}[${index}]`, keyOf(list[index])));
}

const NO_KEY = Symbol('no key');

function repeated(list: readonly unknown[], path: string): ValidationCause[] {
  return repeatedPlaces(list, identityOf).map((index) => duplicateCause(`${path}[${index}]`, list[index]));
}

/** Scalars are themselves; lists and objects are their JSON, kept apart from a text that looks like it. */
function identityOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null
    ? `json ${goJson(value)}`
    : typeof value === 'string'
      ? `text ${value}`
      : value;
}

/** Where each repeated item occurs for the second time. */
function repeatedPlaces(list: readonly unknown[], identify: (item: unknown) => unknown): number[] {
  const times = new Map<unknown, number>();
  const places: number[] = [];
  for (const [index, item] of list.entries()) {
    const identity = identify(item);
    const before = times.get(identity) ?? 0;
    times.set(identity, before + 1);
    if (before === 1) places.push(index);
  }
  return places;
}
