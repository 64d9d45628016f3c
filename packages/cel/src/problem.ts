import { nearestName } from '@stageset/k8s';

/** Why an expression is refused before it is run. */
export interface ExpressionProblem {
  /** Counted from 1. */
  readonly line: number;
  /** Characters, counted from 1. */
  readonly column: number;
  /** In the words of the reference implementation where it is no syntax error. */
  readonly message: string;
  /** What the author most likely meant, when that is certain enough. */
  readonly suggestion?: string;
  /** All of it with its place drawn below the line, as Kubernetes prints it. */
  readonly display: string;
}

/** A problem on its way out of the parser or the checker. */
export class ProblemAt extends Error {
  override readonly name = 'ProblemAt';
  readonly at: number;
  readonly suggestion: string | undefined;

  constructor(at: number, message: string, suggestion?: string) {
    super(message);
    this.at = at;
    this.suggestion = suggestion;
  }
}

/** @param names what would have been right. */
export function didYouMean(name: string, names: Iterable<string>): string | undefined {
  const found = nearestName(name, names);
  return found === undefined || found === name ? undefined : `did you mean ${found}?`;
}

/** Longer lines are not drawn. */
const MAX_DRAWN = 500;

export function problemIn(text: string, { at, message, suggestion }: ProblemAt): ExpressionProblem {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const start = before.lastIndexOf('\n') + 1;
  const column = [...text.slice(start, at)].length + 1;
  const end = text.indexOf('\n', start);
  const source = text.slice(start, end === -1 ? undefined : end);
  const drawn = source.length > MAX_DRAWN ? '' : `\n | ${source.replaceAll('\t', ' ')}\n | ${'.'.repeat(column - 1)}^`;
  return {
    line,
    column,
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
    display: `ERROR: <input>:${line}:${column}: ${message}${drawn}`,
  };
}
