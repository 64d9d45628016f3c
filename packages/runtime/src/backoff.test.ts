import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';

const options = { baseMs: 100, maxMs: 1_000, jitter: 0.5 };

test('doubles up to the cap, and starts again after a success', () => {
  const backoff = new Backoff(() => 0, options);
  expect([1, 2, 3, 4, 5, 6].map(() => backoff.failed('a'))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  expect(backoff.failures('a')).toBe(6);
  expect(backoff.failed('b')).toBe(100);
  backoff.succeeded('a');
  expect(backoff.failed('a')).toBe(100);
});

test('leaves a part of the delay to chance, and stays within its bounds for ever', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.integer({ min: 1, max: 2_000 }),
      (chance, failures) => {
        const backoff = new Backoff(() => chance, options);
        let delayMs = 0;
        for (let i = 0; i < failures; i++) delayMs = backoff.failed('a');
        const wholeMs = Math.min(1_000, 100 * 2 ** (failures - 1));
        expect(delayMs).toBeLessThanOrEqual(wholeMs);
        expect(delayMs).toBeGreaterThanOrEqual(wholeMs / 2);
      },
    ),
  );
});
