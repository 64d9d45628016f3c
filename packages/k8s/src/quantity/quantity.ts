/** How a quantity was written, and is written again: `1500m`, `1Gi`, `12e6`. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount: `nanos` times 10⁻⁹. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

export type ParsedQuantity =
  | { readonly ok: true; readonly quantity: Quantity }
  | { readonly ok: false; readonly message: string };

/** Longer texts are refused: exact arithmetic on them would cost more than any quantity is worth. */
const MAX_LENGTH = 100;
const NANOS = 1_000_000_000n;
const MAX_AMOUNT = (1n << 63n) - 1n;

const DECIMAL: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const BINARY: ReadonlyMap<string, number> = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]);

const WRONG_FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_NUMBER = 'unable to parse numeric part of quantity';
const WRONG_SUFFIX = "unable to parse quantity's suffix";

/**
 * A `resource.Quantity` of Kubernetes: a decimal number with a suffix `n u m k M G T P E`, `Ki Mi Gi Ti Pi Ei`, or an exponent.
 * Finer than a nano is rounded away from zero, and binary amounts stop at 2⁶³-1, as in the API server. Blanks around it do not
 * count, and without a digit it is zero. Messages are the API server's own.
 */
export function parseQuantity(text: string | number): ParsedQuantity {
  const written = String(text).trim();
  const match =
    written.length > MAX_LENGTH ? null : /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(written);
  if (written === '' || match === null) return { ok: false, message: WRONG_FORM };
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const scale = scaleOf(suffix);
  if (scale === undefined) return { ok: false, message: WRONG_SUFFIX };
  const digits = BigInt(`0${whole}${fraction}`);
  const power = scale.ten - fraction.length + 9;
  // An exponent far out of range is nothing but zeros, or rounds to the smallest amount there is.
  if (power > 400) return { ok: false, message: WRONG_NUMBER };
  let nanos = digits * scale.factor;
  nanos =
    power >= 0 ? nanos * 10n ** BigInt(power) : roundedUp(nanos, power < -400 ? 10n ** 400n : 10n ** BigInt(-power));
  let { format } = scale;
  if (format === 'BinarySI') {
    if (nanos > MAX_AMOUNT * NANOS) nanos = MAX_AMOUNT * NANOS;
    if (nanos < NANOS && nanos > 0n) format = 'DecimalSI';
  }
  return { ok: true, quantity: { nanos: sign === '-' ? -nanos : nanos, format } };
}

interface Scale {
  readonly format: QuantityFormat;
  readonly ten: number;
  readonly factor: bigint;
}

function scaleOf(suffix: string): Scale | undefined {
  const ten = DECIMAL.get(suffix);
  if (ten !== undefined) return { format: 'DecimalSI', ten, factor: 1n };
  const two = BINARY.get(suffix);
  if (two !== undefined) return { format: 'BinarySI', ten: 0, factor: 1n << BigInt(two) };
  const exponent = /^[eE]([-+]?\d{1,6})$/.exec(suffix)?.[1];
  return exponent === undefined ? undefined : { format: 'DecimalExponent', ten: Number(exponent), factor: 1n };
}

function roundedUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`, however they are written. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/**
 * The canonical text, as the API server prints it: no fraction, and the largest suffix that loses nothing: `1.5` is `1500m`,
 * `0.5Gi` is `512Mi`.
 */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const abs = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? '-' : '';
  if (format === 'BinarySI' && abs % NANOS === 0n && abs >= 1024n * NANOS) return sign + binaryText(abs / NANOS);
  let mantissa = abs;
  let exponent = -9;
  while (mantissa % 1000n === 0n && (format === 'DecimalExponent' || exponent < 18)) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return `${sign}${mantissa}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${mantissa}${nameOf(DECIMAL, exponent)}`;
}

function binaryText(amount: bigint): string {
  let mantissa = amount;
  let exponent = 0;
  while (mantissa % 1024n === 0n && exponent < 60) {
    mantissa /= 1024n;
    exponent += 10;
  }
  return `${mantissa}${exponent === 0 ? '' : nameOf(BINARY, exponent)}`;
}

function nameOf(suffixes: ReadonlyMap<string, number>, exponent: number): string {
  for (const [name, value] of suffixes) if (value === exponent) return name;
  return '';
}
