import { ApiError, IdentityError } from '@stageset/k8s';
import type { Clock, ServiceAccountRef } from '@stageset/ports';
import type { TokenSource } from '../connection/identity.ts';

export interface Token {
  readonly value: string;
  readonly expiresAtMs: number;
}

export interface TokenRequest extends ServiceAccountRef {
  /** Whom the token is for; the API server itself when there are none. */
  readonly audiences: readonly string[];
}

/** Asks the API server for a token (TokenRequest). Rejects with `ApiError` or `UnreachableError`. */
export type MintToken = (request: TokenRequest, signal: AbortSignal) => Promise<Token>;

/** A token with less time left than this is not handed out any more; of a shorter life than twice that, half of it. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** A mint is nobody's own: whoever asked first may give up, and the others still want it. */
const MINT_TIMEOUT_MS = 30_000;

interface Held {
  readonly token: Token;
  readonly mintedAtMs: number;
}

interface Mint {
  /** False once it has been evicted: those who wait get its token, and nobody else. */
  isWanted: boolean;
  token: Promise<string>;
}

/**
 * Tokens of ServiceAccounts, each minted once for all who ask at the same time and kept until it is about to expire,
 * refused, or evicted. Once it is closed it asks for nothing any more.
 */
export class TokenCache {
  readonly #mint: MintToken;
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();
  readonly #underWay = new Map<string, Mint>();
  /** Ends of all mints, of the evicted ones too. */
  readonly #ending = new Map<AbortController, Promise<unknown>>();
  #isClosed = false;

  constructor(mint: MintToken, clock: Clock) {
    this.#mint = mint;
    this.#clock = clock;
  }

  /** The tokens of one account, as a connection asks for them. Rejects with `IdentityError`. */
  source(request: TokenRequest): TokenSource {
    return (rejected) => this.token(request, rejected);
  }

  /** A token that is good for a while. `rejected` is one that the server has just refused. */
  async token(request: TokenRequest, rejected?: string): Promise<string> {
    if (this.#isClosed) throw new IdentityError(explain(request, closed()));
    const key = keyOf(request);
    const held = this.#held.get(key);
    if (held !== undefined && held.token.value !== rejected && this.#isFresh(held)) return held.token.value;
    this.#held.delete(key);
    const before = this.#underWay.get(key);
    if (before !== undefined) return before.token;
    const mint: Mint = { isWanted: true, token: Promise.resolve('') };
    this.#underWay.set(key, mint);
    const stop = new AbortController();
    mint.token = this.#run(key, request, mint, stop);
    this.#ending.set(
      stop,
      mint.token.then(
        () => this.#ending.delete(stop),
        () => this.#ending.delete(stop),
      ),
    );
    return mint.token;
  }

  /** Forgets a token. One that is being minted is still handed to those who wait for it, and not kept. */
  evict(request: TokenRequest): void {
    const key = keyOf(request);
    this.#held.delete(key);
    const mint = this.#underWay.get(key);
    if (mint !== undefined) mint.isWanted = false;
    this.#underWay.delete(key);
  }

  /** Ends the mints under way and forgets all tokens. Who waits for one, or asks later, gets an `IdentityError`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#held.clear();
    const under = [...this.#ending];
    for (const [stop] of under) stop.abort(closed());
    await Promise.all(under.map(([, ended]) => ended));
  }

  #isFresh({ token, mintedAtMs }: Held): boolean {
    const marginMs = Math.min(RENEW_BEFORE_MS, (token.expiresAtMs - mintedAtMs) / 2);
    return token.expiresAtMs - this.#clock.now() > marginMs;
  }

  async #run(key: string, request: TokenRequest, mint: Mint, stop: AbortController): Promise<string> {
    const cancel = this.#clock.schedule(MINT_TIMEOUT_MS, () => {
      stop.abort(new Error(`no answer within ${MINT_TIMEOUT_MS / 1000} s`));
    });
    try {
      const token = await this.#mint(request, stop.signal);
      if (mint.isWanted && !this.#isClosed) this.#held.set(key, { token, mintedAtMs: this.#clock.now() });
      return token.value;
    } catch (error) {
      throw new IdentityError(explain(request, error), { cause: error });
    } finally {
      cancel();
      if (this.#underWay.get(key) === mint) this.#underWay.delete(key);
    }
  }
}

function closed(): Error {
  return new Error('the controller is ending, and asks for no more tokens');
}

function keyOf({ namespace, name, audiences }: TokenRequest): string {
  return JSON.stringify([namespace, name, audiences]);
}

/** What to do about a token that cannot be had. */
function explain({ namespace, name }: TokenRequest, error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  const code = error instanceof ApiError ? error.code : undefined;
  const advice =
    code === 404
      ? '; create it, or name another in serviceAccountName'
      : code === 403
        ? `; the controller needs the verb create on serviceaccounts/token in namespace "${namespace}"`
        : '';
  return `no token can be had for ServiceAccount ${namespace}/${name}: ${said}${advice}`;
}
