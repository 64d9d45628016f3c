import { Duration, Timestamp } from '../values/time.ts';
import { Failure, type Result, Uint, type Value } from '../values/value.ts';
import { global, joined, type Overload, sizeOf } from './function.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;

export function int(value: bigint): Result {
  return value < MIN || value > MAX ? new Failure('integer overflow') : value;
}

export function uint(value: bigint): Result {
  return value < 0n || value > MAX_UINT ? new Failure('unsigned integer overflow') : new Uint(value);
}

/** Lists are copied: adding long ones costs what it does, so that doubling again and again ends in time. */
const MAX_FREE_COPY = 1000;
function copied(a?: Value, b?: Value): number {
  const size = sizeOf(a) + sizeOf(b);
  return size > MAX_FREE_COPY ? size : 1;
}

function duration(nanos: bigint): Result {
  return Duration.of(nanos) ?? new Failure('duration overflow');
}

function timestamp(nanos: bigint): Result {
  return Timestamp.at(nanos) ?? new Failure('timestamp overflow');
}

type Whole = (a: bigint, b: bigint) => bigint;

/** What dividing by zero is called, of operators that divide. */
function zeroFault(name: string): Failure | undefined {
  if (name === '_/_') return new Failure('division by zero');
  return name === '_%_' ? new Failure('modulus by zero') : undefined;
}

function whole(name: string, operation: Whole): Overload {
  const fault = zeroFault(name);
  return global(name, 'int, int -> int', (a: bigint, b: bigint) =>
    fault !== undefined && b === 0n ? fault : int(operation(a, b)),
  );
}

function unsigned(name: string, operation: Whole): Overload {
  const fault = zeroFault(name);
  return global(name, 'uint, uint -> uint', (a: Uint, b: Uint) =>
    fault !== undefined && b.value === 0n ? fault : uint(operation(a.value, b.value)),
  );
}

function double(name: string, operation: (a: number, b: number) => number): Overload {
  return global(name, 'double, double -> double', operation);
}

/**
 * In the order of the reference implementation: where nothing is known of an argument's type, the first form that fits
 * decides it.
 */
export const ARITHMETIC: readonly Overload[] = [
  global('_+_', 'bytes, bytes -> bytes', (a: Uint8Array, b: Uint8Array) => Uint8Array.from([...a, ...b]), joined),
  double('_+_', (a, b) => a + b),
  global('_+_', 'duration, duration -> duration', (a: Duration, b: Duration) => duration(a.nanos + b.nanos)),
  global('_+_', 'duration, timestamp -> timestamp', (a: Duration, b: Timestamp) => timestamp(a.nanos + b.nanos)),
  global('_+_', 'timestamp, duration -> timestamp', (a: Timestamp, b: Duration) => timestamp(a.nanos + b.nanos)),
  whole('_+_', (a, b) => a + b),
  global('_+_', 'list(A), list(A) -> list(A)', (a: readonly Value[], b: readonly Value[]) => [...a, ...b], copied),
  global('_+_', 'string, string -> string', (a: string, b: string) => a + b, joined),
  unsigned('_+_', (a, b) => a + b),
  double('_-_', (a, b) => a - b),
  global('_-_', 'duration, duration -> duration', (a: Duration, b: Duration) => duration(a.nanos - b.nanos)),
  whole('_-_', (a, b) => a - b),
  global('_-_', 'timestamp, duration -> timestamp', (a: Timestamp, b: Duration) => timestamp(a.nanos - b.nanos)),
  global('_-_', 'timestamp, timestamp -> duration', (a: Timestamp, b: Timestamp) => duration(a.nanos - b.nanos)),
  unsigned('_-_', (a, b) => a - b),
  double('_*_', (a, b) => a * b),
  whole('_*_', (a, b) => a * b),
  unsigned('_*_', (a, b) => a * b),
  double('_/_', (a, b) => a / b),
  whole('_/_', (a, b) => a / b),
  unsigned('_/_', (a, b) => a / b),
  whole('_%_', (a, b) => a % b),
  unsigned('_%_', (a, b) => a % b),
  global('-_', 'double -> double', (a: number) => -a),
  global('-_', 'int -> int', (a: bigint) => int(-a)),
];
