import {
  type Duration,
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
  Timestamp,
} from '../values/time.ts';
import { typeName } from '../values/type-of.ts';
import { Failure, type Result, TypeValue, Uint, type Value } from '../values/value.ts';
import { int, uint } from './arithmetic.ts';
import { global, type Overload, traversal } from './function.ts';

const NANOS = 1_000_000_000n;
const LIMIT = 2 ** 63;

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function wholeOf(double: number): Result {
  // The limits themselves are not exact as doubles, so they count as beyond.
  return Number.isNaN(double) || double <= -LIMIT || double >= LIMIT
    ? new Failure('integer overflow')
    : BigInt(Math.trunc(double));
}

function parseDouble(text: string): Result {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  const value = FLOAT.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  return new Failure(
    `strconv.ParseFloat: parsing ${JSON.stringify(text)}: ${Number.isNaN(value) ? 'invalid syntax' : 'value out of range'}`,
  );
}

function parseWhole(text: string, pattern: RegExp, within: (value: bigint) => Result, name: string): Result {
  if (!pattern.test(text)) return new Failure(`strconv.${name}: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = within(BigInt(text.replace(/^\+/, '')));
  return value instanceof Failure
    ? new Failure(`strconv.${name}: parsing ${JSON.stringify(text)}: value out of range`)
    : value;
}

/** As Go prints a double with `%g`. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function textOf(bytes: Uint8Array): Result {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new Failure('invalid UTF-8 in bytes, cannot convert to string');
  }
}

const same = (value: Value): Value => value;

export const CONVERSIONS: readonly Overload[] = [
  ...['int', 'uint', 'double', 'string', 'bytes', 'bool', 'timestamp', 'duration'].map((name) =>
    global(name, `${name} -> ${name}`, same),
  ),
  global('int', 'double -> int', wholeOf),
  global('int', 'uint -> int', (value: Uint) => int(value.value)),
  global('int', 'string -> int', (text: string) => parseWhole(text, /^[+-]?\d+$/, int, 'ParseInt')),
  global(
    'int',
    'timestamp -> int',
    (time: Timestamp) => (time.nanos - (((time.nanos % NANOS) + NANOS) % NANOS)) / NANOS,
  ),
  global('int', 'duration -> int', (span: Duration) => span.nanos),
  global('uint', 'double -> uint', (value: number) =>
    value >= 0 && value < 2 ** 64 ? new Uint(BigInt(Math.trunc(value))) : new Failure('unsigned integer overflow'),
  ),
  global('uint', 'int -> uint', uint),
  global('uint', 'string -> uint', (text: string) => parseWhole(text, /^\d+$/, uint, 'ParseUint')),
  global('double', 'int -> double', Number),
  global('double', 'uint -> double', (value: Uint) => Number(value.value)),
  global('double', 'string -> double', parseDouble),
  global('string', 'bool -> string', String),
  global('string', 'int -> string', String),
  global('string', 'uint -> string', (value: Uint) => String(value.value)),
  global('string', 'double -> string', formatDouble),
  global('string', 'bytes -> string', textOf, traversal),
  global('string', 'timestamp -> string', formatTimestamp),
  global('string', 'duration -> string', formatDuration),
  global('bytes', 'string -> bytes', (text: string) => new TextEncoder().encode(text), traversal),
  global('bool', 'string -> bool', (text: string) =>
    TRUE.has(text) ? true : FALSE.has(text) ? false : new Failure(`type conversion error from 'string' to 'bool'`),
  ),
  global(
    'timestamp',
    'string -> timestamp',
    (text: string) =>
      parseTimestamp(text) ?? new Failure(`type conversion error from 'string' to 'google.protobuf.Timestamp'`),
  ),
  global(
    'timestamp',
    'int -> timestamp',
    (seconds: bigint) => Timestamp.at(seconds * NANOS) ?? new Failure('timestamp overflow'),
  ),
  global(
    'duration',
    'string -> duration',
    (text: string) =>
      parseDuration(text) ?? new Failure(`type conversion error from 'string' to 'google.protobuf.Duration'`),
  ),
  // The reference implementation declares this one, and then has no such conversion.
  global(
    'duration',
    'int -> duration',
    () => new Failure(`type conversion error from 'int' to 'google.protobuf.Duration'`),
  ),
  global('dyn', 'A -> dyn', same),
  global('type', 'A -> type(A)', (value: Value) => new TypeValue(typeName(value))),
];
