import type { KubeObject } from '@stageset/k8s';
import type { Cluster, Selection, Store, WatchEvent } from '@stageset/ports';
import { expect, test } from 'vitest';
import { followIn, listIn } from './joined-store.ts';

/** A store that does as it is told. */
class ToldStore implements Store {
  synced = false;
  readonly objects = new Map<string, KubeObject>();
  readonly #listeners = new Set<(event: WatchEvent) => void>();

  whenSynced = () => Promise.resolve();
  get = (_namespace: string | undefined, name: string) => this.objects.get(name);
  items = () => this.objects.values();
  remember = (object: KubeObject) => void this.objects.set(object.metadata.name, object);
  subscribe = (listener: (event: WatchEvent) => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  tell(event: WatchEvent): void {
    if (event.type === 'synced') {
      this.synced = true;
      for (const item of event.items) this.remember(item);
    }
    for (const listener of this.#listeners) listener(event);
  }
}

const object = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
});
const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
const signal = new AbortController().signal;

function told() {
  const stores = new Map<string, ToldStore>();
  const lists: Selection[] = [];
  const cluster = {
    follow: (selection: Selection) => {
      const store = new ToldStore();
      stores.set(selection.namespace ?? '*', store);
      return store;
    },
    list: async (selection: Selection) => {
      lists.push(selection);
      return { items: [object(selection.namespace ?? 'any', 'x')], resourceVersion: '1' };
    },
  } as unknown as Cluster;
  return { stores, lists, parts: { cluster, signal } };
}

test('several namespaces are one store, which is synced when all of them are', () => {
  const { stores, parts } = told();
  const joined = followIn(['a', 'b'], parts, kind);
  const events: WatchEvent[] = [];
  const end = joined.subscribe((event) => events.push(event));
  const [a, b] = [stores.get('a'), stores.get('b')];
  a?.tell({ type: 'synced', items: [object('a', 'x')], resourceVersion: '1' });
  expect([joined.synced, events]).toEqual([false, []]);
  b?.tell({ type: 'synced', items: [object('b', 'x')], resourceVersion: '2' });
  const all = [object('a', 'x'), object('b', 'x')];
  expect([joined.synced, events]).toEqual([true, [{ type: 'synced', items: all, resourceVersion: '2' }]]);
  // A list that is read anew speaks for its own namespace; what is told is all there is.
  a?.tell({ type: 'synced', items: [object('a', 'y')], resourceVersion: '3' });
  expect(events.at(-1)).toMatchObject({ items: [object('a', 'x'), object('a', 'y'), object('b', 'x')] });
  b?.tell({ type: 'applied', object: object('b', 'z') });
  expect(events.at(-1)).toEqual({ type: 'applied', object: object('b', 'z') });
  end();
  b?.tell({ type: 'deleted', object: object('b', 'z') });
  expect(events).toHaveLength(3);
});

test('objects are found and remembered where they belong', async () => {
  const { stores, parts } = told();
  const joined = followIn(['a', 'b'], parts, kind);
  joined.remember(object('b', 'x'));
  joined.remember(object('elsewhere', 'x'));
  expect(joined.get('b', 'x')).toEqual(object('b', 'x'));
  expect([joined.get('a', 'x'), joined.get('elsewhere', 'x'), joined.get(undefined, 'x')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect([...(stores.get('a')?.objects.keys() ?? [])]).toEqual([]);
  await expect(joined.whenSynced()).resolves.toBeUndefined();
});

test('without namespaces there is one store, and one list', async () => {
  const { stores, lists, parts } = told();
  followIn(undefined, parts, kind);
  expect([...stores.keys()]).toEqual(['*']);
  expect(await listIn(undefined, parts, kind)).toEqual([object('any', 'x')]);
  expect(await listIn(['a', 'b'], parts, kind)).toEqual([object('a', 'x'), object('b', 'x')]);
  expect(lists).toEqual([kind, { ...kind, namespace: 'a' }, { ...kind, namespace: 'b' }]);
});
