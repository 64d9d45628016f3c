import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from './entry.ts';
import { planShards, type Shard } from './shards.ts';

const entry = (name: string): Entry => ({ id: `ns_${name}__ConfigMap`, v: 'v1' });

function carryOut(existing: readonly Shard[], wanted: readonly Entry[], capacity: number): Shard[] {
  const { write, drop } = planShards(existing, wanted, capacity);
  const shards = new Map(existing.map((shard) => [shard.index, shard]));
  for (const shard of write) shards.set(shard.index, shard);
  for (const index of drop) shards.delete(index);
  return [...shards.values()];
}

describe('inventory shards', () => {
  test('an empty stage has one empty shard', () => {
    expect(planShards([], [], 10)).toEqual({ write: [{ index: 0, entries: [] }], drop: [] });
  });

  test('one object added rewrites one shard', () => {
    const shards = carryOut([], ['b', 'd', 'f', 'h'].map(entry), 2);
    expect(planShards(shards, ['a', 'b', 'd', 'f', 'h'].map(entry), 3)).toEqual({
      write: [{ index: 0, entries: [entry('b'), entry('d'), entry('a')] }],
      drop: [],
    });
  });

  test('nothing is written when nothing changes', () => {
    const shards = carryOut([], ['a', 'b', 'c'].map(entry), 2);
    expect(planShards(shards, ['c', 'b', 'a'].map(entry), 2)).toEqual({ write: [], drop: [] });
  });

  test('whatever was there, the shards hold exactly what is wanted, within their capacity', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 12 });
    fc.assert(
      fc.property(
        names,
        names,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (old, wanted, c1, c2) => {
          const shards = carryOut(carryOut([], old.map(entry), c1), wanted.map(entry), c2);
          expect(shards.flatMap((shard) => shard.entries.map((e) => e.id)).sort()).toEqual(
            wanted.map((name) => entry(name).id).sort(),
          );
          for (const shard of shards) expect(shard.entries.length).toBeLessThanOrEqual(c2);
          expect(shards.some((shard) => shard.index === 0)).toBe(true);
        },
      ),
    );
  });
});
