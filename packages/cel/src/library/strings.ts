import { Failure, isList, type Result, type Value } from '../values/value.ts';
import { format } from './format.ts';
import { global, items, member, type Overload, searched, sizeOf, TEXT_FACTOR, traversal } from './function.ts';

/** Positions count characters, not UTF-16 units. */
function characters(text: string): readonly string[] {
  return [...text];
}

function charAt(text: string, index: bigint): Result {
  const all = characters(text);
  const at = Number(index);
  if (at < 0 || at > all.length) return new Failure(`index out of range: ${at}`);
  return all[at] ?? '';
}

function indexOf(text: string, part: string, offset = 0n): Result {
  const [all, wanted] = [characters(text), characters(part)];
  const from = Number(offset);
  if (part === '') return offset < 0n || from > all.length ? new Failure(`index out of range: ${from}`) : offset;
  if (from < 0 || (from > 0 && from >= all.length)) return new Failure(`index out of range: ${from}`);
  for (let at = from; at <= all.length - wanted.length; at++) if (startsAt(all, wanted, at)) return BigInt(at);
  return -1n;
}

function lastIndexOf(text: string, part: string, offset?: bigint): Result {
  const [all, wanted] = [characters(text), characters(part)];
  const from = offset === undefined ? all.length : Number(offset);
  if (from < 0 || (offset !== undefined && part !== '' && from >= all.length))
    return new Failure(`index out of range: ${from}`);
  if (part === '') return from > all.length ? new Failure(`index out of range: ${from}`) : BigInt(from);
  for (let at = Math.min(from, all.length - wanted.length); at >= 0; at--)
    if (startsAt(all, wanted, at)) return BigInt(at);
  return -1n;
}

function startsAt(all: readonly string[], wanted: readonly string[], at: number): boolean {
  return wanted.every((character, index) => all[at + index] === character);
}

function substring(text: string, start: bigint, end?: bigint): Result {
  const all = characters(text);
  const [from, to] = [Number(start), end === undefined ? all.length : Number(end)];
  if (from < 0 || from > all.length) return new Failure(`index out of range: ${from}`);
  if (to < 0 || to > all.length) return new Failure(`index out of range: ${to}`);
  if (from > to) return new Failure(`invalid substring range. start: ${from}, end: ${to}`);
  return all.slice(from, to).join('');
}

function replace(text: string, old: string, fresh: string, limit = -1n): Result {
  if (limit === 0n) return text;
  const places = old === '' ? ['', ...characters(text)] : text.split(old);
  const most = limit < 0n ? places.length : Number(limit);
  if (old !== '') return places.slice(0, most).join(fresh) + joinRest(places, most, old, fresh);
  return places.map((piece, index) => (index < most ? `${piece}${fresh}` : piece)).join('');
}

function joinRest(places: readonly string[], most: number, old: string, fresh: string): string {
  const rest = places.slice(most);
  return rest.length === 0 ? '' : `${most === 0 ? '' : fresh}${rest.join(old)}`;
}

/** What replacing can make of a text at most. */
function replaced(text?: Value, old?: Value, fresh?: Value): number {
  const times =
    typeof old === 'string' && typeof text === 'string' && old !== '' ? text.split(old).length : sizeOf(text) + 1;
  return Math.ceil((sizeOf(text) + times * sizeOf(fresh)) * TEXT_FACTOR);
}

function split(text: string, separator: string, limit = -1n): Result {
  if (limit === 0n) return [];
  const parts = separator === '' ? [...characters(text)] : text.split(separator);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const most = Number(limit) - 1;
  return [...parts.slice(0, most), parts.slice(most).join(separator)];
}

const ASCII_UPPER = /[a-z]+/g;
const ASCII_LOWER = /[A-Z]+/g;

function join(list: readonly Value[], separator = ''): Result {
  for (const item of list)
    if (typeof item !== 'string') return new Failure(`no such overload: join() of what is no text`);
  return list.join(separator);
}

function joinCost(list?: Value, separator?: Value): number {
  if (list === undefined || !isList(list)) return 1;
  return (
    Math.ceil(list.reduce<number>((sum, item) => sum + sizeOf(item) + sizeOf(separator ?? ''), 0) * TEXT_FACTOR) + 1
  );
}

const SPACE = /^[\p{White_Space}\x85]+|[\p{White_Space}\x85]+$/gu;

const QUOTES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

export function quote(text: string): string {
  return `"${text.toWellFormed().replaceAll(/[\x07-\r\\"]/g, (sign) => QUOTES[sign] ?? sign)}"`;
}

/** Functions of texts that Kubernetes and Flux have. */
export const STRINGS: readonly Overload[] = [
  member('charAt', 'string, int -> string', charAt),
  member('indexOf', 'string, string -> int', indexOf, searched),
  member('indexOf', 'string, string, int -> int', indexOf, searched),
  member('lastIndexOf', 'string, string -> int', lastIndexOf, searched),
  member('lastIndexOf', 'string, string, int -> int', lastIndexOf, searched),
  member(
    'lowerAscii',
    'string -> string',
    (text: string) => text.replaceAll(ASCII_LOWER, (part) => part.toLowerCase()),
    traversal,
  ),
  member(
    'upperAscii',
    'string -> string',
    (text: string) => text.replaceAll(ASCII_UPPER, (part) => part.toUpperCase()),
    traversal,
  ),
  member('replace', 'string, string, string -> string', replace, replaced),
  member('replace', 'string, string, string, int -> string', replace, replaced),
  member('split', 'string, string -> list(string)', split, traversal),
  member('split', 'string, string, int -> list(string)', split, traversal),
  member('substring', 'string, int -> string', substring, traversal),
  member('substring', 'string, int, int -> string', substring, traversal),
  member('trim', 'string -> string', (text: string) => text.replaceAll(SPACE, ''), traversal),
  member('join', 'list(string) -> string', join, joinCost),
  member('join', 'list(string), string -> string', join, joinCost),
  global('strings.quote', 'string -> string', quote, traversal),
  member(
    'format',
    'string, list(dyn) -> string',
    format,
    (text, list) => traversal(text ?? null) + items(list ?? null),
  ),
];

/** Later additions, which Kubernetes does not have. */
export const NEWER_STRINGS: readonly Overload[] = [
  member('reverse', 'string -> string', (text: string) => characters(text).toReversed().join(''), traversal),
];
