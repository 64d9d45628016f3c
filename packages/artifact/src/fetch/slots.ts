/** A bounded number of places, given in the order in which they were asked for. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves with a place, which is given back by disposing of it; rejects with the signal's reason when it aborts. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else {
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          this.#waiting.delete(start);
          reject(signal.reason);
        };
        const start = (): void => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        this.#waiting.add(start);
        signal.addEventListener('abort', stop, { once: true });
      });
    }
    return { [Symbol.dispose]: () => this.#giveBack() };
  }

  #giveBack(): void {
    for (const start of this.#waiting) {
      this.#waiting.delete(start);
      start();
      return;
    }
    this.#free += 1;
  }
}
