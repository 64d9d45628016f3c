import { compilePattern, PatternError } from '@stageset/k8s';
import { Failure, type Result } from '../values/value.ts';
import { matched, member, type Overload } from './function.ts';

/** All matches of a pattern, one after the other, at most `limit`; an empty match stands where no other ends. */
function matches(text: string, source: string, limit: number): readonly string[] | Failure {
  try {
    const pattern = compilePattern(source);
    const found: string[] = [];
    let ended = -1;
    for (let at = 0; at <= text.length && found.length < limit; ) {
      const match = pattern.find(text, at);
      if (match === undefined) break;
      const [start, end] = match;
      if (end > start || start !== ended) found.push(text.slice(start, end));
      ended = end;
      at = end > start ? end : start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
    }
    return found;
  } catch (error) {
    if (error instanceof PatternError) return new Failure(`Illegal regex: ${error.message}`);
    throw error;
  }
}

function find(text: string, pattern: string): Result {
  const found = matches(text, pattern, 1);
  return found instanceof Failure ? found : (found[0] ?? '');
}

function findAll(text: string, pattern: string, limit = -1n): Result {
  return matches(text, pattern, limit < 0n ? Number.POSITIVE_INFINITY : Number(limit));
}

/** What of a text matches a pattern. */
export const PATTERNS: readonly Overload[] = [
  member('find', 'string, string -> string', find, matched),
  member('findAll', 'string, string -> list(string)', findAll, matched),
  member('findAll', 'string, string, int -> list(string)', findAll, matched),
];
