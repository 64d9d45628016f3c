/**
 * What one pass over a key ended in. The runtime alone turns it into the next wake-up; waiting, holding and being gone
 * are outcomes, not errors. Watch events wake a key at any time, whatever its outcome.
 */
export type Outcome =
  /** There is more to do now: look again at once. */
  | { readonly kind: 'again' }
  /** Nothing to do until an event, or until `atMs` (epoch milliseconds) if there is one. */
  | { readonly kind: 'wait'; readonly atMs?: number }
  /** The pass failed; try again after a growing, jittered delay, no sooner than `notBeforeMs` from now. */
  | { readonly kind: 'retry'; readonly error: Error; readonly notBeforeMs?: number }
  /** The object does not exist any more: forget the key. */
  | { readonly kind: 'gone' };
