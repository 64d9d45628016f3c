import { type ByteString, isAscii, type Rune, runeAt } from './bytes.ts';

/** Counts work and throws when there was too much of it. */
export type Spend = (steps: number) => void;

/** One element of a pattern: a byte, any one character, or one of a class. */
type Element = number | typeof ANY | CharacterClass;
const ANY = -1;

interface CharacterClass {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

/** Elements between two `*`. */
type Chunk = readonly Element[];

/** A pattern of `*`, `?`, `[a-z]`, `[^a]` and `\x`, by the rules of Go's `path.Match` but without a special `/`. */
export interface Glob {
  /** Whether it begins with `*`. */
  readonly open: boolean;
  /** The last is empty when the pattern ends with `*`. */
  readonly chunks: readonly Chunk[];
  /** Whether nothing in it looks at whole characters. */
  readonly bytesOnly: boolean;
}

/** Reads a pattern; undefined when it is malformed, which never matches anything. */
export function parseGlob(pattern: ByteString): Glob | undefined {
  const chunks: Element[][] = [];
  let chunk: Element[] = [];
  let bytesOnly = true;
  let open = false;
  for (let at = 0; at < pattern.length; ) {
    const c = pattern.charAt(at);
    if (c === '*') {
      if (at === 0) open = true;
      else chunks.push(chunk);
      chunk = [];
      while (pattern.charAt(at) === '*') at += 1;
    } else if (c === '?') {
      chunk.push(ANY);
      bytesOnly = false;
      at += 1;
    } else if (c === '[') {
      const parsed = parseClass(pattern, at + 1);
      if (parsed === undefined) return undefined;
      chunk.push(parsed.characters);
      bytesOnly = false;
      at = parsed.end;
    } else {
      if (c === '\\') at += 1;
      if (at >= pattern.length) return undefined;
      chunk.push(pattern.charCodeAt(at));
      at += 1;
    }
  }
  chunks.push(chunk);
  return { open, chunks, bytesOnly };
}

function parseClass(pattern: ByteString, from: number): { characters: CharacterClass; end: number } | undefined {
  let at = from;
  const negated = pattern.charAt(at) === '^';
  if (negated) at += 1;
  const ranges: [number, number][] = [];
  while (pattern.charAt(at) !== ']' || ranges.length === 0) {
    const low = classCharacter(pattern, at);
    if (low === undefined) return undefined;
    at = low.end;
    if (pattern.charAt(at) !== '-') {
      ranges.push([low.code, low.code]);
      continue;
    }
    const high = classCharacter(pattern, at + 1);
    if (high === undefined) return undefined;
    at = high.end;
    ranges.push([low.code, high.code]);
  }
  return { characters: { negated, ranges }, end: at + 1 };
}

/** A character of a class, perhaps escaped; something must follow it. */
function classCharacter(pattern: ByteString, from: number): { code: number; end: number } | undefined {
  const c = pattern.charAt(from);
  if (c === '' || c === '-' || c === ']') return undefined;
  const at = c === '\\' ? from + 1 : from;
  if (at >= pattern.length) return undefined;
  const { code, width } = runeAt(pattern, at, pattern.length);
  if ((code === 0xfffd && width === 1) || at + width >= pattern.length) return undefined;
  return { code, end: at + width };
}

/**
 * Length of the shortest or the longest prefix that the pattern matches; 0 when none does. The empty prefix never counts.
 */
export function matchPrefix(glob: Glob, value: ByteString, longest: boolean, spend: Spend): number {
  if (glob.bytesOnly || isAscii(value)) return new BytewiseMatch(glob, value, spend).prefix(longest);
  // A prefix may end inside a character, and `?` takes what is left of it: every prefix has to be tried by itself.
  for (let i = 1; i <= value.length; i++) {
    const end = longest ? value.length + 1 - i : i;
    if (matches(glob, value, end, spend)) return end;
  }
  return 0;
}

/** Matching where every character is one byte: one walk finds the wanted prefix. */
class BytewiseMatch {
  private readonly glob: Glob;
  private readonly value: ByteString;
  private readonly spend: Spend;

  constructor(glob: Glob, value: ByteString, spend: Spend) {
    this.glob = glob;
    this.value = value;
    this.spend = spend;
  }

  prefix(longest: boolean): number {
    const { chunks, open } = this.glob;
    const { length } = this.value;
    const last = chunks.at(-1) ?? [];
    let at = 0;
    for (const [i, chunk] of chunks.entries()) {
      if (i === chunks.length - 1) break;
      at = i === 0 && !open ? (this.matchesAt(chunk, 0) ? chunk.length : -1) : this.find(chunk, at);
      if (at < 0) return 0;
    }
    const starBeforeLast = open || chunks.length > 1;
    if (!starBeforeLast) return this.matchesAt(last, 0) ? last.length : 0;
    if (last.length === 0) return longest ? length : Math.min(Math.max(at, 1), length);
    if (!longest) return Math.max(this.find(last, at), 0);
    for (let from = length - last.length; from >= at; from--) {
      if (this.matchesAt(last, from)) return from + last.length;
    }
    return 0;
  }

  /** The end of the first place at or behind `from` where the chunk matches; -1 for none. */
  private find(chunk: Chunk, from: number): number {
    for (let at = from; at + chunk.length <= this.value.length; at++) {
      if (this.matchesAt(chunk, at)) return at + chunk.length;
    }
    return -1;
  }

  private matchesAt(chunk: Chunk, from: number): boolean {
    const { value } = this;
    if (from + chunk.length > value.length) return false;
    for (let i = 0; i < chunk.length; i++) {
      const code = value.charCodeAt(from + i);
      const element = chunk[i];
      const hit =
        typeof element === 'number' ? element === ANY || element === code : element !== undefined && has(element, code);
      if (!hit) {
        this.spend(i + 1);
        return false;
      }
    }
    this.spend(chunk.length + 1);
    return true;
  }
}

/** Whether the pattern matches all of the first `end` bytes, chunk by chunk, each at the first place where it fits. */
function matches(glob: Glob, value: ByteString, end: number, spend: Spend): boolean {
  const { chunks, open } = glob;
  let at = 0;
  for (const [i, chunk] of chunks.entries()) {
    const isLast = i === chunks.length - 1;
    const star = i > 0 || open;
    if (isLast && star && chunk.length === 0) return true;
    let found = -1;
    const lastStart = star ? end : at;
    for (let from = at; from <= lastStart && found < 0; from++) {
      const stop = matchChunk(chunk, value, from, end, spend);
      if (stop >= 0 && (!isLast || stop === end)) found = stop;
    }
    if (found < 0) return false;
    at = found;
  }
  return at === end;
}

function matchChunk(chunk: Chunk, value: ByteString, from: number, end: number, spend: Spend): number {
  let at = from;
  spend(1);
  for (const element of chunk) {
    if (at >= end) return -1;
    spend(1);
    if (typeof element === 'number' && element !== ANY) {
      if (value.charCodeAt(at) !== element) return -1;
      at += 1;
      continue;
    }
    const rune: Rune = runeAt(value, at, end);
    if (element !== ANY && !has(element as CharacterClass, rune.code)) return -1;
    at += rune.width;
  }
  return at;
}

function has(characters: CharacterClass, code: number): boolean {
  return characters.ranges.some(([low, high]) => low <= code && code <= high) !== characters.negated;
}
