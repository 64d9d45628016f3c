import type { Clock } from '@stageset/ports';
import { TimerHeap } from './timer-heap.ts';

/** So that a timer which sets itself again at once fails its test instead of hanging it. */
const MAX_TIMERS_OF_ONE_INSTANT = 100_000;

/** Resolves after every microtask that is ready now, and those they add, have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * A clock that moves only when it is told to. Timers fire in the order they fall due, those of one instant in the order
 * they were scheduled; work that a timer starts runs until it waits again before the next timer fires.
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #scheduled = 0;
  readonly #timers = new TimerHeap();

  /** `start`: epoch milliseconds, or anything that `Date.parse` reads. */
  constructor(start: number | string = '2030-01-01T00:00:00Z') {
    const startMs = typeof start === 'number' ? start : Date.parse(start);
    if (!Number.isFinite(startMs)) throw new RangeError(`not an instant: ${start}`);
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    this.#scheduled += 1;
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#scheduled, callback };
    this.#timers.add(timer);
    return () => this.#timers.cancel(timer);
  }

  /** How many timers have not fired yet. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer falls due, in epoch milliseconds. */
  get nextDueMs(): number | undefined {
    return this.#timers.next()?.dueMs;
  }

  /**
   * Lets `ms` pass: fires what falls due on the way, including timers that are scheduled meanwhile, and lets promises
   * run before, between and after. `advance(0)` fires what is due now.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`time cannot move by ${ms} ms`);
    await this.advanceTo(this.#nowMs + ms);
  }

  /** The same, up to an instant in epoch milliseconds. */
  async advanceTo(targetMs: number): Promise<void> {
    await settled();
    let fired = 0;
    for (let next = this.#timers.next(); next !== undefined && next.dueMs <= targetMs; next = this.#timers.next()) {
      this.#timers.take();
      fired = next.dueMs > this.#nowMs ? 1 : fired + 1;
      if (fired > MAX_TIMERS_OF_ONE_INSTANT) {
        throw new Error(
          `${MAX_TIMERS_OF_ONE_INSTANT} timers fired in one instant: something schedules itself without end`,
        );
      }
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
      await settled();
    }
    this.#nowMs = Math.max(this.#nowMs, targetMs);
  }
}
