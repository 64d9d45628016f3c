import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that came in. */
export interface Hit {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Never answers; answers what is no HTTP; answers with a body that has no end. */
type Prank = 'silence' | 'noise' | 'flood';

/** The other side of `http` actions: counts what comes, and answers as it is told. */
export class HttpReceiver {
  readonly hits: Hit[] = [];
  /** By path; 200 for all others. */
  readonly statuses = new Map<string, number>();
  /** By path: where its answer redirects to. */
  readonly redirects = new Map<string, string>();
  /** By path: what comes instead of an answer, or never ends. */
  readonly pranks = new Map<string, Prank>();
  /** By path: bytes of a body that never ends which the other side has taken. */
  readonly taken = new Map<string, number>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<HttpReceiver> {
    const server = createServer();
    const receiver = new HttpReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        const body = Buffer.concat(chunks).toString('utf8');
        receiver.hits.push({ path, method: request.method ?? '', headers: request.headers, body });
        const prank = receiver.pranks.get(path);
        if (prank !== undefined) return receiver.#play(prank, path, response);
        const location = receiver.redirects.get(path);
        const status = receiver.statuses.get(path) ?? (location === undefined ? 200 : 302);
        response.writeHead(status, location === undefined ? {} : { location });
        response.end('a body that nobody shall repeat');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  #play(prank: Prank, path: string, response: ServerResponse): void {
    if (prank === 'silence') return;
    if (prank === 'noise') {
      response.socket?.end('what is this\0\r\n\r\n');
      return;
    }
    const part = Buffer.alloc(64 * 1024, 'nobody shall repeat this ');
    const more = (): void => {
      do this.taken.set(path, (this.taken.get(path) ?? 0) + part.length);
      while (response.write(part));
    };
    response.on('drain', more);
    response.on('error', () => undefined);
    response.writeHead(200);
    more();
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  count(path: string): number {
    return this.hits.filter((hit) => hit.path === path).length;
  }

  /** Keys under which a path was asked: what a receiver that knows repetitions has done. */
  effects(path: string): number {
    return new Set(this.hits.filter((hit) => hit.path === path).map(({ headers }) => headers['idempotency-key'])).size;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
