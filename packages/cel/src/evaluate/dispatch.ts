import type { Overload } from '../library/function.ts';
import type { Type } from '../types/type.ts';
import { Duration, Timestamp } from '../values/time.ts';
import { typeName } from '../values/type-of.ts';
import { isList, MapValue, Opaque, Optional, TypeValue, Uint, type Value } from '../values/value.ts';

/** The overload that takes these values. What lists and maps hold is not looked at. */
export function overloadFor(overloads: readonly Overload[], args: readonly Value[]): Overload | undefined {
  return overloads.find(
    ({ params }) => params.length === args.length && params.every((param, index) => fits(args[index] ?? null, param)),
  );
}

function fits(value: Value, type: Type): boolean {
  switch (type.kind) {
    case 'string':
      return typeof value === 'string';
    case 'int':
      return typeof value === 'bigint';
    case 'double':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    case 'uint':
      return value instanceof Uint;
    case 'list':
      return isList(value) && hasItems(value, type.element);
    case 'map':
      return value instanceof MapValue;
    case 'timestamp':
      return value instanceof Timestamp;
    case 'duration':
      return value instanceof Duration;
    case 'bytes':
      return value instanceof Uint8Array;
    case 'optional':
      return value instanceof Optional;
    case 'type':
      return value instanceof TypeValue;
    case 'null':
      return value === null;
    case 'opaque':
      return value instanceof Opaque && value.type === type.name;
    case 'object':
      return typeName(value) === 'map';
    default:
      return true;
  }
}

/** Overloads that differ in what lists hold are told apart by the first item. */
function hasItems(list: readonly Value[], element: Type): boolean {
  const [first] = list;
  return first === undefined || element.kind === 'param' || fits(first, element);
}
