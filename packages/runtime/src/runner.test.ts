import type { Outcome } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Pass, type RunnerOptions, startRunner } from './runner.ts';

/** A runner over a fake clock whose passes end as told, with a record of what it did. */
function setUp(reconcile: RunnerOptions['reconcile'], options: Partial<RunnerOptions> = {}) {
  const clock = new FakeClock(0);
  const passes: Pass[] = [];
  const runner = startRunner({
    reconcile,
    concurrency: 2,
    clock,
    random: () => 0,
    backoff: { baseMs: 100, maxMs: 1_000, jitter: 0 },
    onPass: (pass) => passes.push(pass),
    ...options,
  });
  return { clock, passes, runner };
}

function sleep(clock: FakeClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(ms, resolve));
}

describe('a runner', () => {
  test('runs nothing synchronously, and orders what is enqueued together by urgency', async () => {
    const order: string[] = [];
    const { clock, runner } = setUp(async (key) => {
      order.push(key);
      return { kind: 'wait' };
    });
    runner.enqueue('background', { priority: 'background' });
    runner.enqueue('user');
    runner.enqueue('user');
    runner.enqueue('later', { afterMs: 50 });
    expect(order).toEqual([]);
    await clock.advance(0);
    expect(order).toEqual(['user', 'background']);
    await clock.advance(50);
    expect(order).toEqual(['user', 'background', 'later']);
    expect(clock.pending).toBe(0);
  });

  test('runs at most so many keys at once, and one key never twice', async () => {
    const running: string[] = [];
    const { clock, runner, passes } = setUp(async (key) => {
      running.push(key);
      await sleep(clock, 10);
      running.splice(running.indexOf(key), 1);
      return { kind: 'wait' };
    });
    for (const key of ['a', 'b', 'c']) runner.enqueue(key);
    await clock.advance(5);
    expect(running).toEqual(['a', 'b']);
    runner.enqueue('a');
    expect(runner.counts()).toEqual({ ready: 1, waiting: 0, running: 2 });
    await clock.advance(100);
    expect(passes.map(({ key, startedMs, waitedMs }) => [key, startedMs, waitedMs])).toEqual([
      ['a', 0, 0],
      ['b', 0, 0],
      ['c', 10, 10],
      ['a', 10, 5],
    ]);
  });

  test('looks again when the outcome says, or before when there is an event', async () => {
    const starts: number[] = [];
    const { clock, runner } = setUp(async () => {
      starts.push(clock.now());
      return { kind: 'wait', atMs: clock.now() + 1_000 };
    });
    runner.enqueue('a');
    await clock.advance(1_500);
    runner.enqueue('a');
    await clock.advance(1_000);
    expect(starts).toEqual([0, 1_000, 1_500, 2_500]);
  });

  test('backs off from failures and from bugs, tells of both, and forgets them after a success', async () => {
    const thrown = new TypeError('undefined is not a function');
    const outcomes: (Outcome | Error)[] = [
      { kind: 'retry', error: new Error('no route') },
      thrown,
      { kind: 'again' },
      { kind: 'retry', error: new Error('no route'), notBeforeMs: 5_000 },
      { kind: 'wait' },
      { kind: 'retry', error: new Error('no route') },
      { kind: 'gone' },
    ];
    const { clock, runner, passes } = setUp(async () => {
      const next = outcomes.shift() ?? { kind: 'wait' };
      if (next instanceof Error) throw next;
      return next;
    });
    runner.enqueue('a');
    await clock.advance(10_000);
    runner.enqueue('a');
    await clock.advance(10_000);
    expect(passes.map(({ startedMs, result, failures }) => [startedMs, result.kind, failures])).toEqual([
      [0, 'retry', 1],
      [100, 'bug', 2],
      [300, 'again', 2],
      [300, 'retry', 3],
      [5_300, 'wait', 0],
      [10_000, 'retry', 1],
      [10_100, 'gone', 0],
    ]);
    expect(passes[1]?.result).toEqual({ kind: 'bug', error: thrown });
    expect(clock.pending).toBe(0);
  });

  test('does not let an endless key starve another', async () => {
    const seen: string[] = [];
    const { clock, runner } = setUp(
      async (key) => {
        seen.push(key);
        await sleep(clock, 1);
        return { kind: key === 'endless' ? 'again' : 'wait' };
      },
      { concurrency: 1 },
    );
    runner.enqueue('endless');
    runner.enqueue('other');
    await clock.advance(3);
    expect(seen.slice(0, 3)).toEqual(['endless', 'other', 'endless']);
    const stopped = runner.stop();
    await clock.advance(1);
    expect(await stopped).toEqual({ abandoned: [] });
  });

  test('goes on when the listener fails', async () => {
    let passes = 0;
    const { clock, runner } = setUp(
      async () => {
        passes++;
        return { kind: 'wait', atMs: clock.now() + 10 };
      },
      {
        onPass: () => {
          throw new Error('the log is full');
        },
      },
    );
    runner.enqueue('a');
    await clock.advance(20);
    expect(passes).toBe(3);
  });

  test('tells a pass that takes too long to stop, and counts it as a bug', async () => {
    const { clock, runner, passes } = setUp(
      (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { passTimeoutMs: 1_000 },
    );
    runner.enqueue('a');
    await clock.advance(1_000);
    expect(passes).toMatchObject([
      { key: 'a', tookMs: 1_000, result: { kind: 'bug', error: { name: 'TimeoutError' } } },
    ]);
  });

  test('refuses to run nothing at a time', () => {
    expect(() => setUp(async () => ({ kind: 'wait' }), { concurrency: 0 })).toThrow(RangeError);
  });
});

describe('a runner that stops', () => {
  test('starts nothing more, aborts what runs, and resolves when it has ended', async () => {
    const { clock, runner, passes } = setUp(async (_, signal) => {
      await sleep(clock, 10);
      signal.throwIfAborted();
      return { kind: 'wait' };
    });
    runner.enqueue('a');
    runner.enqueue('later', { afterMs: 20 });
    await clock.advance(5);
    const stopped = runner.stop();
    expect(runner.stop()).toBe(stopped);
    runner.enqueue('b');
    await clock.advance(5);
    expect(await stopped).toEqual({ abandoned: [] });
    expect(passes.map(({ key, result }) => [key, result])).toEqual([['a', { kind: 'wait' }]]);
    await clock.advance(1_000);
    expect(passes).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test('does not wait for ever, and names what it left behind', async () => {
    const { clock, runner } = setUp(() => new Promise(() => {}), { stopTimeoutMs: 500 });
    runner.enqueue('stuck');
    await clock.advance(0);
    const stopped = runner.stop();
    await clock.advance(500);
    expect(await stopped).toEqual({ abandoned: ['stuck'] });
  });

  test('stops with its signal', async () => {
    const clock = new FakeClock(0);
    const abort = new AbortController();
    let passes = 0;
    const reconcile = async (): Promise<Outcome> => {
      passes++;
      return { kind: 'wait' };
    };
    const runner = startRunner({ reconcile, concurrency: 1, clock, random: () => 0 }, abort.signal);
    runner.enqueue('a');
    abort.abort();
    await clock.advance(1_000);
    expect(passes).toBe(0);
    expect(await runner.stop()).toEqual({ abandoned: [] });
  });
});

test('looks at every key after it was enqueued, one pass a key, within its concurrency; and comes to rest', async () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const enqueue = fc.record({
    atMs: fc.nat(500),
    key,
    afterMs: fc.oneof(fc.constant(0), fc.nat(200)),
    priority: fc.constantFrom('user' as const, 'background' as const),
  });
  const behaviour = fc.record({
    tookMs: fc.nat(60),
    ends: fc.constantFrom('wait', 'wait soon', 'again', 'retry', 'throw', 'gone'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(enqueue, { minLength: 1, maxLength: 30 }),
      fc.array(behaviour, { maxLength: 40 }),
      fc.integer({ min: 1, max: 3 }),
      async (enqueues, behaviours, concurrency) => {
        const running = new Set<string>();
        const starts: { key: string; atMs: number }[] = [];
        const { clock, runner } = setUp(
          async (started) => {
            expect(running.has(started)).toBe(false);
            running.add(started);
            expect(running.size).toBeLessThanOrEqual(concurrency);
            starts.push({ key: started, atMs: clock.now() });
            const { tookMs, ends } = behaviours.shift() ?? { tookMs: 1, ends: 'wait' };
            await sleep(clock, tookMs);
            running.delete(started);
            if (ends === 'throw') throw new Error('a bug');
            if (ends === 'retry') return { kind: 'retry', error: new Error('failed') };
            if (ends === 'again' || ends === 'gone') return { kind: ends };
            return ends === 'wait' ? { kind: 'wait' } : { kind: 'wait', atMs: clock.now() + 30 };
          },
          { concurrency },
        );
        for (const { atMs, afterMs, ...rest } of enqueues) {
          clock.schedule(atMs, () => runner.enqueue(rest.key, { afterMs, priority: rest.priority }));
        }
        await clock.advance(60_000);
        for (const enqueued of enqueues) {
          expect(starts.some((start) => start.key === enqueued.key && start.atMs >= enqueued.atMs)).toBe(true);
        }
        expect(runner.counts()).toEqual({ ready: 0, waiting: 0, running: 0 });
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});
