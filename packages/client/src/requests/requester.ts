import { UnreachableError } from '@stageset/k8s';
import type { Clock, ClusterRequest, ClusterResponse, Transport } from '@stageset/ports';
import { backOffMs } from './back-off.ts';
import type { RequestBudget } from './budget.ts';
import { type Deadline, orAborted, pause, startDeadline } from './deadline.ts';
import { type Failure, failureOf } from './failure.ts';
import { type RequestLimits, WatchLimitError } from './limits.ts';

export interface OutgoingRequest extends Omit<ClusterRequest, 'signal'> {
  readonly caller: string;
  /** Sending it twice does no more than sending it once, so it may be sent again after a broken connection. */
  readonly repeatable: boolean;
  /** Told of each attempt of which nobody knows whether the server carries it out. */
  readonly onUnanswered?: () => void;
}

export type Answer =
  | { readonly ok: true; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | ({ readonly ok: false } & Failure);

/** A stream that was opened: its chunks, and the function that ends it and gives its place back. */
export interface OpenStream {
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): void;
}

export interface RequesterOptions {
  readonly clock: Clock;
  /** From 0 to below 1, as `Math.random`. */
  readonly random: () => number;
  readonly budget: RequestBudget;
}

const RETRY_BACK_OFF = { firstMs: 250, maxMs: 4_000 };

/** Failures of a connection before anything was sent: safe to repeat, whatever the request. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Connections that broke while a request was under way. A time-out is not among them: waiting again helps nobody. */
const BROKEN: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * Sends requests over a transport: callers in turn, bounded in number, time and size, tried again where that is safe.
 */
export class Requester {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #budget: RequestBudget;

  constructor(transport: Transport, options: RequesterOptions) {
    this.#transport = transport;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#budget = options.budget;
  }

  get #limits(): RequestLimits {
    return this.#budget.limits;
  }

  /** Rejects with `UnreachableError`, or with the signal's reason. A failure that the server sent is an answer. */
  async send(request: OutgoingRequest, signal?: AbortSignal): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= this.#limits.maxAttempts;
      let waitMs = backOffMs(RETRY_BACK_OFF, attempt, this.#random());
      try {
        const answer = await this.#sendOnce(request, signal);
        if (!answer.ok && answer.error.code >= 500) request.onUnanswered?.();
        if (answer.ok || last || !isWorthRepeating(answer, request)) return answer;
        const askedMs = answer.error.retryAfterMs ?? 0;
        if (askedMs > this.#limits.maxRetryAfterMs) return answer;
        waitMs = Math.max(waitMs, askedMs);
      } catch (error) {
        if (!NEVER_SENT.has(causeOf(error))) request.onUnanswered?.();
        if (last || !isSafeToRepeat(error, request)) throw error;
      }
      await pause(this.#clock, waitMs, signal);
    }
  }

  async #sendOnce(request: OutgoingRequest, signal: AbortSignal | undefined): Promise<Answer> {
    const leave = await this.#budget.queue.enter(request.caller, signal);
    using deadline = this.#startDeadline(request, 'requestTimeoutMs', signal);
    try {
      const response = await this.#transmit(request, deadline.signal);
      const body = await this.#readBody(request, response, deadline.signal);
      if (response.status < 400) return { ok: true, headers: response.headers, body };
      return { ok: false, ...failureOf(request, response, body) };
    } catch (error) {
      deadline.abort(error); // Whatever is left of the answer is not wanted any more.
      throw error;
    } finally {
      leave();
    }
  }

  /**
   * Opens a stream that is read until it is closed or `signal` aborts. Not tried again: its owner knows where to go on.
   * Watches have an allowance of their own, since they stay.
   */
  async open(request: OutgoingRequest, signal: AbortSignal): Promise<OpenStream | Failure> {
    if (!this.#budget.startWatch()) {
      throw new WatchLimitError(
        `${this.#limits.maxWatches} watches are open already, which is the bound \`maxWatches\`: raise it, or watch fewer selections`,
      );
    }
    const deadline = this.#startDeadline(request, 'watchOpenTimeoutMs', signal);
    let isClosed = false;
    const close = (): void => {
      if (isClosed) return;
      isClosed = true;
      this.#budget.endWatch();
      deadline[Symbol.dispose]();
      deadline.abort(new DOMException('the stream was closed', 'AbortError'));
    };
    try {
      const response = await this.#transmit(request, deadline.signal);
      if (response.status < 400) {
        deadline.reset(0);
        return { chunks: response.body, close };
      }
      const failure = failureOf(request, response, await this.#readBody(request, response, deadline.signal));
      close();
      return failure;
    } catch (error) {
      close();
      throw error;
    }
  }

  async #transmit(request: OutgoingRequest, signal: AbortSignal): Promise<ClusterResponse> {
    const { caller, repeatable: _repeatable, onUnanswered: _onUnanswered, ...sent } = request;
    signal.throwIfAborted();
    const permit = request.method === 'GET' ? undefined : this.#budget.gate?.admit(caller);
    const path = permit === undefined ? request.path : withTimeout(request.path, permit.timeoutMs);
    const both = permit === undefined ? signal : AbortSignal.any([signal, permit.signal]);
    try {
      return await orAborted(this.#transport({ ...sent, path, signal: both }), both);
    } catch (error) {
      throw both.aborted ? both.reason : error;
    }
  }

  async #readBody(request: OutgoingRequest, response: ClusterResponse, signal: AbortSignal): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of response.body) {
        size += chunk.byteLength;
        if (size > this.#limits.maxResponseBytes) throw this.#tooLarge(request);
        chunks.push(chunk);
      }
    };
    try {
      await orAborted(read(), signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof UnreachableError) throw error;
      throw new UnreachableError(`the connection broke in the middle of the answer to ${nameOf(request)}`, {
        cause: error,
      });
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #startDeadline(
    request: OutgoingRequest,
    bound: 'requestTimeoutMs' | 'watchOpenTimeoutMs',
    signal: AbortSignal | undefined,
  ): Deadline {
    const ms = this.#limits[bound];
    const expiry = (): Error =>
      new UnreachableError(`no complete answer to ${nameOf(request)} within ${ms / 1000} s (bound \`${bound}\`)`);
    return startDeadline(this.#clock, ms, expiry, signal);
  }

  #tooLarge(request: OutgoingRequest): Error {
    return new UnreachableError(
      `the answer to ${nameOf(request)} is larger than ${this.#limits.maxResponseBytes} bytes (bound \`maxResponseBytes\`)`,
    );
  }
}

/** The API server ends a request by itself after `timeout`, which it takes in whole seconds. */
function withTimeout(path: string, timeoutMs: number): string {
  return `${path}${path.includes('?') ? '&' : '?'}timeout=${Math.max(1, Math.floor(timeoutMs / 1000))}s`;
}

function nameOf(request: OutgoingRequest): string {
  return `${request.method} ${request.path.split('?', 1)[0]}`;
}

function isSafeToRepeat(error: unknown, request: OutgoingRequest): boolean {
  const code = causeOf(error);
  return NEVER_SENT.has(code) || (request.repeatable && BROKEN.has(code));
}

/** The system's or the library's code for why a connection failed, where there is one. */
function causeOf(error: unknown): unknown {
  const cause = error instanceof UnreachableError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

/** 429 was refused before anything was done; a 5xx with `Retry-After` may have been, so only repeatable requests. */
function isWorthRepeating(failure: Failure, request: OutgoingRequest): boolean {
  const { code, retryAfterMs } = failure.error;
  return code === 429 || (code >= 500 && retryAfterMs !== undefined && request.repeatable);
}
