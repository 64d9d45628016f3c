import { Buffer } from 'node:buffer';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isJsonObject, type JsonObject, type KubeObject } from '@stageset/k8s';
import { type Secrets, secretOf } from '../durable/secrets.ts';
import type { User } from '../registry/hooks.ts';
import type { Registry } from '../registry/registry.ts';
import { serviceAccountGroups } from './groups.ts';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const HEADER = encode({ alg: 'HS256', typ: 'JWT' });
const SECOND_MS = 1000;
const KEY_BYTES = 32;

export interface TokenTerms {
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
  readonly audiences: readonly string[];
  /** A Pod, Secret or Node with whose end the token ends. */
  readonly bound?: KubeObject;
}

const BINDINGS = { pod: 'Pod', secret: 'Secret', node: 'Node' } as const;

function boundClaim({ kind, metadata: { name, uid } }: KubeObject): object {
  return { [kind.toLowerCase()]: { name, uid } };
}

/**
 * Tokens of service accounts: JSON Web Tokens under a key of this cluster. A token is good until it expires or its
 * account is gone, judged by the cluster's clock.
 */
export class ServiceAccountTokens {
  readonly #registry: Registry;
  readonly #key: Buffer;

  constructor(registry: Registry, secrets: Secrets) {
    this.#registry = registry;
    this.#key = Buffer.from(
      secretOf(secrets, 'token-key', () => randomBytes(KEY_BYTES).toString('hex')),
      'hex',
    );
  }

  issue(account: KubeObject, { expiresAtMs, audiences, bound }: TokenTerms): string {
    const { namespace = '', name, uid = '' } = account.metadata;
    const claims = {
      iss: ISSUER,
      sub: `system:serviceaccount:${namespace}:${name}`,
      aud: audiences,
      iat: Math.floor(this.#registry.clock.now() / SECOND_MS),
      exp: Math.floor(expiresAtMs / SECOND_MS),
      'kubernetes.io': { namespace, serviceaccount: { name, uid }, ...(bound === undefined ? {} : boundClaim(bound)) },
    };
    const content = `${HEADER}.${encode(claims)}`;
    return `${content}.${this.#sign(content)}`;
  }

  userOf(token: string): User | undefined {
    const [header, payload, signature, ...rest] = token.split('.');
    if (header !== HEADER || payload === undefined || signature === undefined || rest.length > 0) return undefined;
    const [given, wanted] = [Buffer.from(signature), Buffer.from(this.#sign(`${header}.${payload}`))];
    if (given.byteLength !== wanted.byteLength || !timingSafeEqual(given, wanted)) return undefined;
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return isJsonObject(claims) ? this.#userOfClaims(claims) : undefined;
  }

  #userOfClaims(claims: Readonly<Record<string, unknown>>): User | undefined {
    const { sub, exp } = claims;
    if (typeof sub !== 'string' || typeof exp !== 'number' || exp * SECOND_MS <= this.#registry.clock.now())
      return undefined;
    const [, , namespace = '', name = ''] = sub.split(':');
    const account = this.#registry.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name });
    const bound = claims['kubernetes.io'];
    const bearer = isJsonObject(bound) && isJsonObject(bound['serviceaccount']) ? bound['serviceaccount'] : {};
    if (account === undefined || account.metadata.uid !== bearer['uid']) return undefined;
    if (isJsonObject(bound) && !this.#isBindingThere(bound, namespace)) return undefined;
    return { name: sub, groups: [...serviceAccountGroups(namespace), 'system:authenticated'] };
  }

  /** Whether the object that a token is bound to is still there, if it is bound to one. */
  #isBindingThere(claims: JsonObject, namespace: string): boolean {
    return Object.entries(BINDINGS).every(([claim, kind]) => {
      const wanted = claims[claim];
      if (!isJsonObject(wanted) || typeof wanted['name'] !== 'string') return true;
      const place = kind === 'Node' ? {} : { namespace };
      const found = this.#registry.get({ apiVersion: 'v1', kind, name: wanted['name'], ...place });
      return found !== undefined && found.metadata.uid === wanted['uid'];
    });
  }

  #sign(content: string): string {
    return createHmac('sha256', this.#key).update(content).digest('base64url');
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
