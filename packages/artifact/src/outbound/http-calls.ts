import type { Clock, HttpAnswer, HttpCall, HttpCalls, HttpFailureKind } from '@stageset/ports';
import { type Dispatcher, request } from 'undici';
import { AddressGuard, type ResolveHost } from '../fetch/address-guard.ts';
import { startDeadline } from '../fetch/deadline.ts';
import { guardedAgent } from '../fetch/guarded-agent.ts';
import { HostPatterns } from './host-patterns.ts';

export interface HttpCallsOptions {
  readonly clock: Clock;
  /**
   * Hosts that may be asked: shell patterns over the whole name. With any of them every other host is refused, and these
   * are not checked further; without, everything may be asked but this host, its link and metadata services.
   */
  readonly allowedHosts: readonly string[];
  /** How names become addresses; the system's way when left out. */
  readonly resolveHost?: ResolveHost;
}

/** From the first byte sent to the end of the answer, redirects included. */
export const CALL_TIMEOUT_MS = 30_000;
export const MAX_REDIRECTS = 10;
/** What is read of an answer so that its connection can be used again. */
const MAX_DRAINED_BYTES = 64 * 1024;
const FLAG = '--allowed-action-hosts';
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Failures before anything of a request has left. */
const UNSENT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A peer that is not who it ought to be. Nothing of a request leaves before that is known. */
const CERTIFICATE_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What undici's parser throws, with a code or without. */
const NOT_HTTP = 'HTTPParserError';

/** A call that has no answer. The message names the host alone: a path or a query may hold a secret. */
export class HttpCallError extends Error {
  override readonly name = 'HttpCallError';
  readonly kind: HttpFailureKind;
  constructor(kind: HttpFailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Calls over one pool of connections, to hosts that may be asked. Bodies of answers are thrown away, within bounds. */
export function createHttpCalls(options: HttpCallsOptions): HttpCalls & { close(): Promise<void> } {
  const allowed = new HostPatterns(options.allowedHosts);
  const refuse = (message: string): Error => new HttpCallError('refused', message);
  const guard = new AddressGuard({
    allowedHosts: [],
    isAllowed: (host) => allowed.match(host),
    flag: FLAG,
    refuse,
    ...(options.resolveHost === undefined ? {} : { resolve: options.resolveHost }),
  });
  const dispatcher = guardedAgent(guard);

  const check = (url: string): URL => {
    const parsed = guard.check(url);
    if (!allowed.isEmpty && !allowed.match(parsed.hostname)) {
      throw refuse(`${parsed.hostname} is not among the hosts that actions may ask; add it to ${FLAG}`);
    }
    return parsed;
  };

  const sendOnce = async (call: HttpCall, url: URL, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    try {
      return await request(url, {
        dispatcher,
        // The name of a method is checked at admission.
        method: call.method as Dispatcher.HttpMethod,
        headers: call.headers.flat(),
        body: call.body ?? null,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error, url);
    }
  };

  return {
    async send(call: HttpCall, outer: AbortSignal): Promise<HttpAnswer> {
      const first = check(call.url);
      const late = (): Error =>
        new HttpCallError('unknown', `${first.host} did not answer within ${CALL_TIMEOUT_MS / 1000} s`);
      using deadline = startDeadline(options.clock, CALL_TIMEOUT_MS, late, outer);
      let url = first;
      let current = call;
      for (let redirects = 0; ; redirects += 1) {
        const answer = await sendOnce(current, url, deadline.signal);
        await drain(answer.body);
        const { statusCode: status } = answer;
        const location = textOf(answer.headers['location']);
        if (!REDIRECTS.has(status) || location === undefined || call.stopAt.includes(status)) {
          const retryAfterMs = retryAfterOf(textOf(answer.headers['retry-after']), options.clock.now());
          return { status, host: url.host, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
        }
        if (redirects >= MAX_REDIRECTS) {
          throw new HttpCallError('refused', `${first.host} redirects more than ${MAX_REDIRECTS} times`);
        }
        const next = check(URL.parse(location, url.href)?.href ?? location);
        if (call.isSecret && next.host !== first.host) {
          const why = 'the request holds secrets, which stay with the host they were meant for';
          throw new HttpCallError('refused', `the redirect from ${first.host} to ${next.host} is not followed: ${why}`);
        }
        url = next;
        current = redirected(current, status);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** As browsers and Go's client have it: 307 and 308 keep method and body, the others become a GET without one. */
function redirected(call: HttpCall, status: number): HttpCall {
  if (status === 307 || status === 308 || call.method === 'GET' || call.method === 'HEAD') return call;
  const { body: _, ...rest } = call;
  return { ...rest, method: 'GET', headers: rest.headers.filter(([name]) => name.toLowerCase() !== 'content-type') };
}

function failureOf(error: unknown, url: URL): HttpCallError {
  if (error instanceof HttpCallError) return error;
  const {
    code = '',
    cause,
    name,
  } = error as { readonly code?: string; readonly cause?: unknown; readonly name?: string };
  if (cause instanceof HttpCallError) return cause;
  if (code === 'UND_ERR_INVALID_ARG') {
    return new HttpCallError('unsendable', `the request to ${url.host} has a header that is not valid`, {
      cause: error,
    });
  }
  const kind = UNSENT_CODES.has(code) || CERTIFICATE_CODES.has(code) ? 'unsent' : 'unknown';
  const what = name === NOT_HTTP ? 'answered with what is no HTTP' : whatHappened(code, kind);
  return new HttpCallError(kind, `${url.host} ${what}${code === '' ? '' : ` (${code})`}`, { cause: error });
}

function whatHappened(code: string, kind: HttpFailureKind): string {
  if (CERTIFICATE_CODES.has(code)) return 'shows a certificate that is not trusted';
  if (kind === 'unsent') return 'cannot be reached';
  return code === 'UND_ERR_HEADERS_OVERFLOW' ? 'answered with too many headers' : 'broke off before it answered';
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

/** Reads a little of an answer to its end; what is longer ends with its connection. */
async function drain(body: Dispatcher.ResponseData['body']): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += (chunk as Uint8Array).length;
      if (bytes > MAX_DRAINED_BYTES) break;
    }
  } catch {
    // The status has been read: what follows it changes nothing.
  }
  body.destroy();
}

/** Seconds, or an instant. */
function retryAfterOf(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
