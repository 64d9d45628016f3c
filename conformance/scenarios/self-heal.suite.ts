import { API_VERSION } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, Scenario, stage } from './fixture.ts';

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.start();
});
afterAll(() => world.stop());

const cm = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

async function shardsOf(namespace: string): Promise<readonly KubeObject[]> {
  const { items } = await world.cluster.list({ apiVersion: API_VERSION, kind: 'StageInventory', namespace });
  return items;
}

async function deleteInventory(namespace: string): Promise<readonly KubeObject[]> {
  const shards = await shardsOf(namespace);
  for (const { apiVersion, kind, metadata } of shards) {
    await world.cluster.delete({ apiVersion, kind, namespace, name: metadata.name });
  }
  return shards;
}

/** Suspended while an inventory is lost, so that what is new comes together with the loss. */
async function suspended(namespace: string, suspend: boolean): Promise<void> {
  await world.stageSet(namespace, 'app', { suspend, interval: '5s' });
  if (suspend) await world.ready(namespace, 'app', 'False', 'Suspended');
}

describe('what was lost heals', () => {
  test('S-020 a lost inventory is rebuilt before anything is pruned', async () => {
    const ns = await world.suite.namespace();
    const a = configMap('a', ns, 'v1');
    const first = await world.publish(ns, 'ea', { 'a.yaml': a, 'b.yaml': configMap('b', ns, 'v1') });
    await world.stageSet(ns, 'app', { interval: '5s' });
    await world.delivered(ns, 'app', first);
    await suspended(ns, true);
    await deleteInventory(ns);
    const second = await world.publish(ns, 'ea', { 'a.yaml': a });
    await suspended(ns, false);

    await world.event(ns, 'InventoryReconstructed');
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeDefined();
    expect(await world.inventory(ns, 'app')).toEqual(
      new Map([['stage-a', [`${ns}_a__ConfigMap`, `${ns}_b__ConfigMap`]]]),
    );
    await world.gone(cm(ns, 'b'));
    await world.delivered(ns, 'app', second);
  });

  test('S-020 objects of kinds that no manifest has any more are found', async () => {
    const ns = await world.suite.namespace();
    const account = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'old', namespace: ns },
    });
    const first = await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1'), 'old.yaml': account });
    await world.stageSet(ns, 'app', { interval: '5s' });
    await world.delivered(ns, 'app', first);
    await suspended(ns, true);
    await deleteInventory(ns);
    await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
    await suspended(ns, false);
    await world.gone({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: ns, name: 'old' });
  });

  test('S-021 a restored inventory prunes at once', async () => {
    const ns = await world.suite.namespace();
    const a = configMap('a', ns, 'v1');
    await world.publish(ns, 'ea', { 'a.yaml': a, 'b.yaml': configMap('b', ns, 'v1') });
    await world.stageSet(ns, 'app', { interval: '10m' });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.stageSet(ns, 'app', { interval: '10m', suspend: true });
    await world.ready(ns, 'app', 'False', 'Suspended');
    for (const shard of await deleteInventory(ns)) {
      const { name, namespace, labels, ownerReferences } = shard.metadata;
      const metadata = { name, namespace, labels, ownerReferences };
      await world.cluster.create({ ...shard, metadata } as KubeObject);
    }
    const revision = await world.publish(ns, 'ea', { 'a.yaml': a });
    await world.stageSet(ns, 'app', { interval: '10m', suspend: false });
    await world.gone(cm(ns, 'b'));
    await world.delivered(ns, 'app', revision);
    expect(await world.events(ns, 'InventoryReconstructed')).toEqual([]);
  });

  test('S-027 what was dropped while a stage was held goes when the hold ends', async () => {
    const ns = await world.suite.namespace();
    const a = configMap('a', ns, 'v1');
    const never = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'never', namespace: ns, annotations: { simulate: 'hold' } },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'example.com/c:1' }] },
    });
    await world.publish(ns, 'ea', { 'a.yaml': a, 'b.yaml': configMap('b', ns, 'v1') });
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.publish(ns, 'ea', { 'a.yaml': a, 'never.yaml': never });
    await world.object({ apiVersion: 'v1', kind: 'Pod', namespace: ns, name: 'never' }, 'applied');
    await world.stageSetIs(ns, 'app', 'stage-a is held', ({ status }) => status?.stages?.[0]?.phase === 'Verifying');
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeDefined();
    const revision = await world.publish(ns, 'ea', { 'a.yaml': a });
    await world.gone(cm(ns, 'b'));
    await world.delivered(ns, 'app', revision);
    expect(await world.inventory(ns, 'app')).toEqual(new Map([['stage-a', [`${ns}_a__ConfigMap`]]]));
  });

  test('S-028 an object that a run only just began to apply is pruned when the next revision drops it', async () => {
    const ns = await world.suite.namespace();
    const a = configMap('a', ns, 'v1');
    await world.publish(ns, 'ea', { 'a.yaml': a });
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.publish(ns, 'ea', { 'a.yaml': a, 'c.yaml': configMap('c', ns, 'v1') });
    await world.object(cm(ns, 'c'), 'applied');
    const revision = await world.publish(ns, 'ea', { 'a.yaml': a });
    await world.gone(cm(ns, 'c'));
    await world.delivered(ns, 'app', revision);
  });

  test('an object that stood in the way is replaced by hand: it goes on at once', async () => {
    const ns = await world.suite.namespace();
    const fixed = (value: string) => configMap('fixed', ns, value, { immutable: true });
    await world.publish(ns, 'ea', { 'fixed.yaml': fixed('v1') });
    await world.publish(ns, 'eb', { 'other.yaml': configMap('other', ns, 'v1') });
    const stages = [stage('stage-a', 'ea'), stage('stage-b', 'eb')];
    await world.stageSet(ns, 'app', { interval: '10m', stages });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const revision = await world.publish(ns, 'ea', { 'fixed.yaml': fixed('v2') });
    await world.ready(ns, 'app', 'False', 'StageFailed');
    await world.cluster.delete(cm(ns, 'fixed'));
    await world.delivered(ns, 'app', revision);
  });
});
