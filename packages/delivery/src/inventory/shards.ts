import { deepEqual } from '@stageset/k8s';
import { type Entry, entryKey } from './entry.ts';

/** What one StageInventory of a stage holds. `index` is its number, from 0. */
export interface Shard {
  readonly index: number;
  readonly entries: readonly Entry[];
}

export interface ShardPlan {
  /** Shards to create or to rewrite, fullest knowledge first: a reader between two writes sees too much, never too little. */
  readonly write: readonly Shard[];
  /** Indices of shards that are not needed any more. */
  readonly drop: readonly number[];
}

/**
 * Spreads a stage's entries over shards of at most `capacity`. An entry stays in the shard it is in, so that one object
 * added or removed rewrites one shard; new ones fill the first free place. A stage always keeps shard 0.
 */
export function planShards(existing: readonly Shard[], wanted: readonly Entry[], capacity: number): ShardPlan {
  const missing = new Map(wanted.map((entry) => [entryKey(entry), entry]));
  const kept = new Map<number, Entry[]>([[0, []]]);
  for (const shard of [...existing].sort((a, b) => a.index - b.index)) {
    const entries = kept.get(shard.index) ?? [];
    for (const key of shard.entries.map(entryKey)) {
      const entry = missing.get(key);
      if (entry === undefined || entries.length >= capacity) continue;
      missing.delete(key);
      entries.push(entry);
    }
    if (entries.length > 0 || shard.index === 0) kept.set(shard.index, entries);
  }
  const fresh = [...missing.values()].sort((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1));
  for (let index = 0; fresh.length > 0; index++) {
    const entries = kept.get(index) ?? [];
    entries.push(...fresh.splice(0, Math.max(0, capacity - entries.length)));
    kept.set(index, entries);
  }
  const before = new Map(existing.map((shard) => [shard.index, shard.entries]));
  const write = [...kept]
    .map(([index, entries]) => ({ index, entries }))
    .filter((shard) => !deepEqual(shard.entries, before.get(shard.index)))
    .sort((a, b) => a.index - b.index);
  const drop = [...before.keys()].filter((index) => !kept.has(index)).sort((a, b) => a - b);
  return { write, drop };
}
