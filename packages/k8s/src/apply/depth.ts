/**
 * How deep an object or a field set may be nested. Real objects stay below 40; the bound keeps a hostile one from
 * exhausting the stack.
 */
export const MAX_DEPTH = 500;

export function depthError(what: string): string {
  return `${what} is nested deeper than ${MAX_DEPTH} levels`;
}
