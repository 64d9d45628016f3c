import { afterAll, beforeAll, expect, test } from 'vitest';
import { kustomize } from '../fuzz/kustomize.ts';
import { strategicMerge } from '../fuzz/strategic-merge.ts';
import { type Oracle, startOracle } from '../oracles/oracle.ts';

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle();
});
afterAll(() => oracle.close());

test('random trees build as kustomize builds them', { timeout: 180_000 }, async () => {
  const result = await kustomize.run({ seed: 22, count: kustomize.part, oracle });
  expect(result.differences).toEqual([]);
  expect(result.outcomes['built']).toBeGreaterThan(kustomize.part / 2);
});

test('random strategic merges give what kustomize gives', { timeout: 180_000 }, async () => {
  const result = await strategicMerge.run({ seed: 24, count: strategicMerge.part, oracle });
  expect(result.differences).toEqual([]);
  expect(result.outcomes['built']).toBeGreaterThan(strategicMerge.part / 2);
});
