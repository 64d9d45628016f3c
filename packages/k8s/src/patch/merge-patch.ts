/** RFC 7386. */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  throw new Error('to follow');
}
/** The smallest merge patch that turns `from` into `to`; `undefined` when they are equal. */
export function createMergePatch(from: unknown, to: unknown): unknown {
  throw new Error('to follow');
}
