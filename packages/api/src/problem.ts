/** One thing that is wrong with an object, and how to mend it. */
export interface Problem {
  /** As the user would write it: `spec.stages[1].name`. */
  readonly path: string;
  /** What stands there; absent when nothing does, or when it is no plain value. */
  readonly value?: string | number | boolean | null;
  /** What is wrong, to be read after the path: `is not a duration`. */
  readonly message: string;
  /** What could stand there instead. */
  readonly allowed?: readonly string[];
  /** What to do about it, as a sentence without its stop: `write 90s or 1h30m`. */
  readonly fix: string;
}

/** Longer values are cut where they are shown. */
const MAX_SHOWN_LENGTH = 80;

/** A problem in one line: `spec.stages[1].prune is a string, but must be a boolean (found "yes"): write true or false`. */
export function formatProblem({ path, value, message, allowed, fix }: Problem): string {
  const details: string[] = [];
  if (value !== undefined) details.push(`found ${shown(value)}`);
  if (allowed !== undefined) details.push(`allowed: ${allowed.join(', ')}`);
  return `${path} ${message}${details.length === 0 ? '' : ` (${details.join('; ')})`}: ${fix}`;
}

function shown(value: string | number | boolean | null): string {
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}…`;
}
