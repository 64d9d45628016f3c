import type { WriteGate } from '@stageset/ports';
import { FairQueue } from './fair-queue.ts';
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from './limits.ts';

/**
 * What everything that speaks to one API server shares: its bounds, and the queue in which callers take turns. Clusters
 * of different identities on one server are made with one budget, so that the bounds hold for all of them together.
 */
export class RequestBudget {
  readonly limits: RequestLimits;
  readonly queue: FairQueue;
  /** Asked before every write, where there is one. */
  readonly gate: WriteGate | undefined;
  #openWatches = 0;

  constructor(limits: Partial<RequestLimits> = {}, gate?: WriteGate) {
    this.gate = gate;
    this.limits = { ...DEFAULT_REQUEST_LIMITS, ...limits };
    this.queue = new FairQueue(this.limits.maxInFlight);
  }

  /** Takes a watch's place, to be given back by `endWatch`; false when all are taken. */
  startWatch(): boolean {
    if (this.#openWatches >= this.limits.maxWatches) return false;
    this.#openWatches += 1;
    return true;
  }

  endWatch(): void {
    this.#openWatches -= 1;
  }
}
