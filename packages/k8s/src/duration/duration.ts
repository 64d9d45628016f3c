export type ParsedDuration =
  /** `ns` is exact; `ms` is the same in milliseconds and may have a fraction. */
  { readonly ok: true; readonly ns: bigint; readonly ms: number } | { readonly ok: false; readonly message: string };

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const MAX_ABS = 1n << 63n;
/** `300ms`, `-1.5h`, `2h45m`: one number with a unit. Digits may lack on one side of the point, not on both. */
const TERM = /(\d*)(\.\d*)?([^.\d]*)/y;

/**
 * Go's `time.ParseDuration`, in syntax, range, rounding and error texts: an optional sign, then one or more decimal
 * numbers with a unit (`ns us µs ms s m h`); a lone `0` needs none.
 */
export function parseDuration(text: string): ParsedDuration {
  const invalid: ParsedDuration = { ok: false, message: `time: invalid duration ${quote(text)}` };
  const negative = text.startsWith('-');
  const digits = negative || text.startsWith('+') ? text.slice(1) : text;
  if (digits === '0') return { ok: true, ns: 0n, ms: 0 };
  if (digits === '') return invalid;
  let total = 0n;
  for (let at = 0; at < digits.length; ) {
    TERM.lastIndex = at;
    const [all = '', whole = '', fraction = '', name = ''] = TERM.exec(digits) ?? [];
    const number = whole === '' ? 0n : BigInt(whole);
    if (number > MAX_ABS) return invalid;
    if (whole === '' && fraction.length <= 1) return invalid;
    if (name === '') return { ok: false, message: `time: missing unit in duration ${quote(text)}` };
    const unit = UNITS.get(name);
    if (unit === undefined) {
      return { ok: false, message: `time: unknown unit ${quote(name)} in duration ${quote(text)}` };
    }
    if (number > MAX_ABS / unit) return invalid;
    const value = number * unit + fractionOf(fraction, unit);
    total += value;
    if (value > MAX_ABS || total > MAX_ABS) return invalid;
    at += all.length;
  }
  if (!negative && total === MAX_ABS) return invalid;
  const ns = negative ? -total : total;
  return { ok: true, ns, ms: Number(ns) / 1e6 };
}

/** The nanoseconds of `.digits` of a unit. Go reads as many digits as fit 63 bits and multiplies as a float. */
function fractionOf(text: string, unit: bigint): bigint {
  let digits = 0n;
  let scale = 1;
  for (const digit of text.slice(1)) {
    if (digits > (MAX_ABS - 1n) / 10n) break;
    const next = digits * 10n + BigInt(digit);
    if (next > MAX_ABS) break;
    digits = next;
    scale *= 10;
  }
  return digits === 0n ? 0n : BigInt(Math.trunc(Number(digits) * (Number(unit) / scale)));
}

/** Go quotes as its own strings: ASCII as it is, control characters and quotes escaped, other text byte by byte. */
function quote(text: string): string {
  let quoted = '"';
  for (const character of text) {
    if (character === '"' || character === '\\') quoted += `\\${character}`;
    else if (character >= ' ' && character < '\u0080') quoted += character;
    else for (const byte of utf8(character)) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `${quoted}"`;
}

function utf8(character: string): Iterable<number> {
  return new TextEncoder().encode(character);
}

/**
 * Milliseconds as Go prints a duration: `1h30m0s`, `1.5s`, `250ms`, `0s`. Rounded to nanoseconds;
 * `ms` must be finite.
 */
export function formatDuration(ms: number): string {
  const wholeMs = Math.trunc(ms);
  const ns = BigInt(wholeMs) * 1_000_000n + BigInt(Math.round((ms - wholeMs) * 1e6));
  const sign = ns < 0n ? '-' : '';
  const abs = ns < 0n ? -ns : ns;
  if (abs === 0n) return '0s';
  if (abs < 1_000n) return `${sign}${abs}ns`;
  if (abs < 1_000_000n) return `${sign}${decimal(abs, 3)}µs`;
  if (abs < 1_000_000_000n) return `${sign}${decimal(abs, 6)}ms`;
  const minutes = abs / 60_000_000_000n;
  const seconds = `${decimal(abs % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** A whole number divided by ten to the `places`, without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, '0');
  const fraction = digits.slice(-places).replace(/0+$/, '');
  return digits.slice(0, -places) + (fraction === '' ? '' : `.${fraction}`);
}
