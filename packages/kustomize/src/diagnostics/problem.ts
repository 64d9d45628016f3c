/** What went wrong or looks wrong, where, and what to do about it. Never carries the value of a Secret or a variable. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** One sentence: what failed and why. */
  readonly message: string;
  /** File below the root of the tree, `/`-separated. */
  readonly file?: string;
  /** Line in that file, from 1. */
  readonly line?: number;
  /** Column in that line, from 1. */
  readonly column?: number;
  /** The kustomization file whose processing met the problem. */
  readonly kustomization?: string;
  /** Path of the field in that kustomization (`resources[2]`) or in the object (`spec.replicas`). */
  readonly field?: string;
  /** The object concerned, as `Deployment prod/web`. */
  readonly object?: string;
  /** The substitution variable concerned. */
  readonly variable?: string;
  /** What to do next, when the engine knows. */
  readonly suggestion?: string;
}

export type ProblemDetail = Omit<Problem, 'severity'>;

/** Ends a build. The engine throws nothing else on purpose; the public functions turn it into `{ ok: false, problems }`. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
  readonly problems: readonly Problem[];
  constructor(...details: readonly ProblemDetail[]) {
    super(details.map((d) => d.message).join('\n'));
    this.problems = details.map((d) => ({ severity: 'error', ...d }));
  }

  /** The same failure with what an outer layer knows added where it is not said yet. */
  within(context: Partial<ProblemDetail>): BuildError {
    return new BuildError(...this.problems.map((p) => ({ ...context, ...p })));
  }
}
