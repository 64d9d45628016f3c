import { Duration, formatDuration, formatTimestamp, Timestamp } from '../values/time.ts';
import { typeName } from '../values/type-of.ts';
import { Failure, isBytes, isList, MapValue, type Result, TypeValue, Uint, type Value } from '../values/value.ts';
import { formatDouble } from './conversions.ts';

/** More digits are refused. */
const MAX_PRECISION = 1000;

class FormatError extends Error {}

/** Fills a template's clauses `%s %d %f %e %b %x %X %o` with the values of a list. */
export function format(template: string, values: readonly Value[]): Result {
  let next = 0;
  try {
    return template.replaceAll(/%(?:%|(?:\.(\d+))?(.?))/gsu, (clause, precision: string | undefined, verb: string) => {
      if (clause === '%%') return '%';
      const value = values[next];
      if (next >= values.length || value === undefined) throw new FormatError(`index ${next} out of range`);
      next++;
      const digits = precision === undefined ? 6 : Number(precision);
      if (digits > MAX_PRECISION) throw new FormatError(`precision ${digits} is more than ${MAX_PRECISION}`);
      return clauseOf(verb, value, digits);
    });
  } catch (error) {
    if (error instanceof FormatError) return new Failure(error.message);
    throw error;
  }
}

function clauseOf(verb: string, value: Value, digits: number): string {
  switch (verb) {
    case 's':
      return text(value);
    case 'd':
      return decimal(value);
    case 'f':
      return floating(value, 'fixed-point', (number) => fixed(number, digits));
    case 'e':
      return floating(value, 'scientific', (number) => scientific(number, digits));
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : whole(value, 2, 'binary');
    case 'o':
      return whole(value, 8, 'octal');
    case 'x':
      return hex(value);
    case 'X':
      return hex(value).toUpperCase();
    default:
      throw new FormatError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function text(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (typeof value === 'number') return special(value) ?? plain(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (isList(value)) return `[${value.map(text).join(', ')}]`;
  if (isBytes(value)) return new TextDecoder().decode(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof TypeValue) return value.name;
  if (!(value instanceof MapValue)) {
    throw new FormatError(
      `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeName(value)}`,
    );
  }
  const entries = [...value.entries()].map(([key, each]) => [text(key), text(each)] as const);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${key}: ${each}`)
    .join(', ')}}`;
}

/** A double's shortest digits, never in scientific notation. */
function plain(value: number): string {
  const shown = formatDouble(value);
  if (!shown.includes('e')) return shown;
  const [mantissa = '', exponent = '0'] = shown.split('e');
  const [head = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const power = Number(exponent);
  const digits = head + fraction;
  const sign = mantissa.startsWith('-') ? '-' : '';
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const padded = digits.padEnd(power + 1, '0');
  const rest = padded.slice(power + 1);
  return `${sign}${padded.slice(0, power + 1)}${rest === '' ? '' : `.${rest}`}`;
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? undefined : value > 0 ? 'Infinity' : '-Infinity';
}

function decimal(value: Value): string {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (typeof value === 'number') return special(value) ?? plain(value);
  throw wrong('decimal clause can only be used on integers', value);
}

function floating(value: Value, name: string, print: (value: number) => string): string {
  if (typeof value === 'bigint') return print(Number(value));
  if (value instanceof Uint) return print(Number(value.value));
  const given = typeof value === 'string' ? NAMED.get(value) : value;
  if (typeof given !== 'number') throw wrong(`${name} clause can only be used on doubles`, value);
  return special(given) ?? print(given);
}

const NAMED = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/** All digits are exact, and a tie goes to the even digit, as in Go. */
function fixed(value: number, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const { numerator, denominator } = fractionOf(Math.abs(value));
  const scaled = numerator * scale;
  let rounded = scaled / denominator;
  const twice = (scaled % denominator) * 2n;
  if (twice > denominator || (twice === denominator && rounded % 2n === 1n)) rounded++;
  const text = rounded.toString().padStart(digits + 1, '0');
  const point = text.length - digits;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return `${sign}${text.slice(0, point)}${digits === 0 ? '' : `.${text.slice(point)}`}`;
}

/** A double is a whole number divided by a power of two. */
function fractionOf(value: number): { readonly numerator: bigint; readonly denominator: bigint } {
  let numerator = value;
  let denominator = 1n;
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    denominator *= 2n;
  }
  return { numerator: BigInt(numerator), denominator };
}

function scientific(value: number, digits: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential(Math.min(digits, 100)).split('e');
  const power = Number(exponent);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function whole(value: Value, radix: number, name: string): string {
  if (typeof value === 'bigint') return value.toString(radix);
  if (value instanceof Uint) return value.value.toString(radix);
  throw wrong(`${name} clause can only be used on integers${radix === 2 ? ' and bools' : ''}`, value);
}

function hex(value: Value): string {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  if (isBytes(bytes)) return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (typeof value === 'bigint' || value instanceof Uint) return whole(value, 16, 'hex');
  throw wrong('hex clause can only be used on integers, byte buffers, and strings', value);
}

function wrong(why: string, value: Value): FormatError {
  return new FormatError(`error during formatting: ${why}, was given ${typeName(value)}`);
}
