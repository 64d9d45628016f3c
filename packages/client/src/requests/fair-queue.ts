interface Waiter {
  readonly start: () => void;
}

/**
 * Bounds how many requests are in flight, and lets callers take turns for the free places: a caller with ten thousand
 * requests waiting delays another's single one by no more than one request of each caller before it.
 */
export class FairQueue {
  readonly #places: number;
  #taken = 0;
  /** Callers that wait, in the order of their turns. */
  readonly #waiting = new Map<string, Set<Waiter>>();

  /** `places`: how many may be in flight at a time, at least one. */
  constructor(places: number) {
    if (!Number.isInteger(places) || places < 1)
      throw new RangeError(`a queue needs at least one place, not ${places}`);
    this.#places = places;
  }

  get inFlight(): number {
    return this.#taken;
  }

  /**
   * Resolves when the caller has a place, with the function that gives it back (once; later calls do nothing). Rejects
   * with the signal's reason when it aborts before.
   */
  async enter(caller: string, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#taken < this.#places) this.#taken += 1;
    else await this.#wait(caller, signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave();
    };
  }

  #wait(caller: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#forget(caller, waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        start: () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      signal?.addEventListener('abort', stop, { once: true });
      const line = this.#waiting.get(caller);
      if (line === undefined) this.#waiting.set(caller, new Set([waiter]));
      else line.add(waiter);
    });
  }

  #forget(caller: string, waiter: Waiter): void {
    const line = this.#waiting.get(caller);
    line?.delete(waiter);
    if (line?.size === 0) this.#waiting.delete(caller);
  }

  /** Hands the place to the caller whose turn it is; that caller's next request goes to the end of the round. */
  #leave(): void {
    for (const [caller, line] of this.#waiting) {
      for (const waiter of line) {
        line.delete(waiter);
        this.#waiting.delete(caller);
        if (line.size > 0) this.#waiting.set(caller, line);
        waiter.start();
        return;
      }
    }
    this.#taken -= 1;
  }
}
