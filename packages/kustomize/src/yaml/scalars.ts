import { TAG_BINARY, TAG_BOOL, TAG_FLOAT, TAG_INT, TAG_NONE, TAG_NULL, TAG_STRING, TAG_TIMESTAMP } from './node.ts';

/** Which words are booleans: `core` knows true and false, `yaml11` also yes, no, on, off, y and n. */
export type Dialect = 'core' | 'yaml11';

/** The value of a scalar as JSON knows it. Integers beyond 2^53 are bigint. */
export type ScalarValue = string | number | bigint | boolean | null;

const CORE_WORDS = new Map<string, readonly [tag: string, value: ScalarValue]>();
for (const w of ['true', 'True', 'TRUE']) CORE_WORDS.set(w, [TAG_BOOL, true]);
for (const w of ['false', 'False', 'FALSE']) CORE_WORDS.set(w, [TAG_BOOL, false]);
for (const w of ['', '~', 'null', 'Null', 'NULL']) CORE_WORDS.set(w, [TAG_NULL, null]);
for (const w of ['.nan', '.NaN', '.NAN']) CORE_WORDS.set(w, [TAG_FLOAT, Number.NaN]);
for (const w of ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'])
  CORE_WORDS.set(w, [TAG_FLOAT, Number.POSITIVE_INFINITY]);
for (const w of ['-.inf', '-.Inf', '-.INF']) CORE_WORDS.set(w, [TAG_FLOAT, Number.NEGATIVE_INFINITY]);

const OLD_WORDS = new Map(CORE_WORDS);
for (const w of ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON']) OLD_WORDS.set(w, [TAG_BOOL, true]);
for (const w of ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']) OLD_WORDS.set(w, [TAG_BOOL, false]);

/** What the first character says a plain scalar could be: nothing but text (0), a word (1), a float (2), a number or date (3). */
const HINT = new Uint8Array(128);
for (const c of 'yYnNtTfFoO~') HINT[c.charCodeAt(0)] = 1;
HINT['.'.charCodeAt(0)] = 2;
for (const c of '+-0123456789') HINT[c.charCodeAt(0)] = 3;

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const MAX_INT64 = 9223372036854775807n;
const MIN_INT64 = -9223372036854775808n;
const MAX_UINT64 = 18446744073709551615n;

const STRING: readonly [string, ScalarValue] = [TAG_STRING, ''];

/**
 * What a plain scalar is, by Go's YAML libraries: `core` as objects are read, `yaml11` as kustomizations are read and
 * output is quoted. For strings the second part is meaningless: the text is the value.
 */
export function resolvePlain(text: string, dialect: Dialect): readonly [tag: string, value: ScalarValue] {
  const words = dialect === 'core' ? CORE_WORDS : OLD_WORDS;
  if (text === '') return words.get('') ?? STRING;
  const first = text.charCodeAt(0);
  const hint = first < 128 ? (HINT[first] as number) : 0;
  if (hint === 0) return STRING;
  if (text.length <= 5) {
    const word = words.get(text);
    if (word !== undefined) return word;
  }
  if (hint === 1) return STRING;
  if (hint === 2) return FLOAT.test(text) ? [TAG_FLOAT, Number(text)] : STRING;
  return resolveNumber(text);
}

/** The tag alone; what reading needs. */
export function plainTag(text: string, dialect: Dialect): string {
  return resolvePlain(text, dialect)[0];
}

function resolveNumber(text: string): readonly [string, ScalarValue] {
  const second = text.charCodeAt(text.length > 4 ? 4 : 0);
  if (second === 0x2d /* - */ && text.length >= 8) {
    const date = parseTimestamp(text);
    if (date !== undefined) return [TAG_TIMESTAMP, date];
  }
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  const integer = parseInteger(plain);
  if (integer !== undefined) return [TAG_INT, integer];
  if (FLOAT.test(plain)) {
    const float = Number(plain);
    // Go refuses numbers beyond the range of a double; they stay text.
    if (Number.isFinite(float)) return [TAG_FLOAT, float];
  }
  return STRING;
}

const DECIMAL = /^[-+]?(?:0|[1-9][0-9]*)$/;
const BASED = /^([-+]?)0(?:[xX]([0-9a-fA-F]+)|[bB]([01]+)|[oO]?([0-7]+))$/;

function parseInteger(text: string): number | bigint | undefined {
  if (DECIMAL.test(text)) {
    if (text.length < 16) return Number(text) + 0;
    return inRange(BigInt(text.startsWith('+') ? text.slice(1) : text));
  }
  const m = BASED.exec(text);
  if (m === null) return undefined;
  const [, sign, hex, binary, octal] = m;
  const digits = hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : `0o${octal}`;
  const magnitude = BigInt(digits);
  return inRange(sign === '-' ? -magnitude : magnitude, sign !== '');
}

function inRange(value: bigint, signed = false): number | bigint | undefined {
  if (value < MIN_INT64 || value > (signed ? MAX_INT64 : MAX_UINT64)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d{2}:\d{2})| +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?)?$/;

/** A date or time as RFC 3339, which is how Go writes it into JSON; undefined for anything else. */
export function parseTimestamp(text: string): string | undefined {
  const m = TIMESTAMP.exec(text);
  if (m === null) return undefined;
  const [, year = '', month = '', day = ''] = m;
  const [hour, minute, second, fraction] =
    m[4] !== undefined ? [m[4], m[5], m[6], m[7]] : [m[9] ?? '0', m[10] ?? '0', m[11] ?? '0', m[12]];
  const zone = m[8] ?? 'Z';
  const y = Number(year);
  const mo = Number(month);
  const d = Number(day);
  if (mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (zone !== 'Z' && (Number(zone.slice(1, 3)) > 24 || Number(zone.slice(4)) > 59)) return undefined;
  const two = (s: string | undefined): string => (s ?? '0').padStart(2, '0');
  const digits = (fraction ?? '').slice(0, 9).replace(/0+$/, '');
  const offset = zone === 'Z' || zone.slice(1) === '00:00' ? 'Z' : zone;
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${digits === '' ? '' : `.${digits}`}${offset}`;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const OLD_SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** Whether text written plain would read back as that same string, for the printer (YAML 1.1). */
export function readsAsString(text: string, dialect: Dialect): boolean {
  if (plainTag(text, dialect) !== TAG_STRING) return false;
  return !(text.includes(':') && OLD_SEXAGESIMAL.test(text));
}

export function isOldBoolean(text: string): boolean {
  return text.length <= 3 && OLD_WORDS.get(text)?.[0] === TAG_BOOL;
}

/** The value of a scalar with an explicit tag, or what Go says about a text that does not fit its tag. */
export function decodeTagged(tag: string, text: string): { value: ScalarValue } | { error: string } {
  switch (tag) {
    case TAG_STRING:
      return { value: text };
    case TAG_BINARY:
      return decodeBinary(text);
    case TAG_NONE:
      return { value: resolveValue(text) };
    case TAG_BOOL:
    case TAG_INT:
    case TAG_FLOAT:
    case TAG_NULL:
    case TAG_TIMESTAMP:
      break;
    default:
      return { value: text };
  }
  const [actual, value] = resolvePlain(text, 'core');
  if (actual === tag) return { value };
  if (tag === TAG_FLOAT && actual === TAG_INT) return { value: Number(value) };
  return { error: `cannot decode ${actual} \`${text}\` as a ${tag}` };
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes as text; what is no UTF-8 becomes the replacement character, as in Go's JSON. */
function decodeBinary(text: string): { value: string } | { error: string } {
  const compact = text.replace(/[\r\n]/g, '');
  if (!BASE64.test(compact)) return { error: '!!binary value contains invalid base64 data' };
  const bytes: number[] = [];
  for (let i = 0; i < compact.length; i += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = Array.from(compact.slice(i, i + 4), (x) => Math.max(0, DIGITS.indexOf(x)));
    const triple = (a << 18) | (b << 12) | (c << 6) | d;
    bytes.push((triple >> 16) & 255);
    if (compact.charAt(i + 2) !== '=') bytes.push((triple >> 8) & 255);
    if (compact.charAt(i + 3) !== '=') bytes.push(triple & 255);
  }
  return { value: new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes)) };
}

function resolveValue(text: string): ScalarValue {
  const [tag, value] = resolvePlain(text, 'core');
  return tag === TAG_STRING ? text : value;
}
