import { readType, splitTypes, type Type } from '../types/type.ts';
import { isBytes, isList, MapValue, type Result, type Value } from '../values/value.ts';

/** One form of a function: the types it takes and what it does with values of these types. */
export interface Overload {
  readonly name: string;
  /** Whether it is called upon its first argument: `text.contains(part)`. */
  readonly isMember: boolean;
  readonly params: readonly Type[];
  readonly result: Type;
  readonly call: (...args: readonly Value[]) => Result;
  /** Before it is called. */
  readonly cost: (...args: readonly Value[]) => number;
}

type Costs = (...args: readonly Value[]) => number;

const ONE: Costs = () => 1;

// Values have been matched against the parameters' types before an implementation sees them.
// biome-ignore lint/suspicious/noExplicitAny: each implementation takes the values of its own parameters
type Implementation = (...args: any[]) => Result;

/** @param signature `string, int -> string` */
export function global(name: string, signature: string, call: Implementation, cost: Costs = ONE): Overload {
  return overload(name, signature, false, call, cost);
}

/** @param signature the receiver first: `string, int -> string` for `text.charAt(1)` */
export function member(name: string, signature: string, call: Implementation, cost: Costs = ONE): Overload {
  return overload(name, signature, true, call, cost);
}

export function both(name: string, signature: string, call: Implementation, cost: Costs = ONE): readonly Overload[] {
  return [global(name, signature, call, cost), member(name, signature, call, cost)];
}

function overload(name: string, signature: string, isMember: boolean, call: Implementation, cost: Costs): Overload {
  const [params = '', result = ''] = signature.split('->');
  return { name, isMember, params: splitTypes(params).map(readType), result: readType(result.trim()), call, cost };
}

/** How much of a value a function reads: characters, bytes, items; 1 for anything else. */
export function sizeOf(value: Value | undefined): number {
  if (typeof value === 'string' || (value !== undefined && (isBytes(value) || isList(value)))) return value.length;
  return value instanceof MapValue ? value.size : 1;
}

/** Texts are read fast. */
export const TEXT_FACTOR = 0.1;
const PATTERN_FACTOR = 0.25;

export const traversal: Costs = (text) => Math.ceil(sizeOf(text) * TEXT_FACTOR);
export const joined: Costs = (a, b) => Math.ceil((sizeOf(a) + sizeOf(b)) * TEXT_FACTOR);
export const searched: Costs = (a, b) => traversal(a ?? null) * traversal(b ?? null);
export const matched: Costs = (text, pattern) =>
  Math.ceil((1 + sizeOf(text)) * TEXT_FACTOR) * Math.ceil(sizeOf(pattern) * PATTERN_FACTOR);
export const items: Costs = (list) => sizeOf(list);
