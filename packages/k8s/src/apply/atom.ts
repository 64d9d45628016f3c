import { isJsonArray, isJsonObject } from '../json/value.ts';
import type { Schema } from '../schema.ts';

/**
 * Types as merging sees them. An atom says which of scalar, list and map a value may be, and how its parts relate:
 * either each is owned for itself, or the whole is one field (`isAtomic`).
 */
export interface Atom {
  readonly scalar: ScalarType | undefined;
  readonly list: ListType | undefined;
  readonly map: MapType | undefined;
}

export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped';

export interface ListType {
  readonly isAtomic: boolean;
  /** Names of the fields that tell items apart. Empty for a set, whose items are told apart by value. */
  readonly keys: readonly string[];
  readonly element: () => Atom;
}

export interface MapType {
  readonly isAtomic: boolean;
  /** Whether nothing is declared and any key is welcome; such maps keep their ownership as it is when a schema changes. */
  readonly isFreeForm: boolean;
  readonly fields: ReadonlyMap<string, FieldType>;
  /** The type of keys that are not declared; `undefined` where there may be none. */
  readonly element: (() => Atom) | undefined;
}

export interface FieldType {
  readonly atom: () => Atom;
  readonly default: unknown;
}

const NO_FIELDS: ReadonlyMap<string, FieldType> = new Map();

/** A value of unknown type that is one field, whatever it holds. */
const UNTYPED: Atom = {
  scalar: 'untyped',
  list: { isAtomic: true, keys: [], element: () => UNTYPED },
  map: { isAtomic: true, isFreeForm: false, fields: NO_FIELDS, element: () => UNTYPED },
};

/** A value of unknown type whose maps are taken apart, key by key. Lists in it are one field each. */
export const DEDUCED: Atom = {
  scalar: 'untyped',
  list: { isAtomic: true, keys: [], element: () => UNTYPED },
  map: { isAtomic: false, isFreeForm: true, fields: NO_FIELDS, element: () => DEDUCED },
};

const compiled = new WeakMap<Schema, Atom>();
const compiledPreserving = new WeakMap<Schema, Atom>();

/**
 * The atom of a schema node, compiled once per node and only as deep as it is asked for, so that schemas that refer to
 * themselves are fine.
 *
 * @param isPreserving whether a node above this one preserves unknown fields, which then holds for all below it
 */
export function atomOf(schema: Schema, isPreserving = false): Atom {
  const preserves = isPreserving || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const cache = preserves ? compiledPreserving : compiled;
  let atom = cache.get(schema);
  if (atom === undefined) {
    atom = compile(schema, preserves);
    cache.set(schema, atom);
  }
  return atom;
}

function compile(schema: Schema, preserves: boolean): Atom {
  switch (schema.type) {
    case 'object':
      return { scalar: undefined, list: undefined, map: compileMap(schema, preserves) };
    case 'array':
      return { scalar: undefined, list: compileList(schema, preserves), map: undefined };
    case 'integer':
    case 'number':
      return scalarAtom('numeric');
    case 'boolean':
      return scalarAtom('boolean');
    case 'string':
      return scalarAtom(schema.format === undefined || schema.format === 'byte' ? 'string' : 'untyped');
    default:
      return { scalar: 'untyped', list: compileList(schema, preserves), map: compileMap(schema, preserves) };
  }
}

function scalarAtom(scalar: ScalarType): Atom {
  return { scalar, list: undefined, map: undefined };
}

function compileMap(schema: Schema, preserves: boolean): MapType {
  const fields = new Map<string, FieldType>();
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    fields.set(name, { atom: () => atomOf(field, preserves), default: field.default });
  }
  const extra = schema.additionalProperties;
  const isAtomic = schema['x-kubernetes-map-type'] === 'atomic';
  if (typeof extra === 'object') {
    const isFreeForm = fields.size === 0 && atomOf(extra, preserves).scalar === 'untyped';
    return { isAtomic, isFreeForm, fields, element: () => atomOf(extra, preserves) };
  }
  const isOpen = extra === true || (extra === undefined && (preserves || fields.size === 0));
  return { isAtomic, isFreeForm: isOpen && fields.size === 0, fields, element: isOpen ? () => DEDUCED : undefined };
}

function compileList(schema: Schema, preserves: boolean): ListType {
  const items = schema.items;
  const element = items === undefined ? () => UNTYPED : () => atomOf(items, preserves);
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== undefined) {
    const keys = listType === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [];
    return { isAtomic: listType === 'atomic', keys, element };
  }
  const strategy = schema['x-kubernetes-patch-strategy'];
  if (strategy === 'merge' || strategy === 'merge,retainKeys') {
    const key = schema['x-kubernetes-patch-merge-key'];
    return { isAtomic: false, keys: key === undefined ? [] : [key], element };
  }
  return { isAtomic: true, keys: [], element };
}

/** The type of a map's key: its own when declared, otherwise that of undeclared keys; `undefined` when it may not be there. */
export function typeOfKey(map: MapType, key: string): Atom | undefined {
  return (map.fields.get(key)?.atom ?? map.element)?.();
}

/**
 * Narrows an atom to what a value is. Null, an absent value and a value that does not fit narrow nothing: null takes
 * the form of what it is compared with.
 */
export function narrow(atom: Atom, value: unknown): Atom {
  if (value === null || value === undefined) return atom;
  if (isJsonArray(value)) return atom.list === undefined ? atom : only(atom, 'list');
  if (isJsonObject(value)) return atom.map === undefined ? atom : only(atom, 'map');
  return atom.scalar === undefined ? atom : only(atom, 'scalar');
}

const narrowed = new WeakMap<Atom, Partial<Record<keyof Atom, Atom>>>();

function only(atom: Atom, part: keyof Atom): Atom {
  if (part !== 'scalar' && atom.scalar === undefined && (atom.list === undefined || atom.map === undefined))
    return atom;
  if (part === 'scalar' && atom.list === undefined && atom.map === undefined) return atom;
  let parts = narrowed.get(atom);
  if (parts === undefined) {
    parts = {};
    narrowed.set(atom, parts);
  }
  parts[part] ??= { scalar: undefined, list: undefined, map: undefined, [part]: atom[part] };
  return parts[part];
}
