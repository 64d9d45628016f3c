import { compilePattern, type Pattern, PatternError } from '../re2/pattern.ts';

/** Compiled patterns that are kept. Schemas are few and patterns repeat; what no longer fits is compiled again. */
const MAX_CACHED = 1_000;
const CACHE = new Map<string, Pattern | PatternError>();

/** Whether a text matches, and the pattern as the message shows it: one that does not compile matches nothing and says why. */
export function matchesPattern(text: string, source: string): { readonly matches: boolean; readonly shown: string } {
  const pattern = compiled(source);
  if (pattern instanceof PatternError) {
    return { matches: false, shown: `${source.slice(0, 1_000)}, but pattern is invalid: ${pattern.message}` };
  }
  return { matches: pattern.test(text), shown: source };
}

function compiled(source: string): Pattern | PatternError {
  let pattern = CACHE.get(source);
  if (pattern === undefined) {
    try {
      pattern = compilePattern(source);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      pattern = error;
    }
    if (CACHE.size >= MAX_CACHED) CACHE.clear();
    CACHE.set(source, pattern);
  }
  return pattern;
}
