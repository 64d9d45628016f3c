export { SubstitutionError, type SubstitutionFault, type SubstitutionProblem } from './error.ts';
export type { Lookup } from './evaluate.ts';
export { DEFAULT_SUBSTITUTION_LIMITS, type SubstitutionLimits } from './limits.ts';
export { type SubstitutionOptions, substituteText } from './substitute-text.ts';
