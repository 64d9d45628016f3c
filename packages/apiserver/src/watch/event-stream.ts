import { Buffer } from 'node:buffer';

/**
 * What a watcher has not read yet. Bounded: a reader that falls behind by more than `limitBytes` is cut off, and starts
 * again from the last version it saw.
 */
export class EventStream implements AsyncIterable<Uint8Array> {
  readonly #limitBytes: number;
  readonly #onEnd: () => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(limitBytes: number, onEnd: () => void) {
    this.#limitBytes = limitBytes;
    this.#onEnd = onEnd;
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(...chunks: readonly Uint8Array[]): void {
    if (this.#ended) return;
    for (const chunk of chunks) {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.byteLength;
    }
    if (this.#waitingBytes > this.#limitBytes) this.cut();
    else this.#wake?.();
  }

  /** No more events; what waits is still read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#wake?.();
  }

  /** Ends at once and forgets what waits. */
  cut(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (this.#waiting.length > 0) {
          const chunks = this.#waiting;
          this.#waiting = [];
          this.#waitingBytes = 0;
          yield chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
        } else if (this.#ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
        }
      }
    } finally {
      this.cut();
    }
  }
}
