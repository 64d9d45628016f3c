import type { Clock, Outcome } from '@stageset/ports';
import { Backoff, type BackoffOptions, DEFAULT_BACKOFF } from './backoff.ts';
import { type Result, verdictOn, type WakeUp } from './wake-up.ts';
import { type Priority, type QueueCounts, type Taken, WorkQueue } from './work-queue.ts';

/** A pass lasts seconds; one that lasts this long is told to stop, and counts as a bug. */
export const DEFAULT_PASS_TIMEOUT_MS = 5 * 60_000;
/** How long a stop waits for running passes. Below the grace period that Kubernetes gives a pod. */
export const DEFAULT_STOP_TIMEOUT_MS = 20_000;

export interface RunnerOptions {
  /** One pass over a key: bounded, and abandoned when the signal aborts. It ends in an outcome; throwing is a bug. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>;
  /** How many keys run at the same time, at most. */
  readonly concurrency: number;
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly backoff?: BackoffOptions;
  readonly passTimeoutMs?: number;
  readonly stopTimeoutMs?: number;
  /** Told of every pass that has ended: the one place for logs and metrics of passes. */
  readonly onPass?: (pass: Pass) => void;
}

/** One pass that has ended. */
export interface Pass {
  readonly key: string;
  readonly result: Result;
  /** Epoch milliseconds. */
  readonly startedMs: number;
  readonly tookMs: number;
  /** How long the key was due before a worker was free. */
  readonly waitedMs: number;
  /** Failures in a row, this one included. */
  readonly failures: number;
  readonly wakeUp: WakeUp | undefined;
}

export interface EnqueueOptions {
  /** `user` when absent. */
  readonly priority?: Priority;
  readonly afterMs?: number;
}

export interface Stopped {
  /** Keys whose pass did not end in time. */
  readonly abandoned: readonly string[];
}

export interface Runner {
  /** Has the key looked at, at once or later. Without effect once the runner stops. Never runs anything synchronously. */
  enqueue(key: string, options?: EnqueueOptions): void;
  /** Resolves when those passes over matching keys that run now have ended. Does not hurry them. */
  ended(matches: (key: string) => boolean): Promise<void>;
  /** How much there is to do. */
  counts(): QueueCounts;
  /**
   * Starts no pass any more, aborts those that run, and resolves when all have ended, or when the time for it is over.
   * Calling it again returns the same promise.
   */
  stop(): Promise<Stopped>;
}

/**
 * Runs a pass over each key that is due: one at a time for a key, `concurrency` at a time over all keys. Starts at once
 * and ends with `stop`, or when `signal` aborts.
 */
export function startRunner(options: RunnerOptions, signal?: AbortSignal): Runner {
  const runner = new KeyRunner(options);
  if (signal?.aborted) void runner.stop();
  else signal?.addEventListener('abort', () => void runner.stop(), { once: true });
  return runner;
}

interface RunningPass {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

class KeyRunner implements Runner {
  readonly #options: RunnerOptions;
  readonly #queue = new WorkQueue();
  readonly #backoff: Backoff;
  readonly #running = new Map<string, RunningPass>();
  #isStopping = false;
  #stopped: Promise<Stopped> | undefined;
  #pumping = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: RunnerOptions) {
    if (!(Number.isInteger(options.concurrency) && options.concurrency > 0)) {
      throw new RangeError(`concurrency must be a whole number above zero, not ${options.concurrency}`);
    }
    this.#options = options;
    this.#backoff = new Backoff(options.random, options.backoff ?? DEFAULT_BACKOFF);
  }

  enqueue(key: string, { priority = 'user', afterMs = 0 }: EnqueueOptions = {}): void {
    if (this.#isStopping) return;
    this.#queue.add(key, this.#options.clock.now() + Math.max(0, afterMs), priority);
    this.#pumpSoon();
  }

  async ended(matches: (key: string) => boolean): Promise<void> {
    const passes = [...this.#running].filter(([key]) => matches(key));
    await Promise.all(passes.map(([, { ended }]) => ended));
  }

  counts(): QueueCounts {
    return this.#queue.counts(this.#options.clock.now());
  }

  stop(): Promise<Stopped> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<Stopped> {
    this.#isStopping = true;
    this.#cancelTimer?.();
    const passes = [...this.#running.values()];
    for (const { abort } of passes) abort.abort(new DOMException('the runner stops', 'AbortError'));
    let cancel = () => {};
    const timeout = new Promise<void>((resolve) => {
      cancel = this.#options.clock.schedule(this.#options.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS, resolve);
    });
    await Promise.race([Promise.all(passes.map(({ ended }) => ended)), timeout]);
    cancel();
    return { abandoned: [...this.#running.keys()] };
  }

  /** Later in this turn of the event loop: what is enqueued together is then ordered by urgency, not by who was first. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  /** Starts what is due and may run, and sets the alarm for what falls due next. */
  #pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#isStopping) return;
    const { clock, concurrency } = this.#options;
    const nowMs = clock.now();
    while (this.#running.size < concurrency) {
      const taken = this.#queue.take(nowMs);
      if (taken === undefined) break;
      const abort = new AbortController();
      this.#running.set(taken.key, { abort, ended: this.#run(taken, nowMs, abort) });
    }
    // With no worker free, the next pass that ends pumps again.
    const { nextDueMs } = this.#queue;
    if (this.#running.size >= concurrency || nextDueMs === undefined) return;
    this.#cancelTimer = clock.schedule(nextDueMs - nowMs, () => this.#pump());
  }

  /** Never rejects. */
  async #run({ key, priority, dueMs }: Taken, startedMs: number, abort: AbortController): Promise<void> {
    const result = await this.#pass(key, abort);
    const { clock, onPass } = this.#options;
    const nowMs = clock.now();
    const { forgetFailures, wakeUp } = verdictOn(result, {
      nowMs,
      priority,
      backOffMs: () => this.#backoff.failed(key),
    });
    if (forgetFailures) this.#backoff.succeeded(key);
    if (wakeUp !== undefined) this.#queue.add(key, wakeUp.atMs, wakeUp.priority);
    this.#queue.done(key);
    this.#running.delete(key);
    this.#pumpSoon();
    const failures = this.#backoff.failures(key);
    try {
      const tookMs = nowMs - startedMs;
      onPass?.({ key, result, startedMs, tookMs, waitedMs: startedMs - dueMs, failures, wakeUp });
    } catch {
      // A log or a metric that fails must not keep keys from being looked at.
    }
  }

  async #pass(key: string, abort: AbortController): Promise<Result> {
    const { clock, reconcile, passTimeoutMs = DEFAULT_PASS_TIMEOUT_MS } = this.#options;
    const cancel = clock.schedule(passTimeoutMs, () =>
      abort.abort(new DOMException(`the pass took longer than ${passTimeoutMs} ms`, 'TimeoutError')),
    );
    try {
      return await reconcile(key, abort.signal);
    } catch (error) {
      // A pass that was told to stop may say so by throwing.
      if (this.#isStopping) return { kind: 'wait' };
      return { kind: 'bug', error };
    } finally {
      cancel();
    }
  }
}
