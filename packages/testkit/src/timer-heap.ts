/** A callback and when it falls due, in epoch milliseconds. Of one instant, the lower `order` comes first. */
export interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

function isSooner(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** Timers in the order they fall due. What is cancelled stays until it comes up, and is left out then. */
export class TimerHeap {
  readonly #timers: Timer[] = [];
  readonly #live = new Set<Timer>();

  /** How many are there that were not cancelled. */
  get size(): number {
    return this.#live.size;
  }

  add(timer: Timer): void {
    this.#live.add(timer);
    let at = this.#timers.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfSooner(at, parent)) return;
      at = parent;
    }
  }

  cancel(timer: Timer): void {
    this.#live.delete(timer);
  }

  next(): Timer | undefined {
    for (let first = this.#timers[0]; first !== undefined; first = this.#timers[0]) {
      if (this.#live.has(first)) return first;
      this.#removeFirst();
    }
    return undefined;
  }

  take(): Timer | undefined {
    const first = this.next();
    if (first === undefined) return undefined;
    this.#live.delete(first);
    this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const last = this.#timers.pop();
    if (last === undefined || this.#timers.length === 0) return;
    this.#timers[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#isSooner(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfSooner(child, at)) return;
      at = child;
    }
  }

  #isSooner(a: number, b: number): boolean {
    const left = this.#timers[a];
    const right = this.#timers[b];
    return left !== undefined && right !== undefined && isSooner(left, right);
  }

  /** Swaps when the timer at `a` is sooner than that at `b`. */
  #swapIfSooner(a: number, b: number): boolean {
    const left = this.#timers[a];
    const right = this.#timers[b];
    if (left === undefined || right === undefined || !isSooner(left, right)) return false;
    this.#timers[a] = right;
    this.#timers[b] = left;
    return true;
  }
}
