import { UnreachableError } from '@stageset/k8s';
import type { Clock, ClusterRequest, ClusterResponse, Transport } from '@stageset/ports';
import type { Random } from '../support/random.ts';

/** What may go wrong with a request, each before the server has seen it or after it has done what was asked. */
const FAULTS = [
  'too many requests',
  'server error',
  'unavailable',
  'silence',
  'connection lost',
  'answer lost',
  'partial body',
  'conflict',
  'late',
] as const;
type Fault = (typeof FAULTS)[number];

const WATCH_FAULTS = ['connection lost', 'silence', 'gone', 'cut', 'cut', 'error 410', 'ends'] as const;
type WatchFault = (typeof WATCH_FAULTS)[number];

const ENCODER = new TextEncoder();
/** How long a request that its caller has given up may still be on its way. */
export const MAX_LATE_MS = 4000;

export interface FaultOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** Of any request, from 0 to 1. */
  readonly probability: number;
  /** A delete that will be carried out although its caller has been told that it was not heard. */
  readonly onLateDelete: (path: string) => void;
}

/** A network and a server that fail at random, until told to stop. A cut one is a process that was killed. */
export class FaultyTransport {
  readonly #options: FaultOptions;
  /** Requests that reached us, in order: `PATCH /api/v1/…`. */
  readonly requests: string[] = [];
  #isOver = false;
  #isCut = false;
  #cut: { left: number; readonly loses: 'request' | 'answer' } | undefined;
  #onCut: (() => void) | undefined;

  constructor(options: FaultOptions) {
    this.#options = options;
  }

  /** No faults from now on. */
  heal(): void {
    this.#isOver = true;
    this.#cut = undefined;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Kills the process at the given request from now: before it is sent, or before its answer comes. */
  cutAfter(requests: number, loses: 'request' | 'answer', onCut: () => void): void {
    this.#cut = { left: requests, loses };
    this.#onCut = onCut;
  }

  /** Kills the process now. */
  cut(): void {
    this.#isCut = true;
    this.#onCut?.();
  }

  readonly transport: Transport = async (request) => {
    this.requests.push(`${request.method} ${request.path}`);
    if (this.#isCut) throw lost();
    if (isWatch(request)) return this.#watch(request);
    if (this.#cut !== undefined && this.#cut.left-- <= 0) {
      const { loses } = this.#cut;
      this.cut();
      if (loses === 'answer') await this.#send(request);
      throw lost();
    }
    const { random, probability } = this.#options;
    if (this.#isOver || !random.chance(probability)) return this.#guarded(await this.#send(request));
    return this.#fail(random.pick(FAULTS), request);
  };

  #send(request: ClusterRequest): Promise<ClusterResponse> {
    return this.#options.transport(request);
  }

  async #fail(fault: Fault, request: ClusterRequest): Promise<ClusterResponse> {
    const { random } = this.#options;
    switch (fault) {
      case 'too many requests':
        return failure(429, 'TooManyRequests', { 'retry-after': String(1 + random.below(3)) });
      case 'server error':
        if (random.chance(0.5)) await this.#send(request);
        return failure(500, 'InternalError');
      case 'unavailable':
        return failure(503, 'ServiceUnavailable');
      case 'conflict':
        return request.method === 'GET' ? failure(503, 'ServiceUnavailable') : failure(409, 'Conflict');
      case 'silence':
        if (random.chance(0.5)) await this.#send(request);
        return silence(request);
      case 'connection lost':
        throw lost();
      case 'answer lost':
        await this.#send(request);
        throw lost();
      case 'partial body':
        return partial(await this.#send(request));
      case 'late':
        this.#sendLate(request);
        throw lost();
    }
  }

  /** The caller hears that the connection broke; the server gets the request a while later. */
  #sendLate(request: ClusterRequest): void {
    const { clock, random, onLateDelete } = this.#options;
    if (request.method === 'DELETE') onLateDelete(request.path);
    const { signal: _signal, ...rest } = request;
    clock.schedule(random.below(MAX_LATE_MS), () => {
      if (request.method !== 'GET') void this.#send(rest);
    });
  }

  async #watch(request: ClusterRequest): Promise<ClusterResponse> {
    const { random, probability } = this.#options;
    const fault = !this.#isOver && random.chance(probability) ? random.pick(WATCH_FAULTS) : undefined;
    switch (fault) {
      case 'connection lost':
        throw lost();
      case 'silence':
        return silence(request);
      case 'gone':
        return failure(410, 'Expired');
      case undefined:
        return this.#guarded(await this.#send(request));
      default:
        return this.#guarded(broken(await this.#send(request), fault, random.below(6)));
    }
  }

  /** A process that was killed hears nothing any more. */
  #guarded(response: ClusterResponse): ClusterResponse {
    const isCut = () => this.#isCut;
    async function* body(): AsyncIterable<Uint8Array> {
      for await (const chunk of response.body) {
        if (isCut()) throw lost();
        yield chunk;
      }
    }
    return { ...response, body: body() };
  }
}

function isWatch({ path }: ClusterRequest): boolean {
  return path.includes('watch=true');
}

function lost(): UnreachableError {
  const cause = Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' });
  return new UnreachableError('the connection was lost', { cause });
}

function failure(code: number, reason: string, headers: Readonly<Record<string, string>> = {}): ClusterResponse {
  const seconds = headers['retry-after'];
  const details = seconds === undefined ? {} : { details: { retryAfterSeconds: Number(seconds) } };
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: `a fault: ${reason}`, reason, code };
  return {
    status: code,
    headers: { 'content-type': 'application/json', ...headers },
    body: only(ENCODER.encode(JSON.stringify({ ...status, ...details }))),
  };
}

/** Never an answer: until the caller gives up. */
function silence({ signal }: ClusterRequest): Promise<ClusterResponse> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(lost()), { once: true });
  });
}

async function* only(chunk: Uint8Array): AsyncIterable<Uint8Array> {
  yield chunk;
}

function partial(response: ClusterResponse): ClusterResponse {
  async function* body(): AsyncIterable<Uint8Array> {
    for await (const chunk of response.body) {
      yield chunk.subarray(0, Math.floor(chunk.byteLength / 2));
      throw lost();
    }
  }
  return { ...response, body: body() };
}

/** A watch that breaks after some events: in the middle of one, with an error event, or in good order. */
function broken(response: ClusterResponse, fault: Exclude<WatchFault, 'gone'>, after: number): ClusterResponse {
  async function* body(): AsyncIterable<Uint8Array> {
    let left = after;
    for await (const chunk of response.body) {
      if (left-- > 0) {
        yield chunk;
        continue;
      }
      if (fault === 'ends') return;
      if (fault === 'cut') {
        yield chunk.subarray(0, Math.floor(chunk.byteLength / 2));
        throw lost();
      }
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 };
      yield ENCODER.encode(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      return;
    }
  }
  return { ...response, body: body() };
}
