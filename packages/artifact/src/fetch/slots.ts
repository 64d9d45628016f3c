interface Waiting {
  readonly host: string;
  readonly start: () => void;
}

/**
 * A bounded number of places, and fewer for each host: one that hangs cannot keep the others from being asked. Places are
 * given in the order in which they were asked for, but for those whose host has its share.
 */
export class Slots {
  readonly #places: number;
  readonly #perHost: number;
  #taken = 0;
  readonly #takenBy = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();

  constructor(places: number, perHost: number) {
    this.#places = places;
    this.#perHost = perHost;
  }

  /** Resolves with a place, which is given back by disposing of it; rejects with the signal's reason when it aborts. */
  async take(host: string, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#hasPlace(host)) this.#occupy(host);
    else await this.#queue(host, signal);
    return { [Symbol.dispose]: () => this.#giveBack(host) };
  }

  #queue(host: string, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      };
      const start = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const waiting: Waiting = { host, start };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  #hasPlace(host: string): boolean {
    return this.#taken < this.#places && (this.#takenBy.get(host) ?? 0) < this.#perHost;
  }

  #occupy(host: string): void {
    this.#taken += 1;
    this.#takenBy.set(host, (this.#takenBy.get(host) ?? 0) + 1);
  }

  #giveBack(host: string): void {
    this.#taken -= 1;
    const left = (this.#takenBy.get(host) ?? 1) - 1;
    if (left === 0) this.#takenBy.delete(host);
    else this.#takenBy.set(host, left);
    for (const waiting of this.#waiting) {
      if (!this.#hasPlace(waiting.host)) continue;
      this.#waiting.delete(waiting);
      this.#occupy(waiting.host);
      waiting.start();
      return;
    }
  }
}
