/**
 * Operators count bytes of UTF-8, as Go does, and may cut a character in two. A byte string holds one byte in each
 * character (U+0000 to U+00FF), so that every string method works on bytes; for ASCII it is the text itself.
 */
export type ByteString = string;

const NON_ASCII = /[^\0-\x7f]/;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Arguments that one call may have, well below what engines allow. */
const CHUNK = 8192;

export function isAscii(text: string): boolean {
  return !NON_ASCII.test(text);
}

export function toBytes(text: string): ByteString {
  if (isAscii(text)) return text;
  const bytes = encoder.encode(text);
  let result = '';
  for (let at = 0; at < bytes.length; at += CHUNK) result += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return result;
}

/** The text that the bytes are, or undefined when they are not UTF-8. */
export function fromBytes(bytes: ByteString): string | undefined {
  if (isAscii(bytes)) return bytes;
  try {
    return decoder.decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** A code point decoded from bytes, and how many it took. What is not UTF-8 is U+FFFD of one byte, as in Go. */
export interface Rune {
  readonly code: number;
  readonly width: number;
}

const INVALID: Rune = { code: 0xfffd, width: 1 };

/** Decodes the code point at a place, reading nothing at or behind `end`. */
export function runeAt(bytes: ByteString, at: number, end: number): Rune {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { code: first, width: 1 };
  const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + width > end) return INVALID;
  let code = first & (0xff >> (width + 1));
  for (let i = 1; i < width; i++) {
    const next = bytes.charCodeAt(at + i);
    if ((next & 0xc0) !== 0x80) return INVALID;
    code = (code << 6) | (next & 0x3f);
  }
  const tooLong = (width === 3 && code < 0x800) || (width === 4 && (code < 0x10000 || code > 0x10ffff));
  return tooLong || (code >= 0xd800 && code <= 0xdfff) ? INVALID : { code, width };
}

const REPLACEMENT = '\xef\xbf\xbd';

/** The same code points in the opposite order; what is not UTF-8 becomes U+FFFD, as in Go. */
export function reverseRunes(bytes: ByteString): ByteString {
  const runes: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { code, width } = runeAt(bytes, at, bytes.length);
    runes.push(code === 0xfffd && width === 1 ? REPLACEMENT : bytes.slice(at, at + width));
    at += width;
  }
  return runes.reverse().join('');
}
