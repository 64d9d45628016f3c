import type { LookupFunction } from 'node:net';
import type { Clock, Transport } from '@stageset/ports';
import type { Access, Impersonation } from '../access/access.ts';
import { Dispatchers } from './dispatchers.ts';
import { httpTransport } from './http-transport.ts';
import { type Identity, impersonating, ownIdentity, type TokenSource, tokenIdentity } from './identity.ts';
import { pluginCredentials } from './plugin.ts';

export interface ConnectOptions {
  readonly clock: Clock;
  readonly userAgent?: string;
  /** How names become addresses, for connections and proxies alike; the system's way when left out. */
  readonly lookup?: LookupFunction;
}

/** A way to one API server. Connections are opened as requests need them. */
export interface Connection {
  /** As the access says. */
  readonly transport: Transport;
  readonly namespace: string;
  /** For people: `context prod of …/config at https://10.0.0.1:6443`. */
  readonly describe: string;
  /** The same server as the owner of a bearer token: over connections of its own, without a client certificate. */
  withToken(token: TokenSource): Transport;
  /** The same server, and the same credentials, acting as somebody else. */
  impersonating(as: Impersonation): Transport;
  /** Ends every connection, requests in flight included. */
  close(): Promise<void>;
}

/**
 * Prepares a connection; nothing is sent yet. Only an access with an exec plugin or an auth provider loads the
 * Kubernetes client library, at its first request.
 */
export async function connect(access: Access, options: ConnectOptions): Promise<Connection> {
  return openConnection(access, options);
}

/** The same, at once. */
export function openConnection(access: Access, options: ConnectOptions): Connection {
  const { clock, lookup, userAgent = 'stageset' } = options;
  const { server, credentials } = access;
  const plugin = credentials.kind === 'plugin' ? pluginCredentials(credentials.user, server, clock) : undefined;
  const own = ownIdentity(access, plugin, clock);
  const ownDispatchers = new Dispatchers(access, { plugin, hasClientCertificate: true, clock, lookup });
  const tokenDispatchers = new Dispatchers(access, { plugin: undefined, hasClientCertificate: false, clock, lookup });
  const transport = (identity: Identity, dispatchers: Dispatchers): Transport =>
    httpTransport({ server, dispatchers, identity, userAgent });
  return {
    transport: transport(own, ownDispatchers),
    namespace: access.namespace,
    describe: `${access.origin} at ${server}`,
    withToken: (token) => transport(tokenIdentity(token), tokenDispatchers),
    impersonating: (as) => transport(impersonating(own, as), ownDispatchers),
    async close() {
      await Promise.all([ownDispatchers.close(), tokenDispatchers.close()]);
    },
  };
}
