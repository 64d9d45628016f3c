import { expect, test } from 'vitest';
import { writes } from '../fuzz/writes/writes.ts';

test('sequences of writes are answered by both clusters alike', { timeout: 180_000 }, async () => {
  const { differences } = await writes.run({ seed: 7, count: writes.part });
  expect(differences).toEqual([]);
});
