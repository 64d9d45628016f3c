import { expect, test } from 'vitest';
import { crds } from '../fuzz/crds/crds.ts';

test('random definitions and their objects are answered by both clusters alike', { timeout: 600_000 }, async () => {
  const { differences } = await crds.run({ seed: 8, count: crds.part });
  expect(differences).toEqual([]);
});
