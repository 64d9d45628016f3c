import { createCluster } from '@stageset/client';
import { ApiError, isAlreadyExists, isConflict, type KubeObject, UnknownKindError } from '@stageset/k8s';
import type { Store, WatchEvent } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

/** The cluster port over a Kubernetes API: what reconcilers rely on, whichever cluster it is. */

let suite: SuiteCluster;
let namespace = '';
beforeAll(async () => {
  suite = await suiteCluster();
});
afterAll(() => suite.stop());
beforeEach(async () => {
  namespace = await suite.namespace();
});

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { ...CONFIG_MAP, metadata: { name, namespace }, data };
}
const ref = (name: string) => ({ ...CONFIG_MAP, namespace, name });
const apply = { fieldManager: 'suite', force: false } as const;

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('objects', () => {
  test('are created, read, patched, replaced and deleted', async () => {
    const { cluster } = suite;
    expect(await cluster.get(ref('a'))).toBeUndefined();
    const created = await cluster.create(configMap('a', { key: '1' }));
    expect(isAlreadyExists(await caught(cluster.create(configMap('a'))))).toBe(true);
    await cluster.patch(ref('a'), { type: 'merge', patch: { data: { key: '2' } } });
    await cluster.patch(ref('a'), { type: 'json', patch: [{ op: 'add', path: '/data/other', value: 'x' }] });
    await cluster.patch(ref('a'), { type: 'strategic', patch: { data: { third: 'y' } } });
    expect(await cluster.get(ref('a'))).toMatchObject({ data: { key: '2', other: 'x', third: 'y' } });
    expect(isConflict(await caught(cluster.update({ ...created, data: {} })))).toBe(true);
    expect(await cluster.delete(ref('a'))).toBe('gone');
    expect(await cluster.delete(ref('a'))).toBe('absent');
  });

  test('are applied by field manager, with conflicts that name the field', async () => {
    const { cluster } = suite;
    const first = await cluster.apply(configMap('a', { key: '1' }), apply);
    const again = await cluster.apply(configMap('a', { key: '1' }), apply);
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const dry = await cluster.apply(configMap('a', { key: '2' }), { ...apply, dryRun: true });
    expect(dry).toMatchObject({ data: { key: '2' } });
    const conflict = await caught(cluster.apply(configMap('a', { key: '2' }), { ...apply, fieldManager: 'other' }));
    expect(conflict).toBeInstanceOf(ApiError);
    expect(conflict).toMatchObject({ code: 409, causes: [{ reason: 'FieldManagerConflict', field: '.data.key' }] });
    const forced = await cluster.apply(configMap('a', { key: '2' }), { fieldManager: 'other', force: true });
    expect(forced).toMatchObject({ data: { key: '2' } });
  });

  test('that finalizers hold are terminating, then gone', async () => {
    const { cluster } = suite;
    const held = configMap('a');
    held.metadata.finalizers = ['example.com/hold'];
    await cluster.create(held);
    expect(await cluster.delete(ref('a'))).toBe('terminating');
    await cluster.patch(ref('a'), { type: 'merge', patch: { metadata: { finalizers: null } } });
    expect(await cluster.get(ref('a'))).toBeUndefined();
  });

  test('are deleted only as the one that is meant', async () => {
    const { cluster } = suite;
    await cluster.create(configMap('a'));
    const uid = '00000000-0000-0000-0000-000000000000';
    expect(await caught(cluster.delete(ref('a'), { preconditions: { uid } }))).toMatchObject({ code: 409 });
    expect(await cluster.get(ref('a'))).toBeDefined();
  });

  test('of an unknown kind are an error that names it', async () => {
    const error = await caught(suite.cluster.get({ apiVersion: 'example.com/v1', kind: 'Nothing', name: 'a' }));
    expect(error).toBeInstanceOf(UnknownKindError);
    expect(String(error)).toContain('Nothing in example.com/v1');
  });
});

