import { Buffer } from 'node:buffer';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type Secrets, secretOf } from '../durable/secrets.ts';
import type { User } from '../registry/hooks.ts';
import { badRequest, unauthorized } from '../registry/status-error.ts';
import { serviceAccountGroups } from './groups.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

const TOKEN_BYTES = 24;
const AUTHENTICATED = 'system:authenticated';
const ADMINISTRATOR: User = { name: 'kubernetes-admin', groups: ['system:masters', AUTHENTICATED] };
const BEARER = /^Bearer +(.+)$/i;
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/;

/** A sender, and the identity it has taken on. */
export interface Sender {
  /** Who the request counts as. */
  readonly user: User;
  /** Who sent it, where that is somebody else: it needs leave to impersonate. */
  readonly impersonator: User | undefined;
}

/** Who sends a request: who its certificate names, the one administrator, or a service account by its token. Nobody is anonymous. */
export class Authentication {
  readonly administratorToken: string;
  readonly #expected: Buffer;
  readonly #serviceAccounts: ServiceAccountTokens;

  constructor(serviceAccounts: ServiceAccountTokens, secrets: Secrets) {
    this.#serviceAccounts = serviceAccounts;
    this.administratorToken = secretOf(secrets, 'administrator-token', () => randomBytes(TOKEN_BYTES).toString('hex'));
    this.#expected = Buffer.from(this.administratorToken);
  }

  /** `certified`: who the connection's certificate says it is. @throws 401 for no token or one that is not good (any more), 400 for impersonation of nobody. */
  senderOf(headers: Readonly<Record<string, string>>, certified?: User): Sender {
    const token = BEARER.exec(headers['authorization'] ?? '')?.[1];
    const user = certified ?? (token === undefined ? undefined : this.userOf(token));
    if (user === undefined) throw unauthorized();
    const impersonated = impersonatedUser(headers);
    return impersonated === undefined ? { user, impersonator: undefined } : { user: impersonated, impersonator: user };
  }

  userOf(token: string): User | undefined {
    const given = Buffer.from(token);
    if (given.byteLength === this.#expected.byteLength && timingSafeEqual(given, this.#expected)) return ADMINISTRATOR;
    return this.#serviceAccounts.userOf(token);
  }
}

function impersonatedUser(headers: Readonly<Record<string, string>>): User | undefined {
  const name = headers['impersonate-user'];
  const groups = (headers['impersonate-group'] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  if (name === undefined || name === '') {
    if (groups.length === 0) return undefined;
    throw badRequest('requested impersonation of groups without a user: set Impersonate-User too');
  }
  const namespace = SERVICE_ACCOUNT.exec(name)?.[1];
  const implied = namespace === undefined ? [] : serviceAccountGroups(namespace);
  return { name, groups: [...new Set([...(groups.length > 0 ? groups : implied), AUTHENTICATED])] };
}
