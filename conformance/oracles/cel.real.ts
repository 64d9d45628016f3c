import { afterAll, beforeAll, expect, test } from 'vitest';
import { cel } from '../fuzz/cel.ts';
import { type Oracle, startOracle } from './oracle.ts';

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle();
});
afterAll(() => oracle.close());

test('generated expressions are refused, fail and answer as in cel-go', { timeout: 120_000 }, async () => {
  const { differences } = await cel.run({ seed: 2026, count: cel.part, oracle });
  expect(differences).toEqual([]);
});
