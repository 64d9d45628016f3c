import { PatternError } from './pattern-error.ts';
import type { Assertion, CharSet, Syntax } from './syntax.ts';

/** States of one compiled pattern; every repetition counts as often as it may occur. */
export const MAX_STATES = 20_000;

/** A state: where to go on, by what. `split` goes both ways without a character. */
export type State =
  | { readonly kind: 'match' }
  | { readonly kind: 'char'; readonly accepts: (code: number) => boolean; readonly next: number }
  | { readonly kind: 'assert'; readonly assertion: Assertion; readonly next: number }
  | { readonly kind: 'split'; next: number; other: number };

type Repeat = Syntax & { readonly kind: 'repeat' };

export interface Program {
  readonly states: readonly State[];
  readonly start: number;
}

/** Thompson's construction, from the end backwards, so that each state knows its successor. Throws {@link PatternError}. */
export function compileProgram(pattern: string, syntax: Syntax): Program {
  const states: State[] = [{ kind: 'match' }];
  const add = (state: State): number => {
    if (states.length >= MAX_STATES) {
      throw new PatternError(
        pattern,
        `the pattern is too large: with its repetitions it has more than ${MAX_STATES} states`,
      );
    }
    return states.push(state) - 1;
  };
  const emit = (node: Syntax, next: number): number => {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'set':
        return add({ kind: 'char', accepts: matcher(node.set), next });
      case 'assert':
        return add({ kind: 'assert', assertion: node.assertion, next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => emit(part, after), next);
      case 'choice':
        return node.options
          .map((option) => emit(option, next))
          .reduceRight((other, first) => add({ kind: 'split', next: first, other }));
      case 'repeat':
        return emitRepeat(node, next);
    }
  };
  /** The way that is to be preferred comes first: on with the body, or out of it when that is lazy. */
  const emitRepeat = ({ body, min, max, lazy }: Repeat, next: number): number => {
    const fork = (on: number): State =>
      lazy ? { kind: 'split', next, other: on } : { kind: 'split', next: on, other: next };
    let after = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = { kind: 'split' as const, next, other: next };
      after = add(loop);
      const on = emit(body, after);
      if (lazy) loop.other = on;
      else loop.next = on;
    } else {
      for (let i = min; i < max; i++) after = add(fork(emit(body, after)));
    }
    for (let i = 0; i < min; i++) after = emit(body, after);
    return after;
  };
  const start = emit(syntax, 0);
  return { states, start };
}

/** ASCII is looked up in a table: it is nearly all that names, paths and versions hold. */
function matcher(set: CharSet): (code: number) => boolean {
  const ascii = Array.from({ length: 128 }, (_, code) => accepts(set, code));
  return (code) => ascii[code] ?? accepts(set, code);
}

function accepts(set: CharSet, code: number): boolean {
  const found = set.fold ? variants(code).some((variant) => holds(set, variant)) : holds(set, code);
  return found !== set.negated;
}

function holds({ ranges, properties }: CharSet, code: number): boolean {
  if (ranges.some(([low, high]) => code >= low && code <= high)) return true;
  return properties.length > 0 && properties.some((property) => property.test(String.fromCodePoint(code)));
}

/** The characters that differ from one another by case alone. */
function variants(code: number): number[] {
  const character = String.fromCodePoint(code);
  const found = new Set([code]);
  for (const text of [character.toLowerCase(), character.toUpperCase(), character.toUpperCase().toLowerCase()]) {
    const variant = text.codePointAt(0);
    if (variant !== undefined && text === String.fromCodePoint(variant)) found.add(variant);
  }
  // Two letters that Unicode folds onto ASCII and whose case JavaScript maps one way only.
  if (found.has(0x73)) found.add(0x17f);
  if (found.has(0x6b)) found.add(0x212a);
  return [...found];
}
