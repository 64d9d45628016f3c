import { Buffer } from 'node:buffer';
import type { Status } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import { failure, StatusError } from '../registry/status-error.ts';

export type Headers = Readonly<Record<string, string>>;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export function bytesResponse(status: number, bytes: Uint8Array, headers: Headers = {}): ClusterResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': String(bytes.byteLength), ...headers },
    body: once(bytes),
  };
}

export function jsonResponse(status: number, value: unknown, headers: Headers = {}): ClusterResponse {
  return bytesResponse(status, Buffer.from(JSON.stringify(value)), headers);
}

export function textResponse(status: number, text: string): ClusterResponse {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return bytesResponse(status, Buffer.from(text), headers);
}

/** `Warning` headers (RFC 7234, code 299), joined into the one line a header may be. */
export function warningHeaders(warnings: readonly string[]): Headers {
  if (warnings.length === 0) return {};
  const lines = [...new Set(warnings)].map(
    (text) => `299 - "${text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').replaceAll(/["\\]/g, '\\$&')}"`,
  );
  return { warning: lines.join(', ') };
}

/** A Status as the server writes it: with the empty metadata that lists and objects have. */
export function statusBody(status: Status): object {
  const { kind, apiVersion, ...rest } = status;
  return { kind, apiVersion, metadata: {}, ...rest };
}

export function errorResponse(error: unknown, headers: Headers = {}): ClusterResponse {
  const { status } = error instanceof StatusError ? error : internalError(error);
  const wait = status.details?.retryAfterSeconds;
  const retryAfter: Headers = wait === undefined ? {} : { 'retry-after': String(wait) };
  return jsonResponse(status.code ?? 500, statusBody(status), { ...headers, ...retryAfter });
}

/** A fault of this server. Its message names the fault, since the one who reads it is the one who can report it. */
function internalError(error: unknown): StatusError {
  const message = error instanceof Error ? error.message : String(error);
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}
