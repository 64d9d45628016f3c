import { Duration, Timestamp } from './time.ts';
import { paired } from './unordered.ts';
import { isBytes, isList, MapValue, Opaque, Optional, TypeValue, Uint, type Value } from './value.ts';

export type Numeric = bigint | number | Uint;

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint;
}

/** -1, 0, 1; NaN when one of them is. Numbers of different types compare by what they mean. */
export function compareNumbers(left: Numeric, right: Numeric): number {
  const a = left instanceof Uint ? left.value : left;
  const b = right instanceof Uint ? right.value : right;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  // With a double on one side both are compared as doubles.
  const [x, y] = typeof a === typeof b ? [a, b] : [Number(a), Number(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Undefined when values of these types have no order. */
export function compare(left: Value, right: Value): number | undefined {
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (isBytes(left) && isBytes(right)) return compareBytes(left, right);
  const isTimed =
    (left instanceof Timestamp && right instanceof Timestamp) ||
    (left instanceof Duration && right instanceof Duration);
  if (isTimed) return compareNumbers((left as Timestamp).nanos, (right as Timestamp).nanos);
  return undefined;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const at = left.findIndex((byte, index) => byte !== right[index]);
  if (at === -1) return Math.sign(left.length - right.length);
  return at < right.length && (left[at] ?? 0) < (right[at] ?? 0) ? -1 : 1;
}

/** By code points, as Go compares bytes of UTF-8. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a === b) continue;
    const [aPair, bPair] = [isSurrogate(a), isSurrogate(b)];
    return aPair === bPair ? (a < b ? -1 : 1) : aPair ? 1 : -1;
  }
  return Math.sign(left.length - right.length);
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Values of different types are not equal; numbers are by what they mean. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (isNumeric(left)) return isNumeric(right) && compareNumbers(left, right) === 0;
  if (isList(left)) return isList(right) && left.length === right.length && equalLists(left, right);
  if (left instanceof MapValue) return right instanceof MapValue && equalMaps(left, right);
  if (isBytes(left)) return isBytes(right) && compareBytes(left, right) === 0;
  if (left instanceof Timestamp) return right instanceof Timestamp && left.nanos === right.nanos;
  if (left instanceof Duration) return right instanceof Duration && left.nanos === right.nanos;
  if (left instanceof TypeValue) return right instanceof TypeValue && left.name === right.name;
  if (left instanceof Opaque) return right instanceof Opaque && left.type === right.type && left.equals(right);
  if (!(left instanceof Optional && right instanceof Optional)) return false;
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return equal(left.value, right.value);
}

function equalLists(left: readonly Value[], right: readonly Value[]): boolean {
  const pairs = paired(left, right);
  if (pairs === undefined) return left.every((item, index) => equal(item, right[index] ?? null));
  return pairs.every(([item, other]) => other !== undefined && equal(item, other));
}

function equalMaps(left: MapValue, right: MapValue): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left.entries()) {
    const other = right.get(key);
    if (other === undefined || !equal(value, other)) return false;
  }
  return true;
}
