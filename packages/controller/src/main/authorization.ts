import { ApiError, isJsonObject, own } from '@stageset/k8s';
import type { Clock, Cluster } from '@stageset/ports';

/** What a request may do. `unknown`: nobody could say. */
export type Access = 'granted' | 'unauthenticated' | 'denied' | 'unknown';

/** How long an answer is believed. */
const BELIEVED_MS = 60_000;
/** Tokens that are remembered, by their digest; the oldest makes room. */
const MAX_REMEMBERED = 256;
/** Tokens are short; what is longer is none. */
const MAX_TOKEN_LENGTH = 16 * 1024;

interface Answer {
  readonly access: Access;
  readonly untilMs: number;
}

/**
 * Asks the API server whose bearer token a request carries (TokenReview), and whether that one may `get` the path
 * (SubjectAccessReview), as the API server's own `/metrics` does. Answers are believed for a minute.
 */
export class Authorization {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #digest: (token: string) => string;
  readonly #onUnknown: (error: string) => void;
  readonly #answers = new Map<string, Answer>();

  constructor(parts: {
    readonly cluster: Cluster;
    readonly clock: Clock;
    /** Tokens themselves are not kept. */
    readonly digest: (token: string) => string;
    /** Told why nobody could say. */
    readonly onUnknown: (error: string) => void;
  }) {
    this.#cluster = parts.cluster;
    this.#clock = parts.clock;
    this.#digest = parts.digest;
    this.#onUnknown = parts.onUnknown;
  }

  async check(authorization: string | undefined, path: string): Promise<Access> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined || token.length > MAX_TOKEN_LENGTH) return 'unauthenticated';
    const key = `${path} ${this.#digest(token)}`;
    const known = this.#answers.get(key);
    if (known !== undefined && known.untilMs > this.#clock.now()) return known.access;
    const access = await this.#ask(token, path);
    if (access !== 'unknown') this.#remember(key, access);
    return access;
  }

  #remember(key: string, access: Access): void {
    this.#answers.delete(key);
    this.#answers.set(key, { access, untilMs: this.#clock.now() + BELIEVED_MS });
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= MAX_REMEMBERED) break;
      this.#answers.delete(oldest);
    }
  }

  async #ask(token: string, path: string): Promise<Access> {
    try {
      const user = await this.#whose(token);
      if (user === undefined) return 'unauthenticated';
      const { username, uid, groups, extra } = user;
      const status = await this.#review('authorization.k8s.io/v1', 'SubjectAccessReview', {
        user: username,
        ...(uid === undefined ? {} : { uid }),
        ...(groups === undefined ? {} : { groups }),
        ...(extra === undefined ? {} : { extra }),
        nonResourceAttributes: { path, verb: 'get' },
      });
      return own(status, 'allowed') === true ? 'granted' : 'denied';
    } catch (error) {
      const advice =
        error instanceof ApiError && error.code === 403
          ? ' (bind the ClusterRole system:auth-delegator to the controller, or serve metrics without authentication)'
          : '';
      this.#onUnknown(`${error instanceof Error ? error.message : String(error)}${advice}`);
      return 'unknown';
    }
  }

  async #whose(token: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const status = await this.#review('authentication.k8s.io/v1', 'TokenReview', { token });
    const user = own(status, 'user');
    return own(status, 'authenticated') === true && isJsonObject(user) ? user : undefined;
  }

  async #review(
    apiVersion: string,
    kind: string,
    spec: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>> {
    // A review is no object: it has no name, and is answered instead of stored.
    const answer = await this.#cluster.create({ apiVersion, kind, metadata: { name: '' }, spec });
    return isJsonObject(answer['status']) ? answer['status'] : {};
  }
}
