import type { KubeObject } from '@stageset/k8s';
import type { Store, WatchEvent } from '@stageset/ports';
import { beforeEach, expect, test } from 'vitest';
import { Inventories, inventoryName, inventoryObject } from './inventories.ts';

const stageSet = {
  apiVersion: 'stages.metio.wtf/v1',
  kind: 'StageSet',
  metadata: { name: 'app', namespace: 'prod', uid: 'u1' },
  spec: { stages: [] },
} as const;
const entry = (name: string) => ({ id: `prod_${name}__ConfigMap`, v: 'v1' });

function shard(stage: string, index: number, names: readonly string[], resourceVersion: string): KubeObject {
  const object = inventoryObject(stageSet, { stage, position: 1, shard: { index, entries: names.map(entry) } });
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

let tell: (event: WatchEvent) => void;
let woken: string[];
let inventories: Inventories;

beforeEach(() => {
  const objects = new Map<string, KubeObject>();
  let listener: (event: WatchEvent) => void = () => undefined;
  const put = (object: KubeObject): void => void objects.set(object.metadata.name, object);
  const store: Store = {
    synced: true,
    whenSynced: () => Promise.resolve(),
    get: (_namespace, name) => objects.get(name),
    items: () => objects.values(),
    subscribe: (take) => {
      listener = take;
      return () => undefined;
    },
    remember: put,
  };
  tell = (event) => {
    if (event.type === 'synced') {
      objects.clear();
      for (const item of event.items) put(item);
    } else if (event.type === 'applied') put(event.object);
    else if (event.type === 'deleted') objects.delete(event.object.metadata.name);
    listener(event);
  };
  woken = [];
  inventories = new Inventories(store, (key) => woken.push(key));
});

test('what this process has written wakes nobody, what others write wakes the owner', () => {
  const ours = shard('a', 0, ['x'], '5');
  inventories.remember(ours);
  tell({ type: 'applied', object: ours });
  expect(woken).toEqual([]);
  tell({ type: 'applied', object: shard('a', 0, ['x', 'y'], '6') });
  expect(woken).toEqual(['prod/app']);
});

test('a stage is what all of its parts say', () => {
  inventories.remember(shard('a', 0, ['x'], '1'));
  inventories.remember(shard('a', 1, ['y', 'z'], '2'));
  inventories.remember(shard('b', 0, [], '3'));
  expect(inventories.read('prod', 'app')).toEqual([
    { stage: 'a', recorded: true, position: 1, shards: 2, entries: ['x', 'y', 'z'].map(entry) },
    { stage: 'b', recorded: true, position: 1, shards: 1, entries: [] },
  ]);
  expect(inventories.read('prod', 'other')).toEqual([]);
});

test('one that somebody else has deleted is missed, one that we have deleted is not', () => {
  const [first, second] = [shard('a', 0, ['x'], '1'), shard('a', 1, ['y'], '2')];
  for (const object of [first, second]) inventories.remember(object);
  inventories.expectDeletion(second);
  tell({ type: 'deleted', object: second });
  expect([inventories.isRobbed('prod/app'), woken]).toEqual([false, ['prod/app']]);
  tell({ type: 'deleted', object: first });
  expect(inventories.isRobbed('prod/app')).toBe(true);
  inventories.restored('prod/app');
  expect(inventories.isRobbed('prod/app')).toBe(false);
});

test('one that went while nobody was watching is missed too', () => {
  const [first, second] = [shard('a', 0, ['x'], '1'), shard('b', 0, ['y'], '2')];
  tell({ type: 'synced', items: [first, second], resourceVersion: '2' });
  tell({ type: 'synced', items: [first], resourceVersion: '9' });
  expect([inventories.isRobbed('prod/app'), woken]).toEqual([true, ['prod/app']]);
});

test('names are as long as they may be, and never the same for two stages', () => {
  const long = 'x'.repeat(200);
  const name = inventoryName(long, 'y'.repeat(63), 12);
  expect(name).toHaveLength(253);
  expect(name).toMatch(/^x+-y+-12-[0-9a-f]{10}$/);
  expect(inventoryName('a-b', 'c', 0)).not.toBe(inventoryName('a', 'b-c', 0));
});
