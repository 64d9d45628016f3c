import { isJsonArray, isJsonObject } from '../json/value.ts';

/**
 * Order and equality of JSON values as field sets need them: a total order over values of any type, in which numbers
 * come before strings, strings before booleans, then lists, maps and null.
 */
const RANKS = ['number', 'string', 'boolean', 'list', 'map', 'null'] as const;

function rankOf(value: unknown): number {
  if (value === null || value === undefined) return RANKS.indexOf('null');
  if (Array.isArray(value)) return RANKS.indexOf('list');
  if (typeof value === 'object') return RANKS.indexOf('map');
  return (RANKS as readonly string[]).indexOf(typeof value);
}

/** Compares strings by code point, as their UTF-8 bytes compare. JavaScript's own order differs beyond U+D7FF. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const isHighX = x >= 0xd800 && x <= 0xdfff;
    const isHighY = y >= 0xd800 && y <= 0xdfff;
    if (isHighX !== isHighY) return isHighX ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/** Negative, zero or positive. Two values compare as zero exactly when {@link equalValues} holds. */
export function compareValues(a: unknown, b: unknown): number {
  const rank = rankOf(a);
  if (rank !== rankOf(b)) return rank - rankOf(b);
  if (typeof a === 'number') return a - (b as number);
  if (typeof a === 'string') return compareStrings(a, b as string);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  if (isJsonArray(a)) return compareLists(a, b as readonly unknown[]);
  if (isJsonObject(a)) return compareMaps(a, b as Readonly<Record<string, unknown>>);
  return 0;
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareMaps(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): number {
  const keysA = Object.keys(a).sort(compareStrings);
  const keysB = Object.keys(b).sort(compareStrings);
  for (let i = 0; i < Math.min(keysA.length, keysB.length); i++) {
    const keyA = keysA[i] ?? '';
    const keyB = keysB[i] ?? '';
    const order = compareStrings(keyA, keyB) || compareValues(a[keyA], b[keyB]);
    if (order !== 0) return order;
  }
  return keysA.length - keysB.length;
}
