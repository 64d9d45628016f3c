import { UnreachableError } from '@stageset/k8s';
import type { ClusterRequest, ClusterResponse, Transport } from '@stageset/ports';
import type { Dispatcher } from 'undici';
import type { Dispatchers } from './dispatchers.ts';
import type { Identity, IdentityHeaders } from './identity.ts';

export interface HttpTransportOptions {
  /** Base URL without a slash at the end. */
  readonly server: string;
  readonly dispatchers: Dispatchers;
  readonly identity: Identity;
  readonly userAgent: string;
}

/** What to do about the connection failures that people meet, by the code that Node gives them. */
const ADVICE: ReadonlyMap<unknown, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there: is the API server running?'],
  ['ENOTFOUND', 'its name does not resolve: check `server`, and your network or VPN'],
  ['EAI_AGAIN', 'its name cannot be resolved now: check your network'],
  ['UND_ERR_CONNECT_TIMEOUT', 'it did not take the connection in time: check your network, VPN or firewall'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed: set certificate-authority-data'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate authority is not trusted: set certificate-authority-data'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate authority is not trusted: set certificate-authority-data'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate authority is not trusted: set certificate-authority-data'],
  ['CERT_SIGNATURE_FAILURE', 'its certificate is not signed by the given certificate authority'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name: correct `server` or set tls-server-name'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
]);

/** A cluster over HTTP. A request's own headers win over those of the identity. */
export function httpTransport(options: HttpTransportOptions): Transport {
  const { identity, dispatchers } = options;
  const base = new URL(options.server);
  const send = async (request: ClusterRequest, headers: IdentityHeaders): Promise<Dispatcher.ResponseData> => {
    const dispatcher = await dispatchers.get();
    try {
      return await dispatcher.request({
        origin: base.origin,
        path: `${base.pathname === '/' ? '' : base.pathname}${request.path}`,
        method: request.method,
        headers: { 'user-agent': options.userAgent, ...spread(headers), ...request.headers },
        body: request.body ?? null,
        signal: request.signal ?? null,
      });
    } catch (error) {
      if (request.signal?.aborted) {
        // Out of time: where one idle connection has died without a word, the others have too.
        if (request.signal.reason instanceof UnreachableError) dispatchers.abandon();
        throw request.signal.reason;
      }
      throw unreachable(base.origin, error);
    }
  };
  return async (request) => {
    const headers = await identity.headers();
    let response = await send(request, headers);
    if (response.statusCode === 401 && (await renewed(identity, headers))) {
      dispatchers.expire();
      await response.body.dump();
      response = await send(request, await identity.headers());
    }
    return toResponse(response);
  };
}

/** A renewal that fails leaves the 401, which says more to the user than the failure to renew. */
async function renewed(identity: Identity, refused: IdentityHeaders): Promise<boolean> {
  try {
    return await identity.renew(refused);
  } catch {
    return false;
  }
}

function spread(headers: IdentityHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

function toResponse(response: Dispatcher.ResponseData): ClusterResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { status: response.statusCode, headers, body: response.body };
}

function unreachable(origin: string, cause: unknown): UnreachableError {
  if (cause instanceof UnreachableError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const message = cause instanceof Error ? cause.message : String(cause);
  const advice = ADVICE.get(code);
  const what = advice ?? (message === '' ? 'the connection failed' : message);
  return new UnreachableError(`${origin} cannot be reached: ${what}${code === undefined ? '' : ` (${code})`}`, {
    cause,
  });
}
