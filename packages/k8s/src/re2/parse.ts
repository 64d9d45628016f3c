import { type ClassItem, perlClass, posixClass, propertyClass, rangeError } from './char-class.ts';
import { PatternError } from './pattern-error.ts';
import { type Assertion, type CharSet, MAX_REPEAT, type Syntax } from './syntax.ts';

/** Groups may not nest deeper: the parser calls itself once a level. */
const MAX_DEPTH = 500;

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

const EMPTY: Syntax = { kind: 'empty' };
const ESCAPED: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);
const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map([
  ['A', 'text-start'],
  ['z', 'text-end'],
  ['b', 'word'],
  ['B', 'not-word'],
]);
const QUANTIFIER = /([*+?]|\{(\d+)(,(\d*))?\})(\??)/y;
const GROUP = /\(\?(?:P?<([^>]*)>|([imsU]*)(?:-([imsU]*))?([:)]))/y;
const HEX = /x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})/y;
const OCTAL = /0[0-7]{0,2}|[1-7][0-7]{1,2}/y;
const PROPERTY = /([pP])(?:\{([^}]*)\}|([\s\S]))/y;

/** The syntax of Go's `regexp` (RE2 with Perl's extensions), as a tree. Throws {@link PatternError}. */
export function parsePattern(pattern: string): Syntax {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): Syntax {
    const syntax = this.#choice({ ignoreCase: false, multiLine: false, dotAll: false });
    if (this.#at < this.#pattern.length) throw this.#error('unexpected )', this.#pattern);
    return syntax;
  }

  #choice(flags: Flags): Syntax {
    const options: Syntax[] = [];
    let current = flags;
    for (;;) {
      const { syntax, flags: after } = this.#sequence(current);
      options.push(syntax);
      current = after;
      if (this.#peek() !== '|') return options.length === 1 ? syntax : { kind: 'choice', options };
      this.#at++;
    }
  }

  /** Flags that a sequence sets, as in `a(?i)b`, hold to the end of the group it stands in. */
  #sequence(given: Flags): { syntax: Syntax; flags: Flags } {
    const parts: Syntax[] = [];
    let flags = given;
    for (;;) {
      const next = this.#peek();
      if (next === '' || next === '|' || next === ')') return { syntax: sequenceOf(parts), flags };
      const changed = this.#flagGroup(flags);
      if (changed !== undefined) flags = changed;
      else if (this.#pattern.startsWith('\\Q', this.#at)) parts.push(...this.#quoted(flags));
      else parts.push(this.#repeated(flags));
    }
  }

  /** `(?i)`: no group, but a change of flags. */
  #flagGroup(flags: Flags): Flags | undefined {
    const match = this.#match(GROUP);
    if (match === null || match[4] !== ')') return undefined;
    const [all, , on = '', off = ''] = match;
    if (on === '' && off === '') throw this.#error('missing argument to repetition operator', '?');
    this.#at += all.length;
    return withFlags(flags, on, off);
  }

  #quoted(flags: Flags): Syntax[] {
    const end = this.#pattern.indexOf('\\E', this.#at);
    const text = this.#pattern.slice(this.#at + 2, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#pattern.length : end + 2;
    const parts = [...text].map((character) => literal(character.codePointAt(0) ?? 0, flags));
    const last = parts.pop();
    return last === undefined ? [] : [...parts, this.#quantified(last, this.#at)];
  }

  #repeated(flags: Flags): Syntax {
    const start = this.#at;
    return this.#quantified(this.#atom(flags), start);
  }

  /** What follows a part: how often it may occur. */
  #quantified(body: Syntax, start: number): Syntax {
    const match = this.#match(QUANTIFIER);
    if (match === null) return body;
    const [operator] = match;
    this.#at += operator.length;
    const syntax: Syntax = {
      kind: 'repeat',
      body,
      ...this.#counts(match),
      lazy: operator.length > 1 && operator.endsWith('?'),
    };
    if (repeats(syntax) > MAX_REPEAT) throw this.#error('invalid repeat count', this.#pattern.slice(start, this.#at));
    const second = this.#match(QUANTIFIER);
    if (second !== null) throw this.#error('invalid nested repetition operator', operator + second[0]);
    return syntax;
  }

  #counts([operator, sign = '', least = '', comma, most = '']: RegExpExecArray): { min: number; max: number } {
    const many = Number.POSITIVE_INFINITY;
    if (sign === '*') return { min: 0, max: many };
    if (sign === '+') return { min: 1, max: many };
    if (sign === '?') return { min: 0, max: 1 };
    const min = Number(least);
    const max = comma === undefined ? min : most === '' ? many : Number(most);
    if (min > MAX_REPEAT || (max !== many && (max > MAX_REPEAT || max < min))) {
      throw this.#error('invalid repeat count', operator);
    }
    return { min, max };
  }

  #atom(flags: Flags): Syntax {
    const next = this.#peek();
    switch (next) {
      case '(':
        return this.#group(flags);
      case '[':
        return this.#class(flags);
      case '\\':
        return this.#escape(flags);
      case '.':
        this.#at++;
        return set([{ ranges: flags.dotAll ? [] : [[0x0a, 0x0a]], properties: [] }], true, false);
      case '^':
        this.#at++;
        return { kind: 'assert', assertion: flags.multiLine ? 'line-start' : 'text-start' };
      case '$':
        this.#at++;
        return { kind: 'assert', assertion: flags.multiLine ? 'line-end' : 'text-end' };
      case '*':
      case '+':
      case '?':
        throw this.#error('missing argument to repetition operator', next);
      default:
        if (next === '{' && this.#match(QUANTIFIER) !== null) {
          throw this.#error('missing argument to repetition operator', this.#match(QUANTIFIER)?.[0] ?? next);
        }
        return literal(this.#character(), flags);
    }
  }

  #group(flags: Flags): Syntax {
    if (++this.#depth > MAX_DEPTH) throw this.#error('expression nests too deeply', this.#pattern);
    const match = this.#match(GROUP);
    let inner = flags;
    if (match !== null) {
      const [all, name, on = '', off = ''] = match;
      if (name !== undefined && !/^\w+$/.test(name)) throw this.#error('invalid named capture', all);
      inner = withFlags(flags, on, off);
      this.#at += all.length;
    } else {
      if (this.#pattern.startsWith('(?', this.#at)) {
        throw this.#error('invalid or unsupported Perl syntax', this.#pattern.slice(this.#at, this.#at + 3));
      }
      this.#at++;
    }
    const syntax = this.#choice(inner);
    if (this.#peek() !== ')') throw this.#error('missing closing )', this.#pattern);
    this.#at++;
    this.#depth--;
    return syntax;
  }

  #escape(flags: Flags): Syntax {
    const assertion = ASSERTIONS.get(this.#pattern.charAt(this.#at + 1));
    if (assertion !== undefined) {
      this.#at += 2;
      return { kind: 'assert', assertion };
    }
    const item = this.#escapedClass();
    return item === undefined ? literal(this.#escapedCharacter(), flags) : set([item], false, flags.ignoreCase);
  }

  /** `\d`, `\pL` and the like, also inside brackets. */
  #escapedClass(): ClassItem | undefined {
    const perl = perlClass(this.#pattern.charAt(this.#at + 1));
    if (perl !== undefined) {
      this.#at += 2;
      return perl;
    }
    PROPERTY.lastIndex = this.#at + 1;
    const match = PROPERTY.exec(this.#pattern);
    if (match === null) return undefined;
    const [all, letter, braced, single = ''] = match;
    this.#at += 1 + all.length;
    return propertyClass(this.#pattern, `\\${all}`, braced ?? single, letter === 'P');
  }

  /** The code point of an escape that stands for one character. */
  #escapedCharacter(): number {
    const start = this.#at;
    const letter = this.#pattern.charAt(start + 1);
    if (letter === '') throw this.#error('trailing backslash at end of expression', '');
    this.#at++;
    const hex = this.#match(HEX);
    const octal = this.#match(OCTAL);
    const named = ESCAPED.get(letter);
    let code: number | undefined;
    if (hex !== null) {
      this.#at += hex[0].length;
      code = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    } else if (octal !== null) {
      this.#at += octal[0].length;
      code = Number.parseInt(octal[0], 8);
    } else if (named !== undefined) {
      this.#at++;
      code = named;
    } else if (letter < '\u0080' && !/[0-9A-Za-z]/.test(letter)) {
      return this.#character();
    }
    if (code === undefined || code > 0x10ffff)
      throw this.#error('invalid escape sequence', this.#pattern.slice(start, start + 2));
    return code;
  }

  #class(flags: Flags): Syntax {
    const start = this.#at++;
    const negated = this.#peek() === '^';
    if (negated) this.#at++;
    const items: ClassItem[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#peek() === '') throw this.#error('missing closing ]', this.#pattern.slice(start));
      items.push(this.#classItem());
    }
    this.#at++;
    return set(items, negated, flags.ignoreCase);
  }

  #classItem(): ClassItem {
    const start = this.#at;
    if (this.#pattern.startsWith('[:', start)) {
      const end = this.#pattern.indexOf(':]', start + 2);
      if (end >= 0) {
        this.#at = end + 2;
        return posixClass(this.#pattern, this.#pattern.slice(start + 2, end));
      }
    }
    const escaped = this.#peek() === '\\' ? this.#escapedClass() : undefined;
    if (escaped !== undefined) return escaped;
    const low = this.#classCharacter();
    const isRange = this.#peek() === '-' && !['', ']'].includes(this.#pattern.charAt(this.#at + 1));
    if (!isRange) return { ranges: [[low, low]], properties: [] };
    this.#at++;
    const high = this.#classCharacter();
    if (high < low) throw rangeError(this.#pattern, this.#pattern.slice(start, this.#at));
    return { ranges: [[low, high]], properties: [] };
  }

  #classCharacter(): number {
    return this.#peek() === '\\' ? this.#escapedCharacter() : this.#character();
  }

  #character(): number {
    const code = this.#pattern.codePointAt(this.#at) ?? 0;
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #peek(): string {
    return this.#pattern.charAt(this.#at);
  }

  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    return expression.exec(this.#pattern);
  }

  #error(what: string, where: string): PatternError {
    return new PatternError(this.#pattern, `error parsing regexp: ${what}: \`${where}\``);
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const value = (letter: string, before: boolean): boolean =>
    off.includes(letter) ? false : on.includes(letter) || before;
  return {
    ignoreCase: value('i', flags.ignoreCase),
    multiLine: value('m', flags.multiLine),
    dotAll: value('s', flags.dotAll),
  };
}

function literal(code: number, flags: Flags): Syntax {
  return set([{ ranges: [[code, code]], properties: [] }], false, flags.ignoreCase);
}

function set(items: readonly ClassItem[], negated: boolean, fold: boolean): Syntax {
  const chars: CharSet = {
    ranges: items.flatMap(({ ranges }) => ranges),
    properties: items.flatMap(({ properties }) => properties),
    negated,
    fold,
  };
  return { kind: 'set', set: chars };
}

function sequenceOf(parts: readonly Syntax[]): Syntax {
  const [first] = parts;
  if (first === undefined) return EMPTY;
  return parts.length === 1 ? first : { kind: 'sequence', parts };
}

/** How often nested counts together repeat what is innermost. */
function repeats(syntax: Syntax): number {
  switch (syntax.kind) {
    case 'repeat': {
      const count = Number.isFinite(syntax.max) ? syntax.max : syntax.min;
      return Math.max(1, count) * repeats(syntax.body);
    }
    case 'sequence':
      return Math.max(...syntax.parts.map(repeats));
    case 'choice':
      return Math.max(...syntax.options.map(repeats));
    default:
      return 1;
  }
}
