import { ProblemAt } from '../problem.ts';
import { Uint } from '../values/value.ts';
import { readQuoted } from './quoted.ts';

export type Token =
  | { readonly kind: 'name' | 'sign' | 'quoted-name'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number }
  | {
      readonly kind: 'literal';
      readonly text: string;
      readonly at: number;
      readonly value: string | Uint8Array | number | bigint | Uint;
    };

const SPACE = /(?:[ \t\r\n\f]|\/\/[^\n]*)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED_NAME = /`[A-Za-z0-9_.\-/ ]+`/y;
const DOUBLE = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const WHOLE = /(?:0x[0-9a-fA-F]+|\d+)[uU]?/y;
const STRING = /[bB]?[rR]?["']|[rR][bB]["']/y;
const SIGN = /==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]/y;

const MAX_UINT = 2n ** 64n - 1n;
/** One more than the largest, since a minus may stand before it. */
const MAX_WHOLE = 2n ** 63n;

/** All words of an expression, the last of them `end`. @throws {ProblemAt} */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = skip(text, 0); ; ) {
    const { token, end } = readToken(text, at);
    tokens.push(token);
    if (token.kind === 'end') return tokens;
    at = skip(text, end);
  }
}

function skip(text: string, from: number): number {
  SPACE.lastIndex = from;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function readToken(text: string, at: number): { readonly token: Token; readonly end: number } {
  if (at >= text.length) return { token: { kind: 'end', text: '', at }, end: at };
  if (match(STRING, text, at) !== undefined) {
    const { value, end } = readQuoted(text, at);
    return { token: { kind: 'literal', text: text.slice(at, end), at, value }, end };
  }
  for (const [pattern, kind] of [
    [NAME, 'name'],
    [QUOTED_NAME, 'quoted-name'],
  ] as const) {
    const found = match(pattern, text, at);
    if (found !== undefined) {
      const name = kind === 'name' ? found : found.slice(1, -1);
      return { token: { kind, text: name, at }, end: at + found.length };
    }
  }
  const double = match(DOUBLE, text, at);
  if (double !== undefined) {
    return { token: { kind: 'literal', text: double, at, value: Number(double) }, end: at + double.length };
  }
  const whole = match(WHOLE, text, at);
  if (whole !== undefined) {
    return { token: { kind: 'literal', text: whole, at, value: readWhole(whole, at) }, end: at + whole.length };
  }
  const sign = match(SIGN, text, at);
  if (sign !== undefined) return { token: { kind: 'sign', text: sign, at }, end: at + sign.length };
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const instead: Readonly<Record<string, string>> = { '=': 'compare with ==', '&': 'and is &&', '|': 'or is ||' };
  const suggestion = Object.hasOwn(instead, character) ? instead[character] : undefined;
  throw new ProblemAt(at, `Syntax error: token recognition error at: '${character}'`, suggestion);
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function readWhole(text: string, at: number): bigint | Uint {
  const isUint = /u$/i.test(text);
  const value = BigInt(isUint ? text.slice(0, -1) : text);
  if (isUint && value > MAX_UINT) throw new ProblemAt(at, 'Syntax error: invalid uint literal');
  if (!isUint && value > MAX_WHOLE) throw new ProblemAt(at, 'Syntax error: invalid int literal');
  return isUint ? new Uint(value) : value;
}
