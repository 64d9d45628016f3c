/** Bounds of one substitution. Each ends it with an error that names it. */
export interface SubstitutionLimits {
  /** Bytes of the result; values can be pasted any number of times. */
  readonly outputBytes: number;
  /** Characters compared and copied by operators; patterns with several `*` can be made slow on purpose. */
  readonly steps: number;
  /** How deep expressions may stand inside each other. */
  readonly depth: number;
}

export const DEFAULT_SUBSTITUTION_LIMITS: SubstitutionLimits = {
  outputBytes: 64 * 1024 * 1024,
  steps: 100_000_000,
  depth: 100,
};
