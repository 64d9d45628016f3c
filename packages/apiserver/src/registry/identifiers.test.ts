import { expect, test } from 'vitest';
import { seededIdentifiers } from './identifiers.ts';

test('the same seed gives the same identifiers, another one others', () => {
  const take = (seed: number) => {
    const from = seededIdentifiers(seed);
    return [from.uid(), from.uid(), from.bytes(5).join()];
  };
  expect(take(7)).toEqual(take(7));
  expect(take(7)).not.toEqual(take(8));
  expect(new Set(take(7)).size).toBe(3);
});

test('a uid is a UUID of version 4', () => {
  expect(seededIdentifiers(1).uid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
