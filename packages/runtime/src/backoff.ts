export interface BackoffOptions {
  /** Delay after the first failure. */
  readonly baseMs: number;
  /** No delay is longer. */
  readonly maxMs: number;
  /** The part of a delay that is left to chance, 0 to 1, so that what failed together is not tried again together. */
  readonly jitter: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 250, maxMs: 5 * 60_000, jitter: 0.2 };

/** Doubling delays, by key. Remembers only keys that have failed and not succeeded since. */
export class Backoff {
  readonly #failures = new Map<string, number>();
  readonly #options: BackoffOptions;
  readonly #random: () => number;

  /** `random`: at least 0, less than 1. */
  constructor(random: () => number, options: BackoffOptions = DEFAULT_BACKOFF) {
    this.#random = random;
    this.#options = options;
  }

  /** Counts one more failure of the key and says how long to wait: at most `maxMs`, and at least the rest of the jitter. */
  failed(key: string): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    const { baseMs, maxMs, jitter } = this.#options;
    // 2^1023 is the largest power of two that is a number; far below it the cap has long been met.
    const delayMs = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 1000));
    return delayMs * (1 - jitter * this.#random());
  }

  /** Failures in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }
}
