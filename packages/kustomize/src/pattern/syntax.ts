/** Go's regular expressions (RE2), parsed into a tree. What RE2 does not know (lookaround, back-references) is refused. */

/** A regular expression that Go would refuse, or that is larger than the bound. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

export type CharTest = (code: number) => boolean;

export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'word' | 'notWord';

export type Regex =
  | { readonly type: 'empty' }
  | { readonly type: 'char'; readonly test: CharTest; readonly literal?: string }
  | { readonly type: 'assert'; readonly assertion: Assertion }
  | { readonly type: 'sequence'; readonly items: readonly Regex[] }
  | { readonly type: 'either'; readonly options: readonly Regex[] }
  | { readonly type: 'repeat'; readonly item: Regex; readonly min: number; readonly max: number };

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

const MAX_REPEAT = 1000;
const MAX_NESTING = 200;

/** @throws PatternError */
export function parsePattern(source: string): Regex {
  const parser = new Parser(source);
  const regex = parser.alternatives({ ignoreCase: false, multiline: false, dotAll: false });
  if (!parser.done) throw new PatternError(`unexpected ): \`${source}\``);
  return regex;
}

const isDigit: CharTest = (c) => c >= 48 && c <= 57;
const isWord: CharTest = (c) => isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
const isSpace: CharTest = (c) => c === 32 || c === 9 || c === 10 || c === 12 || c === 13;
const not =
  (test: CharTest): CharTest =>
  (c) =>
    !test(c);
const range =
  (from: number, to: number): CharTest =>
  (c) =>
    c >= from && c <= to;

const PERL = new Map<string, CharTest>([
  ['d', isDigit],
  ['D', not(isDigit)],
  ['w', isWord],
  ['W', not(isWord)],
  ['s', isSpace],
  ['S', not(isSpace)],
]);

const POSIX = new Map<string, CharTest>([
  ['alnum', (c) => isWord(c) && c !== 95],
  ['alpha', (c) => isWord(c) && c !== 95 && !isDigit(c)],
  ['ascii', range(0, 127)],
  ['blank', (c) => c === 32 || c === 9],
  ['cntrl', (c) => c < 32 || c === 127],
  ['digit', isDigit],
  ['graph', range(33, 126)],
  ['lower', range(97, 122)],
  ['print', range(32, 126)],
  ['punct', (c) => c >= 33 && c <= 126 && !(isWord(c) && c !== 95)],
  ['space', (c) => isSpace(c) || c === 11],
  ['upper', range(65, 90)],
  ['word', isWord],
  ['xdigit', (c) => isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102)],
]);

const ESCAPES = new Map<string, number>([
  ['a', 7],
  ['f', 12],
  ['t', 9],
  ['n', 10],
  ['r', 13],
  ['v', 11],
]);

class Parser {
  private readonly chars: readonly string[];
  private readonly source: string;
  private pos = 0;
  private nesting = 0;

  constructor(source: string) {
    this.source = source;
    this.chars = Array.from(source);
  }

  get done(): boolean {
    return this.pos >= this.chars.length;
  }

  private peek(ahead = 0): string | undefined {
    return this.chars[this.pos + ahead];
  }

  private fail(message: string): never {
    throw new PatternError(`${message}: \`${this.source}\``);
  }

  alternatives(initial: Flags): Regex {
    if (++this.nesting > MAX_NESTING) this.fail('expression nests too deeply');
    let flags = initial;
    const options: Regex[] = [];
    let items: Regex[] = [];
    for (;;) {
      const c = this.peek();
      if (c === undefined || c === ')') break;
      if (c === '|') {
        this.pos++;
        options.push({ type: 'sequence', items });
        items = [];
        continue;
      }
      const changed = this.flagGroup(flags);
      if (changed !== undefined) {
        flags = changed;
        continue;
      }
      if (c === '\\' && this.peek(1) === 'Q') {
        this.quoted(items, flags);
        continue;
      }
      items.push(this.repeated(this.atom(flags)));
    }
    this.nesting--;
    options.push({ type: 'sequence', items });
    return options.length === 1 ? (options[0] as Regex) : { type: 'either', options };
  }

