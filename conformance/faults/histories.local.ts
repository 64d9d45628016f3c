import { describe, expect, test } from 'vitest';
import { randomOf } from '../fuzz/fuzzer.ts';
import { histories } from '../fuzz/histories.ts';
import { generateHistory, generateLongHistory } from './history.ts';
import { play } from './play.ts';

/** Histories that did not end where they ought to, once. */
const REGRESSIONS = [
  { seed: 1, number: 54, what: 'a wake-up before the first list made a new process forget every inventory' },
  { seed: 1, number: 17, what: 'a lost inventory was rebuilt from the kinds of the present release alone' },
  { seed: 1, number: 39, what: 'a lost inventory, after a restart' },
  { seed: 1, number: 206, what: 'an inventory that is lost together with its stage' },
] as const;

describe('release histories under faults', () => {
  test.each(REGRESSIONS)('seed $seed, number $number: $what', async ({ seed, number }) => {
    expect(await play(generateHistory(randomOf(seed, number)))).toEqual([]);
  });

  test('seed 7, number 307: what an earlier life of a StageSet left on purpose was taken for lost', async () => {
    expect(await play(generateLongHistory(randomOf(7, 307)))).toEqual([]);
  });

  test('a seeded part ends where it ought to', async () => {
    const { differences } = await histories.run({ seed: 2026, count: 16 });
    expect(differences).toEqual([]);
  });
});
