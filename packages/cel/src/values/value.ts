import type { Duration, Timestamp } from './time.ts';

/**
 * A value of the language: `bigint` is int, `number` double, an array a list. Maps keep the order of their keys, are equal
 * by content, and find a number by its value, whichever of the three types it has.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint
  | Uint8Array
  | readonly Value[]
  | MapValue
  | Timestamp
  | Duration
  | TypeValue
  | Optional
  | Opaque;

/** What evaluating gives: a value or why there is none. Errors are values, since `||` and `&&` look past them. */
export type Result = Value | Failure;

export class Failure {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** An unsigned whole number of 64 bits. */
export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A type as a value: what `type(x)` gives. */
export class TypeValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export class Optional {
  static readonly none = new Optional(undefined);
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** A value of Kubernetes' own libraries: a quantity, an address, a URL. */
export abstract class Opaque {
  abstract readonly type: string;
  abstract equals(other: Opaque): boolean;
}

type Key = string | boolean | bigint;

export class MapValue {
  static readonly empty = new MapValue();
  readonly #values = new Map<Key, Value>();
  /** Keys that are uints: they are found as whole numbers, and given back as they were. */
  #uints: Set<Key> | undefined;

  get size(): number {
    return this.#values.size;
  }

  /** @param key of another type than keys have is not found. */
  get(key: Value): Value | undefined {
    const found = keyOf(key);
    return found === undefined ? undefined : this.#values.get(found);
  }

  has(key: Value): boolean {
    const found = keyOf(key);
    return found !== undefined && this.#values.has(found);
  }

  /** For whoever builds the map. False when the key is there or of no type that keys have. */
  add(key: Value, value: Value): boolean {
    const found = typeof key === 'number' ? undefined : keyOf(key);
    if (found === undefined || this.#values.has(found)) return false;
    this.#values.set(found, value);
    if (key instanceof Uint) this.#uints = (this.#uints ?? new Set()).add(found);
    return true;
  }

  *keys(): Generator<Value> {
    for (const key of this.#values.keys()) yield this.#restored(key);
  }

  *entries(): Generator<readonly [Value, Value]> {
    for (const [key, value] of this.#values) yield [this.#restored(key), value];
  }

  #restored(key: Key): Value {
    return typeof key === 'bigint' && this.#uints?.has(key) === true ? new Uint(key) : key;
  }
}

function keyOf(key: Value): Key | undefined {
  if (typeof key === 'string' || typeof key === 'boolean' || typeof key === 'bigint') return key;
  if (key instanceof Uint) return key.value;
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : undefined;
}

export function isList(value: Result): value is readonly Value[] {
  return Array.isArray(value);
}

export function isBytes(value: Result): value is Uint8Array {
  return value instanceof Uint8Array;
}
