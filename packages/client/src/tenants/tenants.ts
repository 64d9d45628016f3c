import type { LookupFunction } from 'node:net';
import type {
  Clock,
  Cluster,
  OpenCluster,
  OpenedRemote,
  RemoteAccess,
  ServiceAccountRef,
  Tenants,
  Transport,
} from '@stageset/ports';
import type { Access } from '../access/access.ts';
import { AccessError } from '../access/errors.ts';
import { accessFromTenantKubeconfig } from '../access/kubeconfig.ts';
import { createCluster } from '../cluster/cluster.ts';
import { openConnection } from '../connection/connect.ts';
import type { TokenSource } from '../connection/identity.ts';
import { RequestBudget } from '../requests/budget.ts';
import type { RequestLimits } from '../requests/limits.ts';
import { withCircuit } from './circuit.ts';
import { mintOver } from './mint.ts';
import { explaining401 } from './tenant-transport.ts';
import { TokenCache, type TokenRequest } from './token-cache.ts';

/** Decides which hosts a URL that a tenant wrote may lead to: `AddressGuard` of `@stageset/artifact` is one. */
export interface UrlGuard {
  /** Throws when the URL may not be asked for. */
  check(url: string): URL;
  readonly lookup: LookupFunction;
}

export interface TenantsOptions {
  /** As the controller itself: mints tokens. */
  readonly transport: Transport;
  /** The same server as the owner of bearer tokens, and with no other credentials. */
  readonly withToken: (token: TokenSource) => Transport;
  /** The controller's own cluster, whose discovery serves all who speak to it. */
  readonly cluster: Cluster;
  /** That of the controller's own cluster: its bounds hold for all who speak to it. */
  readonly budget: RequestBudget;
  readonly clock: Clock;
  /** From 0 to below 1, as `Math.random`. */
  readonly random: () => number;
  /** For the addresses of other clusters; none are refused when left out. */
  readonly guard?: UrlGuard;
  readonly remoteLimits?: Partial<RequestLimits>;
}

/** Of each connection to another cluster: little enough that a slow one costs the others next to nothing. */
const REMOTE_LIMITS: Partial<RequestLimits> = {
  maxInFlight: 16,
  maxWatches: 200,
  requestTimeoutMs: 15_000,
  watchOpenTimeoutMs: 15_000,
  maxAttempts: 2,
};

/** Clusters in other names than the controller's own. `close` ends all that are open, and no token is asked for after it. */
export function createTenants(options: TenantsOptions): Tenants & { close(): Promise<void> } {
  const { clock, random, transport, withToken, cluster, budget } = options;
  const tokens = new TokenCache(mintOver(transport, { clock, random, budget }), clock);
  const open = new Set<OpenCluster>();
  const opened = (of: Cluster, end: () => Promise<void>): OpenCluster => {
    const one: OpenCluster = {
      cluster: of,
      async close() {
        if (open.delete(one)) await end();
      },
    };
    open.add(one);
    return one;
  };
  return {
    asServiceAccount(account: ServiceAccountRef): OpenCluster {
      const request: TokenRequest = { ...account, audiences: [] };
      const asTenant = explaining401(withToken(tokens.source(request)), account);
      const own = createCluster(asTenant, { clock, random, budget, discoveryOf: cluster });
      return opened(own, async () => tokens.evict(request));
    },
    openRemote(remote: RemoteAccess): OpenedRemote {
      try {
        const access = remote.by === 'kubeconfig' ? ofKubeconfig(remote) : ofAddress(remote);
        const refusal = refusalOf(access, remote.source, options.guard);
        if (refusal !== undefined) return { ok: false, why: 'refused', message: refusal };
        const lookup = options.guard === undefined ? {} : { lookup: options.guard.lookup };
        const connection = openConnection(access, { clock, ...lookup });
        const request = remote.by === 'token' ? tokenRequest(remote) : undefined;
        const plain =
          request === undefined
            ? connection.transport
            : actingAs(remote.impersonate, connection.withToken(tokens.source(request)));
        // Who may not write to the own cluster may not write to others either.
        const limits = new RequestBudget({ ...REMOTE_LIMITS, ...options.remoteLimits }, budget.gate);
        const there = createCluster(withCircuit(plain, clock), { clock, random, budget: limits });
        const end = async (): Promise<void> => {
          if (request !== undefined) tokens.evict(request);
          await connection.close();
        };
        return { ok: true, opened: opened(there, end), server: withoutCredentials(access.server) };
      } catch (error) {
        if (!(error instanceof AccessError)) throw error;
        return { ok: false, why: error.isRefusal ? 'refused' : 'malformed', message: error.message };
      }
    },
    async close() {
      // First, so that nobody asks for a token in order to end.
      await tokens.close();
      await Promise.all([...open].map((one) => one.close()));
    },
  };
}

/** The identity of a ServiceAccount replaces the one that the kubeconfig takes on, groups and all. */
function ofKubeconfig({ text, source, impersonate }: Extract<RemoteAccess, { by: 'kubeconfig' }>): Access {
  const access = accessFromTenantKubeconfig(text, source);
  return impersonate === undefined ? access : { ...access, impersonate: { user: impersonate } };
}

function ofAddress(remote: Extract<RemoteAccess, { by: 'token' }>): Access {
  const { address, source, certificateAuthority } = remote;
  const url = URL.parse(address);
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.search !== '') {
    throw new AccessError(source, 'address', `${JSON.stringify(address)} is not an https URL of an API server`);
  }
  return {
    server: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    namespace: 'default',
    origin: source,
    tls: {
      insecure: false,
      ...(certificateAuthority === undefined ? {} : { ca: { from: 'data', data: Buffer.from(certificateAuthority) } }),
    },
    credentials: { kind: 'none' },
  };
}

function tokenRequest({ account, address, audiences }: Extract<RemoteAccess, { by: 'token' }>): TokenRequest {
  return { ...account, audiences: audiences ?? [address] };
}

function actingAs(user: string | undefined, transport: Transport): Transport {
  if (user === undefined) return transport;
  return (request) => transport({ ...request, headers: { ...request.headers, 'impersonate-user': user } });
}

function withoutCredentials(server: string): string {
  const url = URL.parse(server);
  return url === null ? '' : `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Why an address may not be connected to, or `undefined`. */
function refusalOf(access: Access, source: string, guard: UrlGuard | undefined): string | undefined {
  for (const url of [access.server, access.proxyUrl]) {
    if (url === undefined || guard === undefined) continue;
    try {
      guard.check(url);
    } catch (error) {
      return `${source}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}
