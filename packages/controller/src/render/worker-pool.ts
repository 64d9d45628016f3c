import { Worker } from 'node:worker_threads';
import type { Clock } from '@stageset/ports';
import type { Answer, Question } from './protocol.ts';

export interface WorkerPoolOptions {
  /** The program of the workers. */
  readonly program: URL;
  readonly clock: Clock;
  /** How many work at the same time, at most. */
  readonly size: number;
  /** JavaScript heap of one worker, in MiB; one that needs more is ended. */
  readonly heapMiB: number;
  /** How long one task may take; a worker that takes longer is ended. */
  readonly timeoutMs: number;
  /** How long a worker that has nothing to do is kept. */
  readonly idleMs: number;
}

/** Why a worker did not answer: it met a bound, or it broke. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly kind: 'memory' | 'timeout' | 'crash';
  constructor(kind: WorkerError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** A worker that one task has to itself: asked one question after the other. */
export interface WorkerSession {
  ask(question: Question, transfer?: readonly ArrayBuffer[]): Promise<Answer>;
}

type Task = (session: WorkerSession) => Promise<void>;

interface Waiting {
  readonly start: (member: Member) => void;
}

/**
 * A bounded number of worker threads. They are started when there is something to do and ended when there has been
 * nothing for a while, so that an idle process has none. One that crashes, runs out of memory or takes too long is
 * ended, its task fails with a {@link WorkerError}, and the next task gets a new one.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #members = new Set<Member>();
  /** Those of them that have nothing to do, the one that worked last at the end. */
  readonly #idle: Member[] = [];
  readonly #waiting = new Set<Waiting>();
  #isClosed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** How many workers there are now. */
  get size(): number {
    return this.#members.size;
  }

  /**
   * Runs a task on a worker of its own, in the order of the calls. When the signal aborts, the worker is ended, in the
   * middle of what it does, and the task rejects with the signal's reason.
   */
  async run(task: Task, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const member = await this.#take(signal);
    const stop = (): void => void member.end(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const cancel = this.#options.clock.schedule(this.#options.timeoutMs, () => {
      void member.end(new WorkerError('timeout', `it took longer than ${this.#options.timeoutMs / 1000} s`));
    });
    try {
      // It may have been given up while it waited for its worker.
      signal.throwIfAborted();
      await task(member);
    } catch (error) {
      // What it still has of this task must not reach the next.
      void member.end(error);
      throw error;
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
      this.#giveBack(member);
    }
  }

  /** Ends all workers; what they do is given up. Nothing can be run any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#members].map((member) => member.end(new WorkerError('crash', 'the pool is closed'))));
  }

  #take(signal: AbortSignal): Promise<Member> {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      idle.wake();
      return Promise.resolve(idle);
    }
    if (this.#members.size < this.#options.size) return Promise.resolve(this.#start());
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      };
      const start = (member: Member): void => {
        signal.removeEventListener('abort', stop);
        resolve(member);
      };
      const waiting: Waiting = { start };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  #start(): Member {
    if (this.#isClosed) throw new WorkerError('crash', 'the pool is closed');
    const member = new Member(this.#options, () => this.#drop(member));
    this.#members.add(member);
    return member;
  }

  /** The next in the queue gets the worker, or a new one if it has ended. */
  #giveBack(member: Member): void {
    const [next] = this.#waiting;
    if (next !== undefined && !this.#isClosed) {
      this.#waiting.delete(next);
      next.start(member.hasEnded ? this.#start() : member);
    } else if (!member.hasEnded) {
      this.#idle.push(member);
      member.rest(this.#options.idleMs);
    }
  }

  #drop(member: Member): void {
    this.#members.delete(member);
    const at = this.#idle.indexOf(member);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}

/** One worker thread. */
class Member implements WorkerSession {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #pending: PromiseWithResolvers<Answer> | undefined;
  #ended: { readonly error: unknown } | undefined;
  #stopResting: (() => void) | undefined;

  constructor({ program, clock, heapMiB }: WorkerPoolOptions, onEnd: () => void) {
    this.#clock = clock;
    const resourceLimits = { maxOldGenerationSizeMb: heapMiB };
    this.#worker = new Worker(program, { execArgv: [], resourceLimits, name: 'build' });
    this.#worker.on('message', (answer: Answer) => {
      const pending = this.#pending;
      this.#pending = undefined;
      pending?.resolve(answer);
    });
    this.#worker.on('error', (error: NodeJS.ErrnoException) => this.#fail(workerError(error, heapMiB)));
    this.#worker.on('exit', (code) => this.#fail(new WorkerError('crash', `its worker ended with code ${code}`)));
    this.#onEnd = onEnd;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  ask(question: Question, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended.error);
    const pending = Promise.withResolvers<Answer>();
    this.#pending = pending;
    this.#worker.postMessage(question, transfer);
    return pending.promise;
  }

  /** Ends the thread, whatever it does; what it was asked rejects with `error`. */
  end(error: unknown): Promise<unknown> {
    this.#fail(error);
    return this.#worker.terminate();
  }

  /** Has nothing to do: keeps no process alive, and ends after a while. */
  rest(idleMs: number): void {
    this.#worker.unref();
    this.#stopResting = this.#clock.schedule(idleMs, () => void this.end(new WorkerError('crash', 'it was idle')));
  }

  wake(): void {
    this.#stopResting?.();
    this.#worker.ref();
  }

  #fail(error: unknown): void {
    if (this.#ended === undefined) {
      this.#ended = { error };
      this.#onEnd();
    }
    this.#stopResting?.();
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.reject(error);
  }
}

function workerError(error: NodeJS.ErrnoException, heapMiB: number): WorkerError {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new WorkerError('memory', `it needed more than ${heapMiB} MiB of memory`, { cause: error });
  }
  return new WorkerError('crash', `its worker broke: ${error.message}`, { cause: error });
}
