import type { ClusterRequest, ClusterResponse, ServiceAccountRef, Transport } from '@stageset/ports';
import type { TokenSource } from '../connection/identity.ts';
import { isRecord } from '../requests/json.ts';

/**
 * A cluster without connections of its own (one in this process) as the owner of bearer tokens. A request that is
 * answered 401 is made once more with a fresh token.
 */
export function bearerTransport(transport: Transport, source: TokenSource): Transport {
  const send = (request: ClusterRequest, token: string): Promise<ClusterResponse> =>
    transport({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });
  return async (request) => {
    const token = await source(undefined);
    const response = await send(request, token);
    if (response.status !== 401) return response;
    const fresh = await source(token).catch(() => token); // The 401 says more than that it could not be mended.
    if (fresh === token) return response;
    for await (const _ of response.body); // Read to its end: it is given up.
    return send(request, fresh);
  };
}

/** A 401 that a fresh token has not mended: the message says what that means for a ServiceAccount. */
export function explaining401(transport: Transport, { namespace, name }: ServiceAccountRef): Transport {
  return async (request) => {
    const response = await transport(request);
    if (response.status !== 401) return response;
    const said = await textOf(response);
    const message = `${said}: the API server does not take a fresh token of ServiceAccount ${namespace}/${name}; the account may be gone, or its namespace terminating`;
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 401, reason: 'Unauthorized', message };
    return { status: 401, headers: response.headers, body: once(Buffer.from(JSON.stringify(status))) };
  };
}

/** What a failure is given for, at most. */
const MAX_STATUS_BYTES = 64 * 1024;

async function textOf(response: ClusterResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size <= MAX_STATUS_BYTES) chunks.push(chunk);
  }
  try {
    const status: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const message = isRecord(status) ? status['message'] : undefined;
    return typeof message === 'string' && message !== '' ? message : 'Unauthorized';
  } catch {
    return 'Unauthorized';
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}
