/** Numbers as Go prints them. */

const MAX_UINT64 = 18446744073709551615n;
const MIN_INT64 = -9223372036854775808n;

/**
 * Go's `strconv.FormatFloat(value, 'g', -1, 64)`, as its YAML libraries write floats: an exponent below -4 or from 6
 * on gives the scientific form.
 */
export function formatFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '0', power = '0'] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 ? '-' : '';
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) {
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return sign + String(Math.abs(value));
}

/**
 * A number as it is printed in the end: it passes through JSON, where a float without a fraction is written in digits,
 * and back through YAML, where digits that fit 64 bits are an integer.
 */
export function formatNumber(value: number | bigint): string {
  if (typeof value === 'bigint') return value.toString();
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '0' : String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e21) {
    const digits = BigInt(String(value));
    if (digits >= MIN_INT64 && digits <= MAX_UINT64) return digits.toString();
  }
  return formatFloat(value);
}

/** A number in JSON as Go's encoder writes it: digits up to 1e21, then an exponent. */
export function jsonNumber(value: number | bigint): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e21 || magnitude < 1e-6) {
    const [mantissa = '0', power = '0'] = value.toExponential().split('e');
    return `${mantissa}e${power.startsWith('-') ? power : `+${power.replace('+', '')}`}`;
  }
  return String(value);
}
