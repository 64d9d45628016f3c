/** One thing that is wrong with an object, and how to mend it. */
export interface Problem {
  /** As the user would write it: `spec.stages[1].name`. */
  readonly path: string;
  /** What stands there; absent when nothing does, or when it is too long to show. */
  readonly value?: string | number | boolean | null;
  /** What is wrong with it, without the path. */
  readonly message: string;
  /** What could stand there instead. */
  readonly allowed?: readonly string[];
  /** What to do about it. */
  readonly fix: string;
}
