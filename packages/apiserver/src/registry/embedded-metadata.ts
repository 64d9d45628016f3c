import {
  goJson,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type Nulls,
  type Schema,
  type StatusCause,
} from '@stageset/k8s';
import { decodeMetadata, goKind } from './decode-metadata.ts';
import { metadataFaults } from './metadata.ts';

/** Thrown for an embedded object whose type or metadata cannot be decoded. */
export class EmbeddedFault extends Error {
  readonly field: string;
  readonly detail: string;
  constructor(field: string, detail: string) {
    super(`${field}: ${detail}`);
    this.field = field;
    this.detail = detail;
  }
}

const EMBEDDED = 'x-kubernetes-embedded-resource';
const hasEmbedded = new WeakMap<Schema, boolean>();

/**
 * The object with the metadata of embedded resources in the shape that Go's types give them. Returns the same object when
 * its schema has none.
 * @throws {EmbeddedFault}
 */
export function decodeEmbedded(object: JsonObject, schema: Schema, nulls: Nulls = 'dropped'): JsonObject {
  return isEmbedding(schema) ? (coerced(object, schema, { path: '', isEmbedded: false, nulls }) as JsonObject) : object;
}

interface Place {
  readonly path: string;
  readonly isEmbedded: boolean;
  readonly nulls: Nulls;
}

/** What is wrong with the metadata of embedded resources. */
export function embeddedFaults(object: JsonObject, schema: Schema): readonly StatusCause[] {
  if (!isEmbedding(schema)) return [];
  const causes: StatusCause[] = [];
  faultsBelow(object, schema, '', causes);
  return causes;
}

function isEmbedding(schema: Schema): boolean {
  let known = hasEmbedded.get(schema);
  if (known === undefined) {
    known = childrenOf(schema).some((child) => child[EMBEDDED] === true || isEmbedding(child));
    hasEmbedded.set(schema, known);
  }
  return known;
}

function childrenOf({ properties = {}, items, additionalProperties }: Schema): readonly Schema[] {
  const extra = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [...Object.values(properties), ...(items === undefined ? [] : [items]), ...extra];
}

/** The part of a value, its place, and the schema that it has there. */
function* partsOf(value: unknown, schema: Schema, path: string): Generator<readonly [string, unknown, Schema, string]> {
  const { properties = {}, items, additionalProperties } = schema;
  if (isJsonArray(value) && items !== undefined) {
    for (const [index, item] of value.entries()) yield [String(index), item, items, `${path}[${index}]`];
  }
  if (!isJsonObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (property !== undefined) yield [key, member, property, path === '' ? key : `${path}.${key}`];
    else if (typeof additionalProperties === 'object') yield [key, member, additionalProperties, `${path}[${key}]`];
  }
}

function coerced(value: unknown, schema: Schema, { path, isEmbedded, nulls }: Place): unknown {
  const changes = new Map<string, unknown>();
  for (const [key, member, child, at] of partsOf(value, schema, path)) {
    const decoded = coerced(member, child, { path: at, isEmbedded: child[EMBEDDED] === true, nulls });
    if (decoded !== member) changes.set(key, decoded);
  }
  if (isEmbedded && isJsonObject(value) && Object.hasOwn(value, 'metadata')) {
    changes.set('metadata', metadataOf(value['metadata'], `${path}.metadata`));
  }
  if (isEmbedded && isJsonObject(value)) requireTexts(value, path, nulls);
  if (changes.size === 0) return value;
  if (isJsonArray(value)) return value.map((item, index) => (changes.has(`${index}`) ? changes.get(`${index}`) : item));
  return Object.fromEntries([...Object.entries(value as JsonObject), ...changes]);
}

/** A null that was applied is left for validation to refuse. */
function requireTexts(object: JsonObject, path: string, nulls: Nulls): void {
  for (const key of ['apiVersion', 'kind']) {
    const value = Object.hasOwn(object, key) ? object[key] : '';
    if (typeof value === 'string' || (value === null && nulls === 'kept')) continue;
    throw new EmbeddedFault(`${path}.${key}`, `Invalid value: ${goJson(value)}: must be a string`);
  }
}

function metadataOf(given: unknown, path: string): JsonObject {
  if (given === null) return {};
  const wrong = (why: string): Error => new EmbeddedFault(path, `Invalid value: ${goJson(given)}: ${why}`);
  if (!isJsonObject(given)) throw wrong(`json: cannot unmarshal ${goKind(given)} into Go value of type v1.ObjectMeta`);
  const inOrder = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
  const decoded = decodeMetadata(Object.fromEntries(inOrder), '');
  if (typeof decoded === 'string') throw wrong(decoded);
  const { name, ...metadata } = decoded;
  return name === '' ? metadata : { ...metadata, name };
}

function faultsBelow(value: unknown, schema: Schema, path: string, causes: StatusCause[]): void {
  for (const [, member, child, at] of partsOf(value, schema, path)) {
    if (child[EMBEDDED] === true && isJsonObject(member) && isJsonObject(member['metadata'])) {
      causes.push(...metadataFaults(member['metadata'], `${at}.metadata`));
    }
    faultsBelow(member, child, at, causes);
  }
}
