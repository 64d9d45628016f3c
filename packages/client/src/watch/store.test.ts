import type { KubeObject } from '@stageset/k8s';
import type { WatchEvent } from '@stageset/ports';
import { expect, test } from 'vitest';
import { isNewer } from './resource-version.ts';
import { ReflectedStore } from './store.ts';

function object(name: string, version: number | string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns', resourceVersion: `${version}` } };
}
function synced(version: number, ...items: readonly KubeObject[]): ReflectedStore {
  const store = new ReflectedStore();
  store.take({ type: 'synced', items, resourceVersion: `${version}` });
  return store;
}
const versionOf = (store: ReflectedStore, name: string): string | undefined =>
  store.get('ns', name)?.metadata.resourceVersion;

test('swaps a list in at one go', async () => {
  const store = synced(5, object('a', 1), object('b', 2));
  await store.whenSynced();
  const before = store.items();
  store.take({ type: 'synced', items: [object('c', 8)], resourceVersion: '9' });
  expect([...before].map((item) => item.metadata.name)).toEqual(['a', 'b']);
  expect([...store.items()].map((item) => item.metadata.name)).toEqual(['c']);
});

const cases: readonly { name: string; run: (store: ReflectedStore) => void; want: string | undefined }[] = [
  { name: 'a write newer than all that was seen is taken in', run: (s) => s.remember(object('a', 9)), want: '9' },
  { name: 'an older write is not', run: (s) => s.remember(object('a', 4)), want: '1' },
  {
    name: 'a write does not bring back what was deleted since',
    run: (s) => {
      s.take({ type: 'deleted', object: object('a', 9) });
      s.remember(object('a', 8));
    },
    want: undefined,
  },
  {
    name: 'an event from before the write does not undo it',
    run: (s) => {
      s.remember(object('a', 9));
      s.take({ type: 'applied', object: object('a', 8) });
    },
    want: '9',
  },
  {
    name: 'nor does a deletion from before it',
    run: (s) => {
      s.remember(object('a', 9));
      s.take({ type: 'deleted', object: object('a', 8) });
    },
    want: '9',
  },
  {
    name: 'a list from before the write keeps it',
    run: (s) => {
      s.remember(object('a', 9));
      s.take({ type: 'synced', items: [object('a', 1)], resourceVersion: '8' });
    },
    want: '9',
  },
  {
    name: 'a list from after it rules',
    run: (s) => {
      s.remember(object('a', 9));
      s.take({ type: 'synced', items: [], resourceVersion: '10' });
    },
    want: undefined,
  },
  {
    name: 'a write that the watch passes by is not in the selection',
    run: (s) => {
      s.remember(object('a', 9));
      s.take({ type: 'bookmark', resourceVersion: '12' });
    },
    want: undefined,
  },
];
for (const { name, run, want } of cases) {
  test(name, () => {
    const store = synced(5, object('a', 1));
    run(store);
    expect(versionOf(store, 'a')).toBe(want);
  });
}

test('tells of what it took in, after it did, and of nothing else', () => {
  const store = synced(5);
  const told: string[] = [];
  const end = store.subscribe((event: WatchEvent) => told.push(`${event.type} ${versionOf(store, 'a') ?? '-'}`));
  store.take({ type: 'applied', object: object('a', 6) });
  store.remember(object('a', 9));
  store.take({ type: 'applied', object: object('a', 8) });
  store.take({ type: 'applied', object: object('a', 9) });
  store.take({ type: 'degraded', error: new Error('x') });
  end();
  store.take({ type: 'deleted', object: object('a', 10) });
  expect(told).toEqual(['applied 6', 'applied 9', 'degraded 9']);
});

test.each([
  ['10', '9', true],
  ['9', '10', false],
  ['9', '9', false],
  ['100000000000000000001', '100000000000000000000', true],
  ['abc', '9', false],
  [undefined, '9', false],
])('%s is newer than %s: %s', (a, b, want) => expect(isNewer(a, b)).toBe(want));

test('a write that the watch confirms stays the object that it was', () => {
  const store = synced(5);
  const written = object('a', 9);
  store.remember(written);
  const told: WatchEvent[] = [];
  store.subscribe((event) => told.push(event));
  store.take({ type: 'applied', object: object('a', 9) });
  expect(store.get('ns', 'a')).toBe(written);
  expect(told).toEqual([{ type: 'applied', object: written }]);
});
