import { Fault, place, SubstitutionError } from './error.ts';
import { Evaluator, type Lookup } from './evaluate.ts';
import { DEFAULT_SUBSTITUTION_LIMITS, type SubstitutionLimits } from './limits.ts';
import { parseTemplate } from './parse.ts';

export interface SubstitutionOptions {
  /** A variable without a value is an error, except where the expression has a default. */
  readonly strict: boolean;
  readonly limits?: Partial<SubstitutionLimits>;
}

/**
 * Replaces every expression (`${name}`, `${name:-default}`, `${name##*\/}`, …) by its value, as Flux's post-build
 * substitution does. Values are pasted as they are: expressions in values stay text. Time and memory grow with the text
 * and its result, within the limits.
 *
 * @param lookup the value of a variable, or undefined when it has none; asked once for each name.
 * @throws SubstitutionError with the place of each problem. Nothing of a value is in it.
 */
export function substituteText(text: string, lookup: Lookup, options: SubstitutionOptions): string {
  if (!text.includes('$') && !text.includes('\0')) return text;
  const limits = { ...DEFAULT_SUBSTITUTION_LIMITS, ...options.limits };
  const evaluator = new Evaluator(lookup, options.strict, limits);
  let result: string;
  try {
    result = evaluator.evaluate(parseTemplate(text, limits.depth));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new SubstitutionError([...evaluator.problems, error.details].map((problem) => place(text, problem)));
  }
  if (evaluator.problems.length > 0) {
    throw new SubstitutionError(evaluator.problems.map((problem) => place(text, problem)));
  }
  return result;
}
