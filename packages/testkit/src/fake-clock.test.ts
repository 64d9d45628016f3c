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