  /** `(?i)` and the like, which hold until the group ends. */
  private flagGroup(flags: Flags): Flags | undefined {
    if (this.peek() !== '(' || this.peek(1) !== '?') return undefined;
    const rest = this.chars.slice(this.pos, this.pos + 16).join('');
    const m = /^\(\?([imsU]*)(?:-([imsU]+))?\)/.exec(rest);
    if (m === null || (m[1] === '' && m[2] === undefined)) return undefined;
    this.pos += m[0].length;
    return withFlags(flags, m[1] ?? '', m[2] ?? '');
  }

  private quoted(items: Regex[], flags: Flags): void {
    this.pos += 2;
    while (!this.done && !(this.peek() === '\\' && this.peek(1) === 'E')) {
      items.push(literal(this.chars[this.pos++] as string, flags));
    }
    if (!this.done) this.pos += 2;
  }

  private repeated(item: Regex): Regex {
    let result = item;
    let already = false;
    for (;;) {
      const bounds = this.bounds();
      if (bounds === undefined) return result;
      if (already) this.fail('invalid nested repetition operator');
      if (this.peek() === '?') this.pos++;
      already = true;
      result = { type: 'repeat', item: result, min: bounds[0], max: bounds[1] };
    }
  }

  private bounds(): readonly [number, number] | undefined {
    const c = this.peek();
    if (c === '*' || c === '+' || c === '?') {
      this.pos++;
      return [c === '+' ? 1 : 0, c === '?' ? 1 : Number.POSITIVE_INFINITY];
    }
    if (c !== '{') return undefined;
    const m = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.chars.slice(this.pos, this.pos + 24).join(''));
    if (m === null) return undefined;
    const min = Number(m[1]);
    const max = m[2] === undefined ? min : m[3] === '' ? Number.POSITIVE_INFINITY : Number(m[3]);
    if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT) || min > max) {
      this.fail('invalid repeat count');
    }
    this.pos += m[0].length;
    return [min, max];
  }

  private atom(flags: Flags): Regex {
    const c = this.chars[this.pos++] as string;
    switch (c) {
      case '(':
        return this.group(flags);
      case '[':
        return { type: 'char', test: this.charClass(flags) };
      case '.':
        return { type: 'char', test: flags.dotAll ? () => true : (code) => code !== 10 };
      case '^':
        return { type: 'assert', assertion: flags.multiline ? 'lineStart' : 'textStart' };
      case '$':
        return { type: 'assert', assertion: flags.multiline ? 'lineEnd' : 'textEnd' };
      case '\\':
        return this.escape(flags);
      case '*':
      case '+':
      case '?':
        return this.fail(`missing argument to repetition operator ${c}`);
      default:
        return literal(c, flags);
    }
  }

  private group(flags: Flags): Regex {
    let inner = flags;
    if (this.peek() === '?') {
      const rest = this.chars.slice(this.pos, this.pos + 64).join('');
      const named = /^\?P?<([A-Za-z_]\w*)>/.exec(rest);
      const flagged = /^\?([imsU]*)(?:-([imsU]+))?:/.exec(rest);
      if (named !== null) this.pos += named[0].length;
      else if (flagged !== null) {
        this.pos += flagged[0].length;
        inner = withFlags(flags, flagged[1] ?? '', flagged[2] ?? '');
      } else this.fail('invalid or unsupported Perl syntax');
    }
    const result = this.alternatives(inner);
    if (this.peek() !== ')') this.fail('missing closing )');
    this.pos++;
    return result;
  }

  private escape(flags: Flags): Regex {
    const c = this.chars[this.pos];
    if (c === undefined) return this.fail('trailing backslash at end of expression');
    if (c === 'A' || c === 'z' || c === 'b' || c === 'B') {
      this.pos++;
      const assertion = c === 'A' ? 'textStart' : c === 'z' ? 'textEnd' : c === 'b' ? 'word' : 'notWord';
      return { type: 'assert', assertion };
    }
    const set = this.namedSet();
    if (set !== undefined) return { type: 'char', test: set };
    return literal(String.fromCodePoint(this.escapedCode()), flags);
  }

  /** `\d` or `\p{Greek}` after the backslash. */
  private namedSet(): CharTest | undefined {
    const c = this.peek() as string;
    const perl = PERL.get(c);
    if (perl !== undefined) {
      this.pos++;
      return perl;
    }
    if (c !== 'p' && c !== 'P') return undefined;
    const m = /^[pP](?:\{(\^?)(\w+)\}|([A-Z]))/.exec(this.chars.slice(this.pos, this.pos + 48).join(''));
    if (m === null) return this.fail('invalid character class range');
    const name = m[2] ?? m[3] ?? '';
    const test = unicodeClass(name) ?? this.fail(`invalid character class range \\p{${name}}`);
    this.pos += m[0].length;
    return (c === 'P') !== (m[1] === '^') ? not(test) : test;
  }

  private escapedCode(): number {
    const rest = this.chars.slice(this.pos, this.pos + 12).join('');
    const hex = /^x(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/.exec(rest);
    if (hex !== null) {
      this.pos += hex[0].length;
      const code = Number.parseInt(hex[1] ?? hex[2] ?? '0', 16);
      if (code > 0x10ffff) this.fail('invalid escape sequence');
      return code;
    }
    const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
    if (octal !== null) {
      this.pos += octal[0].length;
      return Number.parseInt(octal[0], 8);
    }
    const c = this.chars[this.pos++];
    if (c === undefined) return this.fail('trailing backslash at end of expression');
    const known = ESCAPES.get(c);
    if (known !== undefined) return known;
    if (/[\dA-Za-z]/.test(c)) return this.fail(`invalid escape sequence \\${c}`);
    return c.codePointAt(0) as number;
  }

  private charClass(flags: Flags): CharTest {
    const negated = this.peek() === '^';
    if (negated) this.pos++;
    const tests: CharTest[] = [];
    for (let first = true; ; first = false) {
      const c = this.peek();
      if (c === undefined) return this.fail('missing closing ]');
      if (c === ']' && !first) break;
      tests.push(this.classItem(flags));
    }
    this.pos++;
    const any: CharTest = (code) => tests.some((test) => test(code));
    return negated ? not(any) : any;
  }

  private classItem(flags: Flags): CharTest {
    const c = this.peek() as string;
    if (c === '[' && this.peek(1) === ':') {
      const m = /^\[:(\^?)(\w+):\]/.exec(this.chars.slice(this.pos, this.pos + 16).join(''));
      if (m !== null) {
        const test = POSIX.get(m[2] ?? '') ?? this.fail('invalid character class range');
        this.pos += m[0].length;
        return m[1] === '^' ? not(test) : test;
      }
    }
    if (c === '\\') {
      this.pos++;
      const set = this.namedSet();
      if (set !== undefined) return set;
      this.pos--;
    }
    const from = this.classChar();
    if (this.peek() === '-' && this.peek(1) !== ']' && this.peek(1) !== undefined) {
      this.pos++;
      const to = this.classChar();
      if (to < from) this.fail('invalid character class range');
      return flags.ignoreCase ? folded(range(from, to)) : range(from, to);
    }
    return flags.ignoreCase ? folded((code) => code === from) : (code) => code === from;
  }

  private classChar(): number {
    const c = this.chars[this.pos++];
    if (c === undefined) return this.fail('missing closing ]');
    return c === '\\' ? this.escapedCode() : (c.codePointAt(0) as number);
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const set = (name: string, before: boolean): boolean => (off.includes(name) ? false : on.includes(name) || before);
  return {
    ignoreCase: set('i', flags.ignoreCase),
    multiline: set('m', flags.multiline),
    dotAll: set('s', flags.dotAll),
  };
}

function literal(char: string, flags: Flags): Regex {
  const code = char.codePointAt(0) as number;
  if (flags.ignoreCase) return { type: 'char', test: folded((c) => c === code) };
  return { type: 'char', test: (c) => c === code, literal: char };
}

/** Matches a character or its other case. */
function folded(test: CharTest): CharTest {
  return (code) => {
    if (test(code)) return true;
    const char = String.fromCodePoint(code);
    const lower = char.toLowerCase();
    const upper = char.toUpperCase();
    return test(lower.codePointAt(0) as number) || test(upper.codePointAt(0) as number);
  };
}

function unicodeClass(name: string): CharTest | undefined {
  for (const property of [name, `Script=${name}`]) {
    try {
      const regex = new RegExp(`^\\p{${property}}$`, 'u');
      return (code) => regex.test(String.fromCodePoint(code));
    } catch {
      // Not a general category: try it as a script.
    }
  }
  return undefined;
}

export { isWord };
