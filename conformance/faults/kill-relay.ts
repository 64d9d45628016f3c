import { Buffer } from 'node:buffer';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ClusterRequest, Transport } from '@stageset/ports';

/** Which write of a process is its last: before it reaches the API server, or after it was carried out. */
export interface Cut {
  readonly afterWrites: number;
  readonly loses: 'request' | 'answer';
  /** Only writes that have this in their `PATCH /api/v1/…` are counted. */
  readonly of?: string;
}

/** A write that was carried out, as `PATCH /api/v1/…`, and what the server answered. */
export interface Answered {
  readonly write: string;
  readonly status: number;
}

/** What stands between one process and the API server. */
export interface KillRelay {
  /** A kubeconfig for the process. */
  readonly kubeconfig: string;
  /** Writes so far, events not among them: `PATCH /api/v1/…`. */
  readonly writes: readonly string[];
  readonly answered: readonly Answered[];
  /**
   * Something that the process does elsewhere, counted among its writes. Says whether the process lives to hear the
   * answer.
   */
  elsewhere(what: string, carryOut: () => void): boolean;
  /** Counts anew; `kill` is called at the cut. */
  arm(cut: Cut | undefined, kill: () => void): void;
  /** Resolves at the cut. */
  readonly wasCut: Promise<true>;
  stop(): Promise<void>;
}

/**
 * Passes requests on over a transport, and kills the process that sends them at a chosen write. What the process had sent
 * before it died is carried out, as a real server carries it out.
 */
export async function startKillRelay(transport: Transport): Promise<KillRelay> {
  const writes: string[] = [];
  const answered: Answered[] = [];
  const cutMet = Promise.withResolvers<true>();
  let armed: { cut: Cut | undefined; kill: () => void } = { cut: undefined, kill: () => {} };
  let counted = 0;

  /** Whether this write is the last, and what the process loses of it. */
  const begin = (write: string): Cut['loses'] | undefined => {
    writes.push(write);
    const { cut } = armed;
    if (cut === undefined || (cut.of !== undefined && !write.includes(cut.of))) return undefined;
    return counted++ === cut.afterWrites ? cut.loses : undefined;
  };
  const die = (): void => {
    armed.kill();
    cutMet.resolve(true);
  };
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await requestOf(incoming);
    const isWatch = request.path.includes('watch=true');
    const stop = new AbortController();
    // A watch ends with its reader; a write that was sent is carried out whoever still listens.
    if (isWatch) outgoing.on('close', () => stop.abort());
    const isWrite = request.method !== 'GET' && !request.path.includes('/events');
    const write = `${request.method} ${request.path.split('?', 1)[0]}`;
    const loses = isWrite ? begin(write) : undefined;
    if (loses === 'request') return die();
    const response = await transport({ ...request, signal: stop.signal });
    if (isWrite) answered.push({ write, status: response.status });
    if (loses === 'answer') {
      for await (const _ of response.body);
      return die();
    }
    outgoing.writeHead(response.status, { 'content-type': response.headers['content-type'] ?? 'application/json' });
    outgoing.flushHeaders();
    for await (const chunk of response.body) if (!outgoing.destroyed) outgoing.write(chunk);
    outgoing.end();
  };
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return {
    kubeconfig: kubeconfigOf(`http://127.0.0.1:${address.port}`),
    writes,
    answered,
    elsewhere(what, carryOut) {
      const loses = begin(what);
      if (loses !== 'request') carryOut();
      if (loses !== undefined) die();
      return loses === undefined;
    },
    arm(cut, kill) {
      writes.length = 0;
      counted = 0;
      armed = { cut, kill };
    },
    wasCut: cutMet.promise,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function requestOf(incoming: IncomingMessage): Promise<ClusterRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers: Record<string, string> = {};
  for (const name of ['accept', 'content-type']) {
    const value = incoming.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return {
    method: (incoming.method ?? 'GET') as ClusterRequest['method'],
    path: incoming.url ?? '/',
    headers,
    ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
  };
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'relay',
    clusters: [{ name: 'relay', cluster: { server } }],
    users: [{ name: 'relay', user: {} }],
    contexts: [{ name: 'relay', context: { cluster: 'relay', user: 'relay' } }],
  });
}
