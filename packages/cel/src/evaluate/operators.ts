import { compare, equal } from '../values/compare.ts';
import { typeName } from '../values/type-of.ts';
import { Failure, isList, MapValue, Optional, type Result, Uint, type Value } from '../values/value.ts';

export function noSuchOverload(): Failure {
  return new Failure('no such overload');
}

/** Operators whose answer does not depend on the types that a signature could tell. */
export const BINARY: Readonly<Record<string, (left: Value, right: Value) => Result>> = {
  '_==_': equal,
  '_!=_': (left, right) => !equal(left, right),
  '_<_': (left, right) => ordered(compare(left, right), (order) => order < 0),
  '_<=_': (left, right) => ordered(compare(left, right), (order) => order <= 0),
  '_>_': (left, right) => ordered(compare(left, right), (order) => order > 0),
  '_>=_': (left, right) => ordered(compare(left, right), (order) => order >= 0),
  '@in': contains,
  '_[_]': index,
  '_[?_]': optionalIndex,
};

function ordered(order: number | undefined, holds: (order: number) => boolean): Result {
  return order === undefined ? noSuchOverload() : holds(order);
}

function contains(value: Value, container: Value): Result {
  if (container instanceof MapValue) return container.has(value);
  return isList(container) ? container.some((item) => equal(item, value)) : noSuchOverload();
}

function index(container: Value, key: Value): Result {
  if (container instanceof Optional) return optionalIndex(container, key);
  if (container instanceof MapValue) {
    const found = container.get(key);
    if (found !== undefined) return found;
    return isKey(key)
      ? new Failure(`no such key: ${shown(key)}`)
      : new Failure(`unsupported key type: ${typeName(key)}`);
  }
  if (!isList(container)) return noSuchOverload();
  const at = position(key);
  if (at === undefined) return new Failure(`unsupported index type '${typeName(key)}' in list`);
  return at in container ? (container[at] ?? null) : new Failure(`index out of bounds: ${at}`);
}

function isKey(key: Value): boolean {
  return ['string', 'bool', 'int', 'uint', 'double'].includes(typeName(key));
}

function position(key: Value): number | undefined {
  if (typeof key === 'bigint') return Number(key);
  if (key instanceof Uint) return Number(key.value);
  return typeof key === 'number' && Number.isInteger(key) ? key : undefined;
}

export function shown(key: Value): string {
  return key instanceof Uint ? String(key.value) : String(key);
}

function optionalIndex(container: Value, key: Value): Result {
  if (container instanceof Optional)
    return container.value === undefined ? container : optionalIndex(container.value, key);
  const isThere =
    container instanceof MapValue
      ? container.has(key)
      : isList(container)
        ? (position(key) ?? -1) in container
        : undefined;
  if (isThere === undefined) return noSuchOverload();
  if (!isThere) return Optional.none;
  const found = index(container, key);
  return found instanceof Failure ? found : new Optional(found);
}

/** `value.field`; through an optional the answer is optional too. */
export function select(value: Value, field: string): Result {
  if (value instanceof Optional) return optionalSelect(value, field);
  if (!(value instanceof MapValue)) return noSuchOverload();
  return value.get(field) ?? (value.has(field) ? null : new Failure(`no such key: ${field}`));
}

export function optionalSelect(value: Value, field: string): Result {
  if (value instanceof Optional) return value.value === undefined ? value : optionalSelect(value.value, field);
  if (!(value instanceof MapValue)) return noSuchOverload();
  return value.has(field) ? new Optional(value.get(field) ?? null) : Optional.none;
}

/** `has(value.field)`. */
export function isPresent(value: Value, field: string): Result {
  if (value instanceof Optional) return value.value !== undefined && isPresent(value.value, field);
  return value instanceof MapValue ? value.has(field) : noSuchOverload();
}
