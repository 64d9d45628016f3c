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

const LONG_REGRESSIONS = [
  { seed: 7, number: 307, what: 'what an earlier life of a StageSet left on purpose was taken for lost' },
  { seed: 7, number: 427, what: 'a controller that had stopped asked for a token' },
  { seed: 7, number: 177, what: 'a stage that comes back acts again' },
  { seed: 7, number: 611, what: 'a patch that was given up for lost came after its repetition' },
  { seed: 4711, number: 86, what: 'what a deleted StageSet has left behind is another one’s that wants it' },
  { seed: 7, number: 674, what: 'the same, without a stage that comes back' },
] as const;

describe('release histories under faults', () => {
  test.each(REGRESSIONS)('seed $seed, number $number: $what', async ({ seed, number }) => {
    expect(await play(generateHistory(randomOf(seed, number)))).toEqual([]);
  });

  test.each(LONG_REGRESSIONS)('seed $seed, number $number of the longer: $what', async ({ seed, number }) => {
    expect(await play(generateLongHistory(randomOf(seed, number)))).toEqual([]);
  });

  test('a seeded part ends where it ought to', async () => {
    const { differences } = await histories.run({ seed: 2026, count: 16 });
    expect(differences).toEqual([]);
  });
});
