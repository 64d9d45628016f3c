import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Access } from './authorization.ts';
import type { Certificate } from './certificate.ts';
import type { BindAddress } from './options.ts';

export interface Answer {
  readonly status: number;
  readonly type?: string;
  /** What to do about a 401. */
  readonly challenge?: string;
  readonly body: string;
}

/** By path. Only reads are answered. A route is told the header `Authorization`. */
type Routes = ReadonlyMap<string, (authorization?: string) => Answer | Promise<Answer>>;

/** Lets only those read a route who may `get` its path in the cluster. */
export function guarded(
  route: () => Answer | Promise<Answer>,
  check: (authorization: string | undefined) => Promise<Access>,
): (authorization?: string) => Promise<Answer> {
  return async (authorization) => {
    switch (await check(authorization)) {
      case 'granted':
        return route();
      case 'unauthenticated':
        return { status: 401, body: 'a bearer token of the cluster is needed\n', challenge: 'Bearer' };
      case 'denied':
        return { status: 403, body: 'the owner of the token may not get this path (nonResourceURLs)\n' };
      case 'unknown':
        return { status: 503, body: 'the API server cannot be asked who may read this; see the log\n' };
    }
  };
}

/** A small HTTP server for probes and metrics. `stop` ends it and every connection to it. */
export interface Endpoint {
  stop(): Promise<void>;
}

/** With a certificate, by TLS alone. Rejects when the address cannot be had. */
export async function serveRoutes(address: BindAddress, routes: Routes, certificate?: Certificate): Promise<Endpoint> {
  const respond = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response, routes);
  const secure = certificate === undefined ? undefined : createTlsServer({ ...certificate.pair }, respond);
  const server: Server = secure ?? createServer(respond);
  server.headersTimeout = 10_000;
  await listen(server, address);
  const stopFollowing = certificate?.follow((pair) => secure?.setSecureContext({ ...pair }));
  return {
    async stop() {
      stopFollowing?.();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  const route = routes.get((request.url ?? '').split('?')[0] ?? '');
  let reply: Answer;
  if (route === undefined) reply = { status: 404, body: 'not found\n' };
  else if (request.method !== 'GET' && request.method !== 'HEAD') reply = { status: 405, body: 'only GET\n' };
  else {
    try {
      reply = await route(request.headers.authorization);
    } catch {
      reply = { status: 500, body: 'failed\n' };
    }
  }
  response.writeHead(reply.status, {
    'content-type': reply.type ?? 'text/plain; charset=utf-8',
    ...(reply.challenge === undefined ? {} : { 'www-authenticate': reply.challenge }),
    ...(reply.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? '' : reply.body);
}

function listen(server: Server, { host, port }: BindAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
