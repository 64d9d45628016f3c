/** Time as a dependency. Milliseconds since the epoch; nothing else in the project may ask the system for it. */
export interface Clock {
  now(): number;
  /** Calls back once, `delayMs` from now (at once if ≤ 0, but never synchronously). Returns what cancels it. */
  schedule(delayMs: number, callback: () => void): () => void;
}
