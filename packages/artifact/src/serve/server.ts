import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ArtifactError } from '../errors.ts';
import type { Archive } from '../pack/pack.ts';

export interface ServeOptions {
  /** The address to listen on; loopback when left out. */
  readonly host?: string;
  /** Archives kept of each name; older ones are forgotten. */
  readonly keep?: number;
}

export interface ArtifactServer {
  /** `http://127.0.0.1:41234` */
  readonly origin: string;
  /** Serves an archive under a path of its own, for good: another digest of the name has another path. */
  publish(archive: Archive, name: string): { readonly url: string; readonly digest: string };
  /** Ends the server and its connections. */
  stop(): Promise<void>;
}

/** A reader that knows the archive before last may still be on its way to it. */
const DEFAULT_KEEP = 2;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** Serves archives from memory over HTTP, on a port that the system picks. */
export async function serveArtifacts(options: ServeOptions = {}): Promise<ArtifactServer> {
  const { host = '127.0.0.1', keep = DEFAULT_KEEP } = options;
  const archives = new Map<string, Archive>();
  /** Paths by name, the latest last. */
  const published = new Map<string, string[]>();
  const server = createServer((request, response) => answer(archives, request, response));
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(address.port);
    });
  });
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    origin,
    publish(archive, name) {
      if (!NAME.test(name)) {
        throw new ArtifactError(
          'refused',
          `${JSON.stringify(name)} cannot be the name of an artifact: use letters, digits, ".", "_", "-" and "/"`,
        );
      }
      const path = `/${name}/${archive.digest.replace(/^sha256:/, '')}.tar.gz`;
      archives.set(path, archive);
      const paths = (published.get(name) ?? []).filter((known) => known !== path).concat(path);
      for (const old of paths.splice(0, Math.max(0, paths.length - keep))) archives.delete(old);
      published.set(name, paths);
      return { url: `${origin}${path}`, digest: archive.digest };
    },
    stop() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function answer(archives: ReadonlyMap<string, Archive>, request: IncomingMessage, response: ServerResponse): void {
  const archive = archives.get((request.url ?? '').split('?', 1)[0] ?? '');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  if (archive === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('no such artifact\n');
    return;
  }
  response.writeHead(200, {
    'content-type': 'application/gzip',
    'content-length': archive.bytes.byteLength,
    'cache-control': 'public, max-age=31536000, immutable',
    etag: `"${archive.digest}"`,
  });
  response.end(request.method === 'HEAD' ? undefined : archive.bytes);
}
