import { Agent, type RequestOptions, request } from 'node:https';
import type { Clock } from '@stageset/ports';

/** Bytes of one answer. */
const MAX_ANSWER_BYTES = 3 * 1024 * 1024;
/** Connections to one webhook. */
const MAX_CONNECTIONS = 16;
/** Authorities whose connections are kept; the oldest goes when there are more. */
const MAX_AGENTS = 32;

/** A webhook could not be asked, or did not answer as one. The message is the real server's. */
export class CallFault extends Error {
  override readonly name = 'CallFault';
}

export interface Call {
  readonly url: string;
  /** PEM; empty for the system's own authorities. */
  readonly authority: string;
  readonly timeoutSeconds: number;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Asks webhooks over TLS, each within its time, over a bounded number of connections. */
export class WebhookClient {
  readonly #clock: Clock;
  readonly #agents = new Map<string, Agent>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the JSON that was answered. @throws {CallFault} */
  async ask(call: Call): Promise<unknown> {
    const url = new URL(call.url);
    url.searchParams.set('timeout', `${call.timeoutSeconds}s`);
    const posted = `Post ${JSON.stringify(url.href)}`;
    const aborting = new AbortController();
    const cancel = this.#clock.schedule(call.timeoutSeconds * 1000, () => aborting.abort());
    try {
      return parsed(await this.#post(url, call, aborting.signal));
    } catch (error) {
      if (error instanceof CallFault) throw error;
      throw new CallFault(`${posted}: ${aborting.signal.aborted ? 'context deadline exceeded' : whyNot(error, url)}`);
    } finally {
      cancel();
    }
  }

  #post(url: URL, { authority, body }: Call, signal: AbortSignal): Promise<Answer> {
    const options: RequestOptions = {
      method: 'POST',
      agent: this.#agent(authority),
      signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'stageset-local-cluster admission',
      },
    };
    return new Promise((resolve, reject) => {
      const sent = request(url, options, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.byteLength;
          if (size > MAX_ANSWER_BYTES)
            sent.destroy(new CallFault(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? 'application/json',
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #agent(authority: string): Agent {
    const known = this.#agents.get(authority);
    if (known !== undefined) return known;
    const [oldest] = this.#agents;
    if (this.#agents.size >= MAX_AGENTS && oldest !== undefined) {
      oldest[1].destroy();
      this.#agents.delete(oldest[0]);
    }
    const agent = new Agent({
      keepAlive: true,
      maxSockets: MAX_CONNECTIONS,
      ...(authority === '' ? {} : { ca: authority }),
    });
    this.#agents.set(authority, agent);
    return agent;
  }
}

const HTTP_OK = 200;
const SUCCESS = 300;

function parsed({ status, type, text }: Answer): unknown {
  if (status < HTTP_OK || status >= SUCCESS) throw new CallFault(refusal(status, text));
  if (text === '') throw new CallFault(`0-length response with status code: ${status} and content type: ${type}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new CallFault("couldn't get version/kind; json parse error: the answer is no JSON");
  }
}

const NOT_FOUND = 404;

function refusal(status: number, text: string): string {
  if (status === NOT_FOUND) return 'the server could not find the requested resource';
  if (status < 500) return `the server responded with the status code ${status} but did not return more information`;
  return `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
}

function whyNot(error: unknown, { hostname, port }: URL): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  const at = `${hostname.replace(/^\[|\]$/g, '')}:${port === '' ? '443' : port}`;
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${at}: connect: connection refused`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${hostname}: no such host`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    case 'ECONNRESET':
      return 'EOF';
    default:
      return message ?? String(error);
  }
}
