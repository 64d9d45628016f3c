import { MapValue, type Value } from './value.ts';

type List = readonly Value[];

const KEYS = new WeakMap<List, readonly string[]>();

/** Says that the order of a list does not count: a set, or a list whose items have keys. @param keys none for a set. */
export function withoutOrder(list: List, keys: readonly string[]): List {
  KEYS.set(list, keys);
  return list;
}

/** Items of both lists that belong together; undefined when the order of the first one counts. */
export function paired(left: List, right: List): readonly (readonly [Value, Value | undefined])[] | undefined {
  const keys = KEYS.get(left);
  if (keys === undefined) return undefined;
  const found = new Map(right.map((item) => [identity(item, keys), item]));
  return left.map((item) => [item, found.get(identity(item, keys))]);
}

function identity(item: Value, keys: readonly string[]): string {
  const parts = item instanceof MapValue ? keys.map((key) => item.get(key)) : [item];
  return JSON.stringify(parts.map((part) => `${typeof part} ${String(part)}`));
}
