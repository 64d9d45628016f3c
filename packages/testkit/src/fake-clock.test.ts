import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';

test('fires timers in the order they fall due, ties in the order they were scheduled', async () => {
  const clock = new FakeClock(0);
  const fired: string[] = [];
  for (const [delayMs, name] of [
    [20, 'late'],
    [10, 'first'],
    [10, 'second'],
    [30, 'never'],
  ] as const) {
    clock.schedule(delayMs, () => fired.push(`${name}@${clock.now()}`));
  }
  await clock.advance(20);
  expect(fired).toEqual(['first@10', 'second@10', 'late@20']);
  expect(clock.pending).toBe(1);
  expect(clock.nextDueMs).toBe(30);
});

test('fires timers that are scheduled while time passes, after promises have run', async () => {
  const clock = new FakeClock(0);
  const fired: number[] = [];
  const sleep = (ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve));
  const work = (async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(10);
      fired.push(clock.now());
    }
  })();
  await clock.advance(30);
  await work;
  expect(fired).toEqual([10, 20, 30]);
});

test('never calls back synchronously, nor after being cancelled', async () => {
  const clock = new FakeClock(0);
  let calls = 0;
  clock.schedule(-5, () => calls++);
  const cancel = clock.schedule(0, () => calls++);
  expect(calls).toBe(0);
  cancel();
  await clock.advance(0);
  expect(calls).toBe(1);
  expect(clock.now()).toBe(0);
});

test('refuses to go back', async () => {
  await expect(new FakeClock(0).advance(-1)).rejects.toThrow(RangeError);
  expect(() => new FakeClock('no instant')).toThrow('not an instant');
});

test('a timer that schedules itself at once fails instead of hanging', async () => {
  const clock = new FakeClock(0);
  const again = () => void clock.schedule(0, again);
  again();
  await expect(clock.advance(1)).rejects.toThrow('schedules itself without end');
});

test('fires what is not cancelled in the order of its due time, timers made by timers among it', async () => {
  const timers = fc.array(fc.record({ delayMs: fc.nat(1000), cancelled: fc.boolean(), thenMs: fc.nat(1000) }), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(timers, fc.array(fc.nat(1500), { maxLength: 5 }), async (given, steps) => {
      const clock = new FakeClock(0);
      const fired: { readonly dueMs: number; readonly order: number }[] = [];
      let order = 0;
      const plan = (delayMs: number, then?: number): (() => void) => {
        const timer = { dueMs: clock.now() + delayMs, order: order++ };
        return clock.schedule(delayMs, () => {
          expect(clock.now()).toBe(timer.dueMs);
          fired.push(timer);
          if (then !== undefined) plan(then);
        });
      };
      for (const { delayMs, cancelled, thenMs } of given) {
        const cancel = plan(delayMs, thenMs);
        if (cancelled) cancel();
      }
      for (const step of steps) await clock.advance(step);
      await clock.advance(2000);
      const kept = given.filter(({ cancelled }) => !cancelled).length;
      expect(fired).toHaveLength(2 * kept);
      expect(fired).toEqual(fired.toSorted((a, b) => a.dueMs - b.dueMs || a.order - b.order));
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('a long jump over many timers costs no more than each of them', async () => {
  const clock = new FakeClock(0);
  let fired = 0;
  for (let index = 0; index < 50_000; index++) clock.schedule(index % 977, () => fired++);
  await clock.advance(1000);
  expect(fired).toBe(50_000);
});
