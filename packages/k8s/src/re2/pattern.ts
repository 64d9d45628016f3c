import { parsePattern } from './parse.ts';
import { PatternError } from './pattern-error.ts';
import { compileProgram, type Program, type State } from './program.ts';
import type { Assertion } from './syntax.ts';

export { PatternError } from './pattern-error.ts';

/** Longer patterns are refused before they are read. */
export const MAX_PATTERN_LENGTH = 16 * 1024;

/** A pattern in Go's syntax (RE2), ready to test texts. */
export interface Pattern {
  readonly source: string;
  /** Whether the pattern matches anywhere in the text; anchor it with `^` and `$` to ask for the whole. */
  test(text: string): boolean;
}

/**
 * Compiles a pattern in the syntax of Go's `regexp`, which CRD schemas and Kubernetes selectors use. It is run as an automaton
 * and never tries again, so that the time is at most the length of the text times the size of the pattern, whatever both
 * hold: no pattern of a tenant can stop the process. Throws {@link PatternError}.
 */
export function compilePattern(source: string): Pattern {
  if (source.length > MAX_PATTERN_LENGTH) {
    throw new PatternError(
      source,
      `a pattern may have at most ${MAX_PATTERN_LENGTH} characters; this one has ${source.length}`,
    );
  }
  const program = compileProgram(source, parsePattern(source));
  return { source, test: (text) => run(program, text) };
}

/** The states that the automaton is in. Membership is by generation, so that clearing costs nothing. */
class StateSet {
  readonly members: number[] = [];
  readonly #seen: Uint32Array;
  #generation = 1;

  constructor(size: number) {
    this.#seen = new Uint32Array(size);
  }

  add(state: number): boolean {
    if (this.#seen[state] === this.#generation) return false;
    this.#seen[state] = this.#generation;
    return true;
  }

  clear(): void {
    this.members.length = 0;
    this.#generation++;
  }
}

function run({ states, start }: Program, text: string): boolean {
  let current = new StateSet(states.length);
  let following = new StateSet(states.length);
  for (let at = 0; ; ) {
    if (enter(states, start, text, at, current)) return true;
    const code = text.codePointAt(at);
    if (code === undefined) return false;
    const after = at + (code > 0xffff ? 2 : 1);
    for (const index of current.members) {
      const state = states[index];
      if (state?.kind === 'char' && state.accepts(code) && enter(states, state.next, text, after, following))
        return true;
    }
    current.clear();
    [current, following] = [following, current];
    at = after;
  }
}

/** Adds a state and all that it leads to without a character. True when that is a match. */
function enter(states: readonly State[], from: number, text: string, at: number, into: StateSet): boolean {
  const pending = [from];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (!into.add(index)) continue;
    const state = states[index];
    if (state === undefined || state.kind === 'match') return true;
    if (state.kind === 'char') into.members.push(index);
    else if (state.kind === 'split') pending.push(state.other, state.next);
    else if (holdsAt(state.assertion, text, at)) pending.push(state.next);
  }
  return false;
}

function holdsAt(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case 'text-start':
      return at === 0;
    case 'text-end':
      return at === text.length;
    case 'line-start':
      return at === 0 || text[at - 1] === '\n';
    case 'line-end':
      return at === text.length || text[at] === '\n';
    case 'word':
      return isWord(text[at - 1]) !== isWord(text[at]);
    case 'not-word':
      return isWord(text[at - 1]) === isWord(text[at]);
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character);
}
