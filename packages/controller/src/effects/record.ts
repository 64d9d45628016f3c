import { API_VERSION, type StageSet } from '@stageset/api';
import { type Entry, planShards } from '@stageset/delivery';
import type { Cluster } from '@stageset/ports';
import { type Inventories, inventoryObject } from '../facts/inventories.ts';

interface RecordContext {
  readonly cluster: Cluster;
  readonly inventories: Inventories;
  readonly stageSet: StageSet;
  readonly capacity: number;
  readonly signal: AbortSignal;
}

/**
 * Makes the inventory of a stage hold exactly `entries`. Shards are written before others are dropped: whoever reads in
 * between, or after a crash, finds every entry at least once.
 */
export async function recordStage(
  {
    stage,
    position,
    entries,
  }: { readonly stage: string; readonly position: number; readonly entries: readonly Entry[] },
  { cluster, inventories, stageSet, capacity, signal }: RecordContext,
): Promise<void> {
  const { namespace = '', name } = stageSet.metadata;
  const shards = inventories.shards(namespace, name, stage);
  const { write, drop } = planShards(shards, entries, capacity);
  const byIndex = new Map(shards.map((shard) => [shard.index, shard]));
  // A stage that has moved is written anew in every shard.
  const moved = shards.filter(({ object, index }) => positionOf(object) !== position && !drop.includes(index));
  const wanted = new Map([...moved, ...write].map((shard) => [shard.index, shard.entries]));
  for (const [index, held] of [...wanted].sort(([a], [b]) => a - b)) {
    const object = inventoryObject(stageSet, { stage, position, shard: { index, entries: held } });
    const before = byIndex.get(index)?.object;
    if (before === undefined) {
      inventories.remember(await cluster.create(object, {}, signal));
      continue;
    }
    const metadata = { resourceVersion: before.metadata.resourceVersion };
    const ref = { apiVersion: API_VERSION, kind: 'StageInventory', namespace, name: before.metadata.name };
    const patch = { metadata, spec: object['spec'] };
    inventories.remember(await cluster.patch(ref, { type: 'merge', patch }, {}, signal));
  }
  for (const index of drop) {
    const object = byIndex.get(index)?.object;
    if (object === undefined) continue;
    inventories.expectDeletion(object);
    await cluster.delete(
      { apiVersion: API_VERSION, kind: 'StageInventory', namespace, name: object.metadata.name },
      {},
      signal,
    );
    inventories.remove(object);
  }
}

function positionOf(object: { readonly [field: string]: unknown }): unknown {
  return (object['spec'] as { readonly stagePosition?: unknown } | undefined)?.stagePosition;
}

/** Removes every StageInventory of a stage that has left the spec and has nothing in the cluster any more. */
export async function forgetStage(
  stage: string,
  { cluster, inventories, stageSet, signal }: Omit<RecordContext, 'capacity'>,
): Promise<void> {
  const { namespace = '', name } = stageSet.metadata;
  for (const { object } of inventories.shards(namespace, name, stage)) {
    const ref = { apiVersion: API_VERSION, kind: 'StageInventory', namespace, name: object.metadata.name };
    inventories.expectDeletion(object);
    await cluster.delete(ref, {}, signal);
    inventories.remove(object);
  }
}
