import type { Clock, Transport } from '@stageset/ports';
import { parseBody } from '../cluster/decode.ts';
import type { RequestBudget } from '../requests/budget.ts';
import { isRecord } from '../requests/json.ts';
import { Requester } from '../requests/requester.ts';
import type { MintToken } from './token-cache.ts';

/** Asked for; a server may grant another. */
const LIFETIME_SECONDS = 3600;

/** Mints tokens over the controller's own transport (TokenRequest of authentication.k8s.io/v1). */
export function mintOver(
  transport: Transport,
  options: { readonly clock: Clock; readonly random: () => number; readonly budget: RequestBudget },
): MintToken {
  const requester = new Requester(transport, options);
  return async ({ namespace, name, audiences }, signal) => {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`;
    const body = JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: LIFETIME_SECONDS, ...(audiences.length === 0 ? {} : { audiences }) },
    });
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    // A second token does no harm, so a broken connection is tried again.
    const request = { caller: 'tokens', method: 'POST', path, headers, body, repeatable: true } as const;
    const answer = await requester.send(request, signal);
    if (!answer.ok) throw answer.error;
    const { status } = parseBody(answer.body, 'the request for a token');
    const token = isRecord(status) ? status['token'] : undefined;
    const expires = isRecord(status) ? Date.parse(String(status['expirationTimestamp'])) : Number.NaN;
    if (typeof token !== 'string' || token === '') throw new Error('the server answered without a token');
    const expiresAtMs = Number.isNaN(expires) ? options.clock.now() + LIFETIME_SECONDS * 1000 : expires;
    return { value: token, expiresAtMs };
  };
}
