import { ApiError, IdentityError } from '@stageset/k8s';
import { FakeClock } from '@stageset/testkit';
import { describe, expect, test } from 'vitest';
import { type MintToken, TokenCache } from './token-cache.ts';

const HOUR_MS = 60 * 60_000;
const account = { namespace: 'prod', name: 'deployer', audiences: [] };

/** Mints `token-1`, `token-2` and so on, each when it is let go. */
function minter(lifetimeMs = HOUR_MS) {
  const clock = new FakeClock();
  const waiting: (() => void)[] = [];
  let minted = 0;
  const mint: MintToken = async (_, signal) => {
    minted += 1;
    const value = `token-${minted}`;
    await new Promise<void>((resolve, reject) => {
      waiting.push(resolve);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    return { value, expiresAtMs: clock.now() + lifetimeMs };
  };
  const cache = new TokenCache(mint, clock);
  return {
    clock,
    cache,
    minted: () => minted,
    letGo() {
      for (const resolve of waiting.splice(0)) resolve();
    },
    async get(rejected?: string): Promise<string> {
      const token = cache.token(account, rejected);
      this.letGo();
      return token;
    },
  };
}

describe('S-124 tokens of a ServiceAccount', () => {
  test('are minted once for fifty who ask at the same time', async () => {
    const { cache, letGo, minted } = minter();
    const asked = Promise.all(Array.from({ length: 50 }, () => cache.token(account)));
    letGo();
    expect(new Set(await asked)).toEqual(new Set(['token-1']));
    expect(minted()).toBe(1);
  });

  const ages = [
    { name: 'with more than five minutes left are kept', ageMs: HOUR_MS - 5 * 60_000 - 1, want: 'token-1' },
    { name: 'with five minutes left are minted anew', ageMs: HOUR_MS - 5 * 60_000, want: 'token-2' },
    { name: 'that have expired are minted anew', ageMs: 2 * HOUR_MS, want: 'token-2' },
  ];
  for (const { name, ageMs, want } of ages) {
    test(name, async () => {
      const mint = minter();
      await mint.get();
      await mint.clock.advance(ageMs);
      expect(await mint.get()).toBe(want);
    });
  }

  test('of a short life are kept for half of it', async () => {
    const mint = minter(4 * 60_000);
    await mint.get();
    await mint.clock.advance(2 * 60_000 - 1);
    expect(await mint.get()).toBe('token-1');
    await mint.clock.advance(1);
    expect(await mint.get()).toBe('token-2');
  });

  test('are minted anew when they were refused, and not when another was', async () => {
    const mint = minter();
    expect(await mint.get()).toBe('token-1');
    expect(await mint.get('token-1')).toBe('token-2');
    expect(await mint.get('token-1')).toBe('token-2');
    expect(mint.minted()).toBe(2);
  });

  test('that are evicted while they are minted are handed out and not kept', async () => {
    const { cache, letGo } = minter();
    const first = cache.token(account);
    cache.evict(account);
    letGo();
    expect(await first).toBe('token-1');
    const second = cache.token(account);
    letGo();
    expect(await second).toBe('token-2');
  });

  test('of different audiences are different tokens', async () => {
    const { cache, letGo, minted } = minter();
    const both = Promise.all([cache.token(account), cache.token({ ...account, audiences: ['edge'] })]);
    letGo();
    expect(new Set(await both).size).toBe(2);
    expect(minted()).toBe(2);
  });

  test('that take too long fail, and the next who asks mints again', async () => {
    const { cache, clock, letGo } = minter();
    const late = cache.token(account);
    late.catch(() => undefined);
    await clock.advance(30_000);
    await expect(late).rejects.toThrow(/no token can be had for ServiceAccount prod\/deployer: no answer within 30 s/);
    const next = cache.token(account);
    letGo();
    expect(await next).toBe('token-2');
  });

  test('that are being minted when the cache is closed, evicted ones too, are given up', async () => {
    const { cache, minted } = minter();
    const asked = [cache.token(account)];
    cache.evict(account);
    asked.push(cache.token({ ...account, audiences: ['edge'] }));
    const failed = Promise.allSettled(asked);
    await cache.close();
    for (const outcome of await failed) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(IdentityError) });
    }
    expect(minted()).toBe(2);
  });

  test('are neither handed out nor asked for after the end', async () => {
    const mint = minter();
    await mint.get();
    await mint.cache.close();
    await mint.cache.close();
    const failed = await mint.get().catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(IdentityError);
    expect((failed as Error).message).toBe(
      'no token can be had for ServiceAccount prod/deployer: the controller is ending, and asks for no more tokens',
    );
    expect(mint.minted()).toBe(1);
  });

  const refusals = [
    { code: 404, message: 'serviceaccounts "deployer" not found', want: /not found; create it, or name another/ },
    { code: 403, message: 'forbidden', want: /the verb create on serviceaccounts\/token in namespace "prod"/ },
    { code: 500, message: 'oops', want: /: oops$/ },
  ];
  for (const { code, message, want } of refusals) {
    test(`say what to do when they cannot be had (${code})`, async () => {
      const error = new ApiError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message });
      const cache = new TokenCache(() => Promise.reject(error), new FakeClock());
      const failed = await cache.token(account).catch((thrown: unknown) => thrown);
      expect(failed).toBeInstanceOf(IdentityError);
      expect((failed as Error).message).toMatch(want);
      expect((failed as Error).cause).toBe(error);
    });
  }
});
