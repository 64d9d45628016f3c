import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { BindAddress } from './options.ts';

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

/** By path. Only reads are answered. */
type Routes = ReadonlyMap<string, () => Answer | Promise<Answer>>;

/** A small HTTP server for probes and metrics. `stop` ends it and every connection to it. */
export interface Endpoint {
  stop(): Promise<void>;
}

export async function serveRoutes(address: BindAddress, routes: Routes): Promise<Endpoint> {
  const server = createServer((request, response) => {
    void answer(request, response, routes);
  });
  server.headersTimeout = 10_000;
  await listen(server, address);
  return {
    async stop() {
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
      reply = await route();
    } catch {
      reply = { status: 500, body: 'failed\n' };
    }
  }
  response.writeHead(reply.status, { 'content-type': reply.type ?? 'text/plain; charset=utf-8' });
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
