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

function numbers(name: string, whole: Whole, double?: (a: number, b: number) => number): readonly Overload[] {
  const zero = name === '_/_' ? 'division by zero' : name === '_%_' ? 'modulus by zero' : undefined;
  const fails = (b: bigint): boolean => zero !== undefined && b === 0n;
  return [
    global(name, 'int, int -> int', (a: bigint, b: bigint) => (fails(b) ? new Failure(zero ?? '') : int(whole(a, b)))),
    global(name, 'uint, uint -> uint', (a: Uint, b: Uint) =>
      fails(b.value) ? new Failure(zero ?? '') : uint(whole(a.value, b.value)),
    ),
    ...(double === undefined ? [] : [global(name, 'double, double -> double', double)]),
  ];
}

export const ARITHMETIC: readonly Overload[] = [
  ...numbers(
    '_+_',
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  ...numbers(
    '_-_',
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  ...numbers(
    '_*_',
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  ...numbers(
    '_/_',
    (a, b) => a / b,
    (a, b) => a / b,
  ),
  ...numbers('_%_', (a, b) => a % b),
  global('-_', 'int -> int', (a: bigint) => int(-a)),
  global('-_', 'double -> double', (a: number) => -a),
  global('_+_', 'string, string -> string', (a: string, b: string) => a + b, joined),
  global('_+_', 'bytes, bytes -> bytes', (a: Uint8Array, b: Uint8Array) => Uint8Array.from([...a, ...b]), joined),
  global('_+_', 'list(A), list(A) -> list(A)', (a: readonly Value[], b: readonly Value[]) => [...a, ...b], copied),
  global('_+_', 'timestamp, duration -> timestamp', (a: Timestamp, b: Duration) => timestamp(a.nanos + b.nanos)),
  global('_+_', 'duration, timestamp -> timestamp', (a: Duration, b: Timestamp) => timestamp(a.nanos + b.nanos)),
  global('_+_', 'duration, duration -> duration', (a: Duration, b: Duration) => duration(a.nanos + b.nanos)),
  global('_-_', 'timestamp, timestamp -> duration', (a: Timestamp, b: Timestamp) => duration(a.nanos - b.nanos)),
  global('_-_', 'timestamp, duration -> timestamp', (a: Timestamp, b: Duration) => timestamp(a.nanos - b.nanos)),
  global('_-_', 'duration, duration -> duration', (a: Duration, b: Duration) => duration(a.nanos - b.nanos)),
];
