const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;

function isLetter(code: number): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return LETTER.test(String.fromCodePoint(code));
}

function isDigit(code: number): boolean {
  if (code < 128) return code >= 48 && code <= 57;
  return DIGIT.test(String.fromCodePoint(code));
}

const SIMPLE = /^[A-Za-z]*$/;

/**
 * Go's YAML order of keys: letters after everything else, runs of digits by their value, otherwise by code point.
 * Does not depend on locale.
 */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  if (SIMPLE.test(a) && SIMPLE.test(b)) return a < b ? -1 : 1;
  return compareRunes(codePoints(a), codePoints(b));
}

function codePoints(text: string): number[] {
  const codes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) as number;
    codes.push(code);
    if (code > 0xffff) at++;
  }
  return codes;
}

function compareRunes(a: readonly number[], b: readonly number[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    if (x === y) continue;
    const xLetter = isLetter(x);
    const yLetter = isLetter(y);
    if (xLetter && yLetter) return x - y;
    if (xLetter || yLetter) return yLetter ? -1 : 1;
    return compareDigits(a, b, i) || x - y;
  }
  return a.length - b.length;
}

/** Compares the runs of digits that begin at the first difference. */
function compareDigits(a: readonly number[], b: readonly number[], at: number): number {
  let x = 0n;
  let y = 0n;
  if (a[at] === 48 || b[at] === 48) {
    // Zeros after a digit that is not zero are part of a number, not padding.
    for (let j = at - 1; j >= 0 && isDigit(a[j] as number); j--) {
      if (a[j] !== 48) {
        x = 1n;
        y = 1n;
        break;
      }
    }
  }
  let i = at;
  for (; i < a.length && isDigit(a[i] as number); i++) x = x * 10n + BigInt((a[i] as number) - 48);
  let j = at;
  for (; j < b.length && isDigit(b[j] as number); j++) y = y * 10n + BigInt((b[j] as number) - 48);
  // Go counts in 64 bits and wraps around.
  x = BigInt.asIntN(64, x);
  y = BigInt.asIntN(64, y);
  if (x !== y) return x < y ? -1 : 1;
  return i - j;
}
