import { type ByteString, fromBytes, reverseRunes, runeAt, toBytes } from './bytes.ts';
import { lowerCase, lowerFirst, upperCase, upperFirst } from './casing.ts';
import { matchPrefix, parseGlob, type Spend } from './glob.ts';

/** How an operator's function is refused: the evaluator adds the place. */
export class NegativeLength extends Error {
  override readonly name = 'NegativeLength';
}

/** How many bytes V8's string search may look at for each byte of a pattern, at worst. */
const SEARCH_SPAN = 256;

/**
 * Applies an operator to a value. The five default operators are one; an operator without a function (`^,`) leaves the
 * value alone.
 *
 * @throws NegativeLength for a substring that ends before it begins.
 */
export function applyOperator(
  operator: string,
  value: ByteString,
  parts: readonly ByteString[],
  spend: Spend,
): ByteString {
  spend(value.length + 1);
  const [first = '', second = ''] = parts;
  switch (operator) {
    case 'length':
      return String(value.length);
    case ',':
      return casing(value, lowerFirst);
    case ',,':
      return casing(value, lowerCase);
    case '^':
      return casing(value, upperFirst);
    case '^^':
      return casing(value, upperCase);
    case ':':
      return substring(value, parts);
    case '#':
    case '##':
      return value.slice(prefixLength(value, first, operator === '##', spend));
    case '%':
    case '%%': {
      const reversed = reverseRunes(value);
      const cut = prefixLength(reversed, reverseRunes(first), operator === '%%', spend);
      // Cutting inside a character leaves bytes that are no character; reversing turns each into U+FFFD.
      return cut === 0 ? value : reverseRunes(reversed.slice(cut));
    }
    case '/':
      return replaceFirst(value, first, second, spend);
    case '//':
      return replaceAll(value, first, second, spend);
    case '/#':
      return parts.length === 2 && value.startsWith(first) ? second + value.slice(first.length) : value;
    case '/%':
      return parts.length === 2 && value.endsWith(first) ? value.slice(0, value.length - first.length) + second : value;
    default:
      return value === '' ? parts.join('') : value;
  }
}

function casing(value: ByteString, map: (text: string) => string): ByteString {
  const text = fromBytes(value);
  return text === undefined ? value : toBytes(map(text));
}

function prefixLength(value: ByteString, pattern: ByteString, longest: boolean, spend: Spend): number {
  const glob = parseGlob(pattern);
  return glob === undefined ? 0 : matchPrefix(glob, value, longest, spend);
}

function replaceFirst(value: ByteString, old: ByteString, replacement: ByteString, spend: Spend): ByteString {
  spend(searchCost(value, old));
  const at = value.indexOf(old);
  return at < 0 ? value : value.slice(0, at) + replacement + value.slice(at + old.length);
}

function replaceAll(value: ByteString, old: ByteString, replacement: ByteString, spend: Spend): ByteString {
  if (old === replacement) return value;
  spend(searchCost(value, old));
  const pieces = old === '' ? ['', ...characters(value), ''] : value.split(old);
  spend((pieces.length - 1) * replacement.length);
  return pieces.join(replacement);
}

function searchCost(value: ByteString, pattern: ByteString): number {
  return value.length * Math.ceil(pattern.length / SEARCH_SPAN);
}

function characters(value: ByteString): ByteString[] {
  const result: ByteString[] = [];
  for (let at = 0; at < value.length; ) {
    const { width } = runeAt(value, at, value.length);
    result.push(value.slice(at, at + width));
    at += width;
  }
  return result;
}

/** Bytes from an offset, negative ones counted from the end. What is no integer leaves the value alone. */
function substring(value: ByteString, [offsetText = '', lengthText]: readonly ByteString[]): ByteString {
  const offset = integer(offsetText);
  if (offset === undefined) return value;
  const size = BigInt(value.length);
  const fromEnd = offset < 0n ? size + offset : offset;
  const from = fromEnd < 0n ? 0n : fromEnd;
  if (lengthText === undefined) return value.slice(Number(from < size ? from : size));
  const length = integer(lengthText);
  if (length === undefined) return value;
  const to = BigInt.asIntN(64, from + length);
  if (to >= size) return value.slice(Number(from < size ? from : size));
  if (to < from) throw new NegativeLength();
  return value.slice(Number(from), Number(to));
}

const INTEGER = /^[-+]?[0-9]+$/;
/** Digits that can stand for a number of 64 bits, leading zeros aside. */
const MAX_DIGITS = 19;

function integer(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const digits = text.replace(/^[-+]?0*/, '');
  if (digits.length > MAX_DIGITS) return undefined;
  const value = text.startsWith('-') ? -BigInt(digits) : BigInt(digits);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
