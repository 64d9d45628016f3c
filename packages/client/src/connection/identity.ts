import { readFile } from 'node:fs/promises';
import { UnreachableError } from '@stageset/k8s';
import type { Clock } from '@stageset/ports';
import type { Access, Credentials, Impersonation } from '../access/access.ts';
import type { PluginCredentials } from './plugin.ts';

export type IdentityHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Who a request is made as. */
export interface Identity {
  headers(): Promise<IdentityHeaders>;
  /**
   * The server has answered 401 to a request with these headers: fetches credentials anew, unless that has been done
   * since. False when they are the same as before.
   */
  renew(refused: IdentityHeaders): Promise<boolean>;
}

/** Gives a bearer token. `rejected` is the one before, when the server has just refused it: it wants a fresh one then. */
export type TokenSource = (rejected: string | undefined) => Promise<string>;

/** How long a token file or a plugin's answer is used before it is looked at again; Kubernetes renews tokens minutes ahead. */
const CREDENTIAL_AGE_MS = 60_000;

/** The identity that the access itself gives. `plugin` is needed for credentials of that kind alone. */
export function ownIdentity(access: Access, plugin: PluginCredentials | undefined, clock: Clock): Identity {
  const identity = plainIdentity(access.credentials, plugin, clock);
  return access.impersonate === undefined ? identity : impersonating(identity, access.impersonate);
}

function plainIdentity(credentials: Credentials, plugin: PluginCredentials | undefined, clock: Clock): Identity {
  switch (credentials.kind) {
    case 'none':
      return fixed({});
    case 'token':
      return fixed({ authorization: bearer(credentials.token) });
    case 'basic': {
      const pair = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
      return fixed({ authorization: `Basic ${pair}` });
    }
    case 'tokenFile': {
      const { path } = credentials;
      return aged(clock, async () => ({ authorization: bearer(await readToken(path)) }));
    }
    case 'plugin':
      if (plugin === undefined) throw new TypeError('plugin credentials without a plugin');
      return {
        headers: async () => {
          const { authorization } = await plugin.current();
          return authorization === undefined ? {} : { authorization };
        },
        renew: ({ authorization }) => plugin.renew(typeof authorization === 'string' ? authorization : undefined),
      };
  }
}

/** A bearer token of somebody else's, such as a service account's. The source keeps it for as long as it is good. */
export function tokenIdentity(source: TokenSource): Identity {
  let last: string | undefined;
  return {
    headers: async () => {
      last = await source(undefined);
      return { authorization: bearer(last) };
    },
    renew: async ({ authorization }) => {
      const rejected = last;
      if (rejected === undefined || bearer(rejected) !== authorization) return true; // Another request was quicker.
      last = await source(rejected);
      return last !== rejected;
    },
  };
}

function bearer(token: string): string {
  return `Bearer ${token}`;
}

export function impersonating(identity: Identity, as: Impersonation): Identity {
  const headers: Record<string, string | readonly string[]> = { 'impersonate-user': as.user };
  if (as.uid !== undefined) headers['impersonate-uid'] = as.uid;
  if (as.groups !== undefined && as.groups.length > 0) headers['impersonate-group'] = as.groups;
  for (const [key, values] of Object.entries(as.extra ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = values;
  }
  return {
    headers: async () => ({ ...(await identity.headers()), ...headers }),
    renew: (refused) => identity.renew(refused),
  };
}

function fixed(headers: IdentityHeaders): Identity {
  return { headers: async () => headers, renew: async () => false };
}

/** Headers that are read anew after a while, or when they have been refused. What cannot be read anew stays in use. */
function aged(clock: Clock, read: () => Promise<IdentityHeaders>): Identity {
  let headers: IdentityHeaders | undefined;
  let readAtMs = 0;
  const refresh = async (): Promise<IdentityHeaders> => {
    headers = await read();
    readAtMs = clock.now();
    return headers;
  };
  return {
    headers: async () => {
      if (headers !== undefined && clock.now() - readAtMs < CREDENTIAL_AGE_MS) return headers;
      try {
        return await refresh();
      } catch (error) {
        if (headers === undefined) throw error;
        return headers;
      }
    },
    renew: async (refused) => {
      if (headers?.['authorization'] !== refused['authorization']) return true;
      return (await refresh())['authorization'] !== refused['authorization'];
    },
  };
}

async function readToken(path: string): Promise<string> {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    if (token !== '') return token;
  } catch (cause) {
    throw new UnreachableError(`the token file ${path} cannot be read`, { cause });
  }
  throw new UnreachableError(`the token file ${path} is empty`);
}
