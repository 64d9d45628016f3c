import { ProblemAt } from '../problem.ts';

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '"': 34,
  "'": 39,
  '`': 96,
  '\\': 92,
  '?': 63,
};

/** Reads a text or bytes in quotes, with its prefix. @throws {ProblemAt} */
export function readQuoted(text: string, at: number): { readonly value: string | Uint8Array; readonly end: number } {
  const prefix = /^[bBrR]*/.exec(text.slice(at, at + 2))?.[0] ?? '';
  const isBytes = /b/i.test(prefix);
  const isRaw = /r/i.test(prefix);
  const open = at + prefix.length;
  const quote = text[open] ?? '';
  const delimiter = text.startsWith(quote.repeat(3), open) ? quote.repeat(3) : quote;
  const start = open + delimiter.length;
  for (let end = start; end < text.length; end++) {
    if (text.startsWith(delimiter, end)) {
      const body = text.slice(start, end);
      return { value: isBytes ? bytesOf(body, isRaw, start) : textOf(body, isRaw, start), end: end + delimiter.length };
    }
    if (text[end] === '\\' && !isRaw) end++;
    else if (delimiter.length === 1 && (text[end] === '\n' || text[end] === '\r')) break;
  }
  throw new ProblemAt(at, `Syntax error: the text that begins here has no end`, `close it with ${delimiter}`);
}

function textOf(body: string, isRaw: boolean, at: number): string {
  if (isRaw || !body.includes('\\')) return body;
  let out = '';
  for (const piece of pieces(body, at)) {
    if (typeof piece === 'string') out += piece;
    else out += String.fromCodePoint(piece.code);
  }
  return out;
}

function bytesOf(body: string, isRaw: boolean, at: number): Uint8Array {
  if (isRaw || !body.includes('\\')) return new TextEncoder().encode(body);
  const out: number[] = [];
  for (const piece of pieces(body, at)) {
    if (typeof piece === 'string') out.push(...new TextEncoder().encode(piece));
    else if (piece.isUnicode) throw new ProblemAt(piece.at, 'Syntax error: bytes have no Unicode escapes');
    else out.push(piece.code);
  }
  return Uint8Array.from(out);
}

interface Escape {
  readonly code: number;
  readonly isUnicode: boolean;
  readonly at: number;
}

const ESCAPE = /\\(?:([xX][0-9a-fA-F]{2})|(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/suy;

function* pieces(body: string, from: number): Generator<string | Escape> {
  for (let at = 0; at < body.length; ) {
    const slash = body.indexOf('\\', at);
    if (slash !== at) yield body.slice(at, slash === -1 ? undefined : slash);
    if (slash === -1) return;
    ESCAPE.lastIndex = slash;
    const [whole, hex, unicode, octal, simple = ''] = ESCAPE.exec(body) ?? [''];
    const place = { at: from + slash, isUnicode: unicode !== undefined };
    if (hex !== undefined) yield { ...place, code: Number.parseInt(hex.slice(1), 16) };
    else if (octal !== undefined) yield { ...place, code: Number.parseInt(octal, 8) };
    else if (unicode !== undefined) yield { ...place, code: codePoint(unicode, place.at) };
    else if (Object.hasOwn(SIMPLE, simple)) yield { ...place, code: SIMPLE[simple] ?? 0 };
    else
      throw new ProblemAt(
        place.at,
        `Syntax error: there is no escape \\${simple}`,
        'a backslash is written \\\\, or the text with r before it',
      );
    at = slash + whole.length;
  }
}

function codePoint(sequence: string, at: number): number {
  const code = Number.parseInt(sequence.slice(1), 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new ProblemAt(at, `Syntax error: \\${sequence} is no character`);
  }
  return code;
}
