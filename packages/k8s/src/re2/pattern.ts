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
  /** The first match from `from` on, as Go finds it: where it begins and where it ends, in UTF-16 units. */
  find(text: string, from?: number): readonly [start: number, end: number] | undefined;
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
  return {
    source,
    test: (text) => run(program, text),
    find: (text, from = 0) => search(program, text, from),
  };
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

/** A way through the automaton, and where it began. */
interface Thread {
  readonly state: number;
  readonly start: number;
}

/**
 * Follows all ways at once, the preferred ones first: a way that arrives ends those after it, so that the match is the one
 * that trying one way after the other would find.
 */
function search({ states, start }: Program, text: string, from: number): readonly [number, number] | undefined {
  const seen = new StateSet(states.length);
  let threads: Thread[] = [];
  let found: readonly [number, number] | undefined;
  for (let at = from; ; ) {
    const ready: Thread[] = [];
    seen.clear();
    for (const thread of threads) if (follow(states, thread, text, at, seen, ready)) break;
    const hasArrived = ready.at(-1)?.state === -1;
    if (!hasArrived && found === undefined) follow(states, { state: start, start: at }, text, at, seen, ready);
    const last = ready.at(-1);
    if (last?.state === -1) {
      found = [last.start, at];
      ready.pop();
    }
    const code = text.codePointAt(at);
    if (code === undefined || (ready.length === 0 && found !== undefined)) return found;
    at += code > 0xffff ? 2 : 1;
    threads = ready.flatMap((thread) => {
      const state = states[thread.state];
      return state?.kind === 'char' && state.accepts(code) ? [{ state: state.next, start: thread.start }] : [];
    });
  }
}

/** Adds where a way leads without a character, in order of preference. True when it arrives: then nothing is added after. */
function follow(
  states: readonly State[],
  { state: from, start }: Thread,
  text: string,
  at: number,
  seen: StateSet,
  ready: Thread[],
): boolean {
  const pending = [from];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (!seen.add(index)) continue;
    const state = states[index];
    if (state === undefined || state.kind === 'match') {
      ready.push({ state: -1, start });
      return true;
    }
    if (state.kind === 'char') ready.push({ state: index, start });
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