describe('lists', () => {
  test('give all pages as of one version, with the type on every item', async () => {
    const paged = createCluster(suite.transport, { clock: systemClock, random: Math.random, watch: { pageSize: 3 } });
    await Promise.all(Array.from({ length: 10 }, (_, i) => paged.create(configMap(`m-${i}`))));
    const list = await paged.list({ ...CONFIG_MAP, namespace });
    const names = list.items.map((item) => `${item.apiVersion} ${item.kind} ${item.metadata.name}`);
    expect(names.filter((name) => name.includes('m-'))).toHaveLength(10);
    expect(names.every((name) => name.startsWith('v1 ConfigMap '))).toBe(true);
    expect(list.resourceVersion).toMatch(/^\d+$/);
  });

  test('choose by label', async () => {
    const { cluster } = suite;
    const labelled = configMap('a');
    labelled.metadata.labels = { tier: 'web' };
    await Promise.all([cluster.create(labelled), cluster.create(configMap('b'))]);
    const list = await cluster.list({ ...CONFIG_MAP, namespace, labelSelector: 'tier in (web,db)' });
    expect(list.items.map((item) => item.metadata.name)).toEqual(['a']);
  });
});

describe('watches', () => {
  test('tell of what was there, what changes, and what leaves the selection', async () => {
    const { cluster } = suite;
    const labelled = configMap('a');
    labelled.metadata.labels = { tier: 'web' };
    await cluster.create(labelled);
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const event of cluster.watch({ ...CONFIG_MAP, namespace, labelSelector: 'tier=web' }, stop.signal)) {
      seen.push(describeEvent(event));
      if (seen.length === 1) await cluster.patch(ref('a'), { type: 'merge', patch: { data: { key: '1' } } });
      if (seen.length === 2)
        await cluster.patch(ref('a'), { type: 'merge', patch: { metadata: { labels: { tier: 'db' } } } });
      if (seen.length === 3) stop.abort();
    }
    expect(seen).toEqual(['synced a', 'applied a', 'deleted a']);
  });

  test('wait for a kind that is installed later', async () => {
    const { cluster } = suite;
    const group = `${namespace}.example.com`;
    const selection = { apiVersion: `${group}/v1`, kind: 'Widget', namespace };
    const stop = new AbortController();
    const store: Store = cluster.follow(selection, stop.signal);
    const degraded = Promise.withResolvers<string>();
    store.subscribe((event) => event.type === 'degraded' && degraded.resolve(event.error.message));
    expect(await degraded.promise).toContain('no kind Widget');
    await cluster.create(widgetDefinition(group));
    await store.whenSynced();
    const widget = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w', namespace } };
    await cluster.apply(widget, apply);
    await eventually(cluster, selection, 'the widget', (objects) => objects.length === 1);
    stop.abort();
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: `widgets.${group}`,
    };
    await cluster.delete(definition);
  });

  test('keep a store that knows a write as soon as it is remembered, and never goes back', async () => {
    const { cluster } = suite;
    const stop = new AbortController();
    const store = cluster.follow({ ...CONFIG_MAP, namespace }, stop.signal);
    await store.whenSynced();
    const told = Promise.withResolvers<void>();
    const versions: number[] = [];
    store.subscribe((event) => {
      if (event.type !== 'applied' || event.object.metadata.name !== 'a') return;
      versions.push(Number(event.object.metadata.resourceVersion));
      if ((event.object['data'] as Record<string, string>)['key'] === '20') told.resolve();
    });
    for (let i = 1; i <= 20; i += 1) {
      const written = await cluster.apply(configMap('a', { key: `${i}` }), apply);
      store.remember(written);
      expect(store.get(namespace, 'a')).toMatchObject({ data: { key: `${i}` } });
    }
    await told.promise;
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(Object.isFrozen(store.get(namespace, 'a')?.['data'])).toBe(true);
    stop.abort();
  });
});

function describeEvent(event: WatchEvent): string {
  if (event.type === 'synced') return `synced ${event.items.map((item) => item.metadata.name).join(' ')}`;
  return event.type === 'degraded' ? `degraded ${event.error.message}` : `${event.type} ${event.object.metadata.name}`;
}

function widgetDefinition(group: string): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
