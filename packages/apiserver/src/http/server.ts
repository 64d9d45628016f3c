import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock, ClusterRequest, ClusterResponse, Transport } from '@stageset/ports';
import { userOfCertificate } from '../auth/client-certificates.ts';
import { methodNotAllowed, tooLarge } from '../registry/status-error.ts';
import { MAX_BODY_BYTES } from './body.ts';
import type { ServingCertificate } from './certificates.ts';
import { compressed } from './compression.ts';
import type { WireHandler } from './handler.ts';
import { errorResponse } from './response.ts';

const LOOPBACK = '127.0.0.1';
const MAX_CONCURRENT_STREAMS = 250;
/** Long selectors stand in the path. */
const MAX_HEADER_BYTES = 256 * 1024;
const HANDSHAKE_MS = 10_000;
/** For clients that speak HTTP/1.1; taken by the server, and unknown to its types. */
const HTTP1_OPTIONS = { maxHeaderSize: MAX_HEADER_BYTES };
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** Headers of HTTP/1.1 that HTTP/2 forbids, and pseudo headers, are none of the handler's business. */
const isOwnHeader = (name: string) => !name.startsWith(':');

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves a handler on the loopback interface alone, by TLS, over HTTP/2 and HTTP/1.1. Port 0 lets the system choose. */
export async function serve(
  handler: WireHandler,
  certificate: ServingCertificate,
  { port, clock }: { readonly port: number; readonly clock: Clock },
): Promise<RunningServer> {
  const server = createSecureServer({
    // Whoever has a certificate may show it; whose it is, and whether it is good, is for authentication to say.
    requestCert: true,
    rejectUnauthorized: false,
    ca: certificate.authority,
    key: certificate.key,
    cert: certificate.certificate,
    allowHTTP1: true,
    handshakeTimeout: HANDSHAKE_MS,
    maxHeaderListPairs: 100,
    settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES },
    ...HTTP1_OPTIONS,
  });
  server.on('request', (request, response) => {
    const shown = (request.socket as TLSSocket).getPeerX509Certificate();
    const certified = shown === undefined ? undefined : userOfCertificate(shown, certificate.authority, clock.now());
    void respond((wire) => handler(wire, certified), request, response);
  });
  const close = closer(server);
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close };
}

/** Open connections, watches above all, do not hold the end up. */
function closer(server: Http2SecureServer): () => Promise<void> {
  const sockets = new Set<{ destroy(): unknown }>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // A client that goes away in the middle of a handshake is its own affair.
  server.on('sessionError', () => undefined);
  return async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
}

async function respond(handler: Transport, request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.on('error', () => gone.abort());
  try {
    const answered = await answer(handler, request, gone.signal);
    const encodings = request.headers['accept-encoding'];
    await send(
      await compressed(answered, Array.isArray(encodings) ? encodings.join() : encodings),
      response,
      gone.signal,
    );
  } catch {
    // The connection broke: there is nobody to tell.
    gone.abort();
    response.stream?.destroy();
  }
}

async function answer(handler: Transport, request: Http2ServerRequest, signal: AbortSignal): Promise<ClusterResponse> {
  const method = METHODS.find((known) => known === request.method);
  if (method === undefined) return errorResponse(methodNotAllowed());
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (isOwnHeader(name) && value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const path = request.url;
  if (method === 'GET') return handler({ method, path, headers, signal });
  const body = await readBody(request);
  if (body === undefined) return errorResponse(tooLarge(MAX_BODY_BYTES));
  const full: ClusterRequest = { method, path, headers, body, signal };
  return handler(full);
}

/** @returns `undefined` when the body is larger than a server takes. */
async function readBody(request: Http2ServerRequest): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

async function send(
  { status, headers, body }: ClusterResponse,
  response: Http2ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(status, { ...headers });
  // A watch may stay silent for long; its client waits for the headers.
  if (headers['content-length'] === undefined) flushHeaders(response);
  for await (const chunk of body) {
    if (signal.aborted) return;
    if (!response.write(chunk)) await once(response, 'drain', { signal });
  }
  response.end();
}

function flushHeaders(response: Http2ServerResponse): void {
  if ('flushHeaders' in response && typeof response.flushHeaders === 'function') response.flushHeaders();
}
