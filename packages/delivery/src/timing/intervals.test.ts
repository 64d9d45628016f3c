import { describe, expect, test } from 'vitest';
import { aStage } from '../testing/facts.ts';
import { intervalMs, positiveMs, retryDelayMs, retryIntervalMs, steadyMs, verifyTimeoutMs } from './intervals.ts';

const DEFAULT_MS = 600_000;
const MINUTE_MS = 60_000;
const spec = (parts: Parameters<typeof intervalMs>[0] | Record<string, string>) => ({ stages: [], ...parts });

describe('the intervals of a StageSet', () => {
  const cases: readonly { name: string; given: Record<string, string>; want: readonly [number, number, number] }[] = [
    { name: 'nothing is said', given: {}, want: [DEFAULT_MS, DEFAULT_MS, DEFAULT_MS] },
    { name: 'an interval counts for all', given: { interval: '1m' }, want: [MINUTE_MS, MINUTE_MS, MINUTE_MS] },
    { name: 'zero is no interval', given: { interval: '0s' }, want: [DEFAULT_MS, DEFAULT_MS, DEFAULT_MS] },
    { name: 'nor is a negative one', given: { interval: '-1m' }, want: [DEFAULT_MS, DEFAULT_MS, DEFAULT_MS] },
    {
      name: 'what waits is looked at more often',
      given: { interval: '1h', retryInterval: '90s' },
      want: [60 * MINUTE_MS, 90_000, 60 * MINUTE_MS],
    },
    {
      name: 'a retry interval of zero is no retry without end, and no hold without a timer',
      given: { interval: '1h', retryInterval: '0s' },
      want: [60 * MINUTE_MS, 60 * MINUTE_MS, 60 * MINUTE_MS],
    },
    {
      name: 'a negative one neither',
      given: { interval: '1h', retryInterval: '-5s' },
      want: [60 * MINUTE_MS, 60 * MINUTE_MS, 60 * MINUTE_MS],
    },
    { name: 'no storm', given: { retryInterval: '1ms' }, want: [DEFAULT_MS, 1_000, DEFAULT_MS] },
    {
      name: 'drift is looked for more often',
      given: { interval: '1h', driftDetectionInterval: '2m' },
      want: [60 * MINUTE_MS, 60 * MINUTE_MS, 2 * MINUTE_MS],
    },
    {
      name: 'never less often than the interval',
      given: { interval: '1m', driftDetectionInterval: '2m' },
      want: [MINUTE_MS, MINUTE_MS, MINUTE_MS],
    },
    {
      name: 'a drift interval of zero asks for nothing',
      given: { interval: '1m', driftDetectionInterval: '0s' },
      want: [MINUTE_MS, MINUTE_MS, MINUTE_MS],
    },
  ];
  test.each(cases)('$name', ({ given, want }) => {
    const told = [intervalMs, retryIntervalMs, steadyMs].map((read) => read(spec(given), DEFAULT_MS));
    expect(told).toEqual(want);
  });

  test('what is no duration is none', () => expect(positiveMs('soon')).toBeUndefined());
});

test('the time of a stage is said as near to it as it can be', () => {
  const stage = aStage('a', { timeout: '2m', readyChecks: { timeout: '1m' } });
  expect(verifyTimeoutMs(spec({ timeout: '3m' }), stage)).toBe(MINUTE_MS);
  expect(verifyTimeoutMs(spec({ timeout: '3m' }), aStage('a', { timeout: '2m', readyChecks: { timeout: '0s' } }))).toBe(
    2 * MINUTE_MS,
  );
  expect(verifyTimeoutMs(spec({ timeout: '3m' }), aStage('a'))).toBe(3 * MINUTE_MS);
  expect(verifyTimeoutMs(spec({ timeout: '0s' }), aStage('a'))).toBe(15 * MINUTE_MS);
});

describe('what has failed is tried again', () => {
  const delays = (retry: Parameters<typeof retryDelayMs>[0], retryMs: number, random = 0.5) =>
    [1, 2, 3, 4, 20, 1000].map((attempts) => retryDelayMs(retry, { attempts, random, retryMs }));

  test('soon, then ever later, at most at the retry interval or after five minutes', () => {
    expect(delays('backoff', DEFAULT_MS)).toEqual([1_000, 2_000, 4_000, 8_000, 300_000, 300_000]);
    expect(delays('backoff', 3_000)).toEqual([1_000, 2_000, 3_000, 3_000, 3_000, 3_000]);
  });

  test('not all at one time', () => {
    expect([0, 0.999].map((random) => delays('backoff', DEFAULT_MS, random)[0])).toEqual([750, 1_249.5]);
  });

  test('at the retry interval, or within a minute for what somebody may be granting', () => {
    expect(new Set(delays('retry', DEFAULT_MS))).toEqual(new Set([DEFAULT_MS]));
    expect(new Set(delays('slowly', DEFAULT_MS))).toEqual(new Set([MINUTE_MS]));
    expect(new Set(delays('slowly', 5_000))).toEqual(new Set([5_000]));
  });
});
