import type { Clock } from '@stageset/ports';

/** So that a timer which sets itself again at once fails its test instead of hanging it. */
const MAX_TIMERS_AT_ONCE = 100_000;

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

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
  /** In the order they were scheduled. */
  readonly #timers = new Set<Timer>();

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
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers have not fired yet. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer falls due, in epoch milliseconds. */
  get nextDueMs(): number | undefined {
    return this.#next()?.dueMs;
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
    for (let timer = this.#next(); timer !== undefined && timer.dueMs <= targetMs; timer = this.#next()) {
      fired += 1;
      if (fired > MAX_TIMERS_AT_ONCE) {
        throw new Error(`${MAX_TIMERS_AT_ONCE} timers fired in one advance: something schedules itself without end`);
      }
      this.#timers.delete(timer);
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.callback();
      await settled();
    }
    this.#nowMs = Math.max(this.#nowMs, targetMs);
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}
