import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Oracle, startOracle } from '../oracles/oracle.ts';
import { AREAS } from './cases/index.ts';
import { keptAreas, readKept, renderArea } from './golden.ts';

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle();
});
afterAll(() => oracle.close());

for (const [name, cases] of Object.entries(AREAS)) {
  test(`the kept answers to ${name} are what kustomize says`, async () => {
    expect(await readKept(name)).toBe(await renderArea(oracle, cases));
  });
}

test('no answers are kept to questions that are gone', async () => {
  expect(await keptAreas()).toEqual(Object.keys(AREAS).sort());
});
