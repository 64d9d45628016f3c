/** What can be wrong with an expression. */
export type SubstitutionFault =
  /** The expression cannot be read. */
  | 'syntax'
  /** Strict mode: the variable has no value. */
  | 'undefined-variable'
  /** A substring with a negative length that ends before it begins. */
  | 'negative-length'
  /** A substring cut a character in two, and nothing after it made it whole. */
  | 'split-character'
  /** A bound of `SubstitutionLimits` is met. */
  | 'limit';

/** One thing wrong with a text. Names variables, never their values. */
export interface SubstitutionProblem {
  readonly fault: SubstitutionFault;
  /** What failed; begins with the words that Flux uses, where Flux has words for it. */
  readonly message: string;
  /** What to write instead, where that is known. */
  readonly suggestion?: string;
  /** The variable of the expression, once its name is read. */
  readonly variable?: string;
  /** Where the expression's `${` stands in the text, in UTF-16 code units from 0. */
  readonly offset: number;
  /** Line of the text, from 1. */
  readonly line: number;
  /** Column of that line, from 1. */
  readonly column: number;
}

/** Ends a substitution. The first problem is the one that Flux reports. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError';
  readonly problems: readonly SubstitutionProblem[];
  constructor(problems: readonly SubstitutionProblem[]) {
    super(problems.map((p) => `line ${p.line}, column ${p.column}: ${p.message}`).join('\n'));
    this.problems = problems;
  }
}

/** What the parser and the evaluator throw: a problem whose line is not counted yet. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly details: UnplacedProblem;
  constructor(details: UnplacedProblem) {
    super(details.message);
    this.details = details;
  }
}

export type UnplacedProblem = Omit<SubstitutionProblem, 'line' | 'column'>;

/** Counts the line and column of a problem's offset. */
export function place(text: string, problem: UnplacedProblem): SubstitutionProblem {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < problem.offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    start = at + 1;
  }
  return { ...problem, line, column: problem.offset - start + 1 };
}
