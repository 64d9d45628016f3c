/** An evaluation was stopped: it would have cost more than it may. */
export class CostExceeded extends Error {
  override readonly name = 'CostExceeded';
  readonly limit: number;

  constructor(limit: number) {
    super('operation cancelled: actual cost limit exceeded');
    this.limit = limit;
  }
}

/**
 * What an evaluation may still cost, in the units that Kubernetes counts: one for each step, more for steps whose time
 * depends on the size of what they read.
 */
export class Budget {
  readonly limit: number;
  #spent = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get spent(): number {
    return this.#spent;
  }

  /** @throws {CostExceeded} */
  spend(cost: number): void {
    this.#spent += cost;
    if (this.#spent > this.limit) throw new CostExceeded(this.limit);
  }
}
