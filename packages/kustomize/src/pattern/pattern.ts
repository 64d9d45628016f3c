import { type Assertion, type CharTest, isWord, PatternError, parsePattern, type Regex } from './syntax.ts';

export { PatternError } from './syntax.ts';

/** A compiled regular expression. Matching takes time linear in the text, whatever the expression. */
export interface Pattern {
  /** Whether the expression matches somewhere in the text. */
  matches(text: string): boolean;
}

/** States a pattern may have; `(a{1000}){1000}` is refused. */
const MAX_STATES = 20_000;

type Instruction =
  | { readonly op: 'char'; readonly test: CharTest; next: number }
  | { readonly op: 'assert'; readonly assertion: Assertion; next: number }
  | { readonly op: 'split'; next: number; other: number }
  | { readonly op: 'match' };

const LITERAL = /^[A-Za-z0-9_-]+$/;

/**
 * Compiles an expression of Go's syntax.
 *
 * @throws PatternError for what Go refuses, and beyond `maxLength` characters or 20,000 states.
 */
export function compilePattern(source: string, maxLength: number): Pattern {
  if (source.length > maxLength) {
    throw new PatternError(`the expression is longer than ${maxLength} characters (limit patternLength)`);
  }
  return new Machine(parsePattern(source));
}

/** A target's field: the whole text must match. Empty matches everything. */
export function compileAnchored(source: string, maxLength: number): Pattern {
  if (source === '') return { matches: () => true };
  if (LITERAL.test(source)) return { matches: (text) => text === source };
  return compilePattern(`^(?:${source})$`, maxLength + 6);
}

class Machine implements Pattern {
  private readonly program: Instruction[] = [];
  private readonly start: number;
  private readonly marks: Uint32Array;
  private generation = 0;

  constructor(regex: Regex) {
    this.program.push({ op: 'match' });
    this.start = this.compile(regex, 0);
    this.marks = new Uint32Array(this.program.length);
  }

  private emit(instruction: Instruction): number {
    if (this.program.length >= MAX_STATES) {
      throw new PatternError(`the expression has more than ${MAX_STATES} states`);
    }
    this.program.push(instruction);
    return this.program.length - 1;
  }

  /** Adds instructions that match the expression and go on at `next`; returns where they begin. */
  private compile(regex: Regex, next: number): number {
    switch (regex.type) {
      case 'empty':
        return next;
      case 'char':
        return this.emit({ op: 'char', test: regex.test, next });
      case 'assert':
        return this.emit({ op: 'assert', assertion: regex.assertion, next });
      case 'sequence':
        return regex.items.reduceRight((after, item) => this.compile(item, after), next);
      case 'either':
        return regex.options
          .map((option) => this.compile(option, next))
          .reduce((other, option) => this.emit({ op: 'split', next: option, other }));
      default:
        return this.repeat(regex.item, regex.min, regex.max, next);
    }
  }

  private repeat(item: Regex, min: number, max: number, next: number): number {
    let after = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = { op: 'split' as const, next: 0, other: next };
      after = this.emit(loop);
      loop.next = this.compile(item, after);
    } else {
      for (let i = min; i < max; i++) {
        after = this.emit({ op: 'split', next: this.compile(item, after), other: next });
      }
    }
    for (let i = 0; i < min; i++) after = this.compile(item, after);
    return after;
  }

  matches(text: string): boolean {
    let threads: number[] = [];
    let before = -1;
    for (let i = 0; ; ) {
      const code = i < text.length ? (text.codePointAt(i) as number) : -1;
      this.generation++;
      const active: number[] = [];
      for (const thread of threads) if (this.follow(thread, before, code, active)) return true;
      if (this.follow(this.start, before, code, active)) return true;
      if (code < 0) return false;
      threads = [];
      for (const at of active) {
        const instruction = this.program[at] as Instruction;
        if (instruction.op === 'char' && instruction.test(code)) threads.push(instruction.next);
      }
      before = code;
      i += code > 0xffff ? 2 : 1;
    }
  }

  /** Follows splits and assertions from a state to those that read a character; true when the match is reached. */
  private follow(from: number, before: number, code: number, active: number[]): boolean {
    const stack = [from];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (this.marks[at] === this.generation) continue;
      this.marks[at] = this.generation;
      const instruction = this.program[at] as Instruction;
      if (instruction.op === 'match') return true;
      if (instruction.op === 'char') active.push(at);
      else if (instruction.op === 'split') stack.push(instruction.other, instruction.next);
      else if (holds(instruction.assertion, before, code)) stack.push(instruction.next);
    }
    return false;
  }
}

function holds(assertion: Assertion, before: number, code: number): boolean {
  switch (assertion) {
    case 'textStart':
      return before < 0;
    case 'textEnd':
      return code < 0;
    case 'lineStart':
      return before < 0 || before === 10;
    case 'lineEnd':
      return code < 0 || code === 10;
    default: {
      const boundary = isWord(before) !== isWord(code);
      return assertion === 'word' ? boundary : !boundary;
    }
  }
}
