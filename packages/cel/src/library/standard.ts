import { compilePattern, PatternError } from '@stageset/k8s';
import { type ClockParts, clockParts, type Duration, type Timestamp } from '../values/time.ts';
import { Failure, isList, MapValue, type Result, type Value } from '../values/value.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { CONVERSIONS } from './conversions.ts';
import { both, global, matched, member, type Overload, searched, sizeOf, traversal } from './function.ts';

/** Characters, not UTF-16 units. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function size(value: Value): Result {
  if (typeof value === 'string') return BigInt(lengthOf(value));
  if (value instanceof MapValue) return BigInt(value.size);
  return BigInt(isList(value) || value instanceof Uint8Array ? value.length : 0);
}

export function matches(text: string, pattern: string): Result {
  try {
    return compilePattern(pattern).test(text);
  } catch (error) {
    if (error instanceof PatternError) return new Failure(error.message);
    throw error;
  }
}

const CLOCK: Readonly<Record<string, (parts: ClockParts) => number>> = {
  getFullYear: ({ year }) => year,
  getMonth: ({ month }) => month,
  getDate: ({ day }) => day,
  getDayOfMonth: ({ day }) => day - 1,
  getDayOfWeek: ({ dayOfWeek }) => dayOfWeek,
  getDayOfYear: ({ dayOfYear }) => dayOfYear,
  getHours: ({ hours }) => hours,
  getMinutes: ({ minutes }) => minutes,
  getSeconds: ({ seconds }) => seconds,
  getMilliseconds: ({ millis }) => millis,
};

function clock(name: string, part: (parts: ClockParts) => number): readonly Overload[] {
  const read = (time: Timestamp, zone = 'UTC'): Result => {
    const parts = clockParts(time, zone);
    return parts === undefined ? new Failure(`unknown time zone ${zone}`) : BigInt(part(parts));
  };
  return [
    member(name, 'timestamp -> int', (time: Timestamp) => read(time)),
    member(name, 'timestamp, string -> int', read),
  ];
}

const SPANS: Readonly<Record<string, (nanos: bigint) => bigint>> = {
  getHours: (nanos) => nanos / 3_600_000_000_000n,
  getMinutes: (nanos) => nanos / 60_000_000_000n,
  getSeconds: (nanos) => nanos / 1_000_000_000n,
  getMilliseconds: (nanos) => (nanos / 1_000_000n) % 1000n,
};

/** What the macros that make maps are made of. Copied each time, and paid for by size. */
function inserted(map: MapValue, key: Value, value: Value): Result {
  const next = new MapValue();
  for (const [name, each] of map.entries()) next.add(name, each);
  return next.add(key, value) ? next : new Failure(`insert failed: key ${String(key)} already exists`);
}

function insertedAll(map: MapValue, entries: MapValue): Result {
  let next: Result = map;
  for (const [key, value] of entries.entries()) {
    if (next instanceof MapValue) next = inserted(next, key, value);
  }
  return next;
}

const BUILDING: readonly Overload[] = [
  global('@mapInsert', 'map(A, B), A, B -> map(A, B)', inserted, (map) => sizeOf(map) + 1),
  global(
    '@mapInsert',
    'map(A, B), map(A, B) -> map(A, B)',
    insertedAll,
    (map, added) => (sizeOf(map) + 1) * (sizeOf(added) + 1),
  ),
];

/** What every environment has, besides the operators that the evaluation itself knows. */
export const STANDARD: readonly Overload[] = [
  ...ARITHMETIC,
  ...BUILDING,
  ...CONVERSIONS,
  ...['string', 'bytes', 'list(A)', 'map(A, B)'].flatMap((type) => both('size', `${type} -> int`, size)),
  member('contains', 'string, string -> bool', (text: string, part: string) => text.includes(part), searched),
  member(
    'startsWith',
    'string, string -> bool',
    (text: string, part: string) => text.startsWith(part),
    (_, part) => traversal(part ?? null),
  ),
  member(
    'endsWith',
    'string, string -> bool',
    (text: string, part: string) => text.endsWith(part),
    (_, part) => traversal(part ?? null),
  ),
  ...both('matches', 'string, string -> bool', matches, matched),
  ...Object.entries(CLOCK).flatMap(([name, part]) => clock(name, part)),
  ...Object.entries(SPANS).map(([name, part]) => member(name, 'duration -> int', (span: Duration) => part(span.nanos))),
];

/** What only the checker needs to know of the operators: their types. */
const SPECIAL = (): Result => new Failure('no such overload');
const ordered = (a: string, b: string): readonly Overload[] =>
  ['_<_', '_<=_', '_>_', '_>=_'].map((name) => global(name, `${a}, ${b} -> bool`, SPECIAL));
const NUMBERS = ['int', 'uint', 'double'];

export const OPERATORS: readonly Overload[] = [
  global('_&&_', 'bool, bool -> bool', SPECIAL),
  global('_||_', 'bool, bool -> bool', SPECIAL),
  global('!_', 'bool -> bool', SPECIAL),
  global('@not_strictly_false', 'bool -> bool', SPECIAL),
  global('_?_:_', 'bool, A, A -> A', SPECIAL),
  global('_==_', 'A, A -> bool', SPECIAL),
  global('_!=_', 'A, A -> bool', SPECIAL),
  global('@in', 'A, list(A) -> bool', SPECIAL),
  global('@in', 'A, map(A, B) -> bool', SPECIAL),
  global('_[_]', 'list(A), int -> A', SPECIAL),
  global('_[_]', 'map(A, B), A -> B', SPECIAL),
  ...['bool', ...NUMBERS, 'string', 'bytes', 'timestamp', 'duration'].flatMap((type) => ordered(type, type)),
];

/** Numbers of different types may be compared where Kubernetes evaluates; the language itself leaves it open. */
export const MIXED_NUMBERS: readonly Overload[] = NUMBERS.flatMap((a) =>
  NUMBERS.filter((b) => b !== a).flatMap((b) => ordered(a, b)),
);
