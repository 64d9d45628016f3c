import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap, Watch } from '@kubernetes/client-node';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

/** The Kubernetes JavaScript client as its users use it, with nothing of its own changed. */
let suite: SuiteCluster;
let config: KubeConfig;
let api: CoreV1Api;
let namespace = '';
beforeAll(async () => {
  suite = await suiteCluster();
  config = new KubeConfig();
  config.loadFromFile(suite.kubeconfig);
  api = config.makeApiClient(CoreV1Api);
});
afterAll(() => suite.stop());
beforeEach(async () => {
  namespace = await suite.namespace();
});

const LABELS = { app: 'demo' };
const SELECTOR = 'app=demo';
const create = (name: string, k: string) =>
  api.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: LABELS }, data: { k } } });

const PATIENCE_MS = 30_000;
/** Resolves when what was heard is enough. */
async function until(is: () => boolean, what: string): Promise<void> {
  const deadline = systemClock.now() + PATIENCE_MS;
  while (!is()) {
    if (systemClock.now() > deadline) throw new Error(`not in ${PATIENCE_MS} ms: ${what}`);
    await new Promise<void>((resolve) => systemClock.schedule(20, resolve));
  }
}

const path = () => `/api/v1/namespaces/${namespace}/configmaps`;

describe('objects', () => {
  test('are created, read, replaced and deleted', async () => {
    const made = await create('a', 'one');
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const body: V1ConfigMap = { ...made, data: { k: 'two' } };
    await api.replaceNamespacedConfigMap({ namespace, name: 'a', body });
    expect((await api.readNamespacedConfigMap({ namespace, name: 'a' })).data).toEqual({ k: 'two' });
    await expect(api.replaceNamespacedConfigMap({ namespace, name: 'a', body })).rejects.toMatchObject({ code: 409 });
    await api.deleteNamespacedConfigMap({ namespace, name: 'a' });
    await expect(api.readNamespacedConfigMap({ namespace, name: 'a' })).rejects.toMatchObject({ code: 404 });
  });

  test('come in pages of one moment', async () => {
    for (let i = 0; i < 7; i += 1) await create(`m-${i}`, 'one');
    const names: (string | undefined)[] = [];
    let next: string | undefined;
    do {
      const page = await api.listNamespacedConfigMap({
        namespace,
        labelSelector: SELECTOR,
        limit: 3,
        ...(next === undefined ? {} : { _continue: next }),
      });
      names.push(...page.items.map(({ metadata }) => metadata?.name));
      if (next === undefined) await create('m-9', 'too late for these pages');
      next = page.metadata?._continue;
    } while (next !== undefined && next !== '');
    expect(names).toEqual(['m-0', 'm-1', 'm-2', 'm-3', 'm-4', 'm-5', 'm-6']);
  });
});

describe('an informer', () => {
  test('tells of what is there, what comes, changes and goes', async () => {
    await create('there', 'one');
    const list = () => api.listNamespacedConfigMap({ namespace, labelSelector: SELECTOR });
    const informer = makeInformer<V1ConfigMap>(config, path(), list, SELECTOR);
    const heard: string[] = [];
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, ({ metadata, data }) => heard.push(`${verb} ${metadata?.name} ${data?.['k']}`));
    }
    await informer.start();
    await until(() => heard.length === 1, 'what was there');
    await create('new', 'one');
    await until(() => heard.length === 2, 'what is new');
    const present = await api.readNamespacedConfigMap({ namespace, name: 'new' });
    await api.replaceNamespacedConfigMap({ namespace, name: 'new', body: { ...present, data: { k: 'two' } } });
    await until(() => heard.length === 3, 'what has changed');
    await api.deleteNamespacedConfigMap({ namespace, name: 'there' });
    await until(() => heard.length === 4, 'what has gone');
    await informer.stop();
    expect(heard).toEqual(['add there one', 'add new one', 'update new two', 'delete there one']);
    expect(informer.list().map(({ metadata }) => metadata?.name)).toEqual(['new']);
  });
});

describe('a watch', () => {
  test('begins with a list, and says where the list ends', async () => {
    await create('a', 'one');
    await create('b', 'one');
    const heard: string[] = [];
    const query = {
      labelSelector: SELECTOR,
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: 'NotOlderThan',
    };
    const ended = await new Watch(config).watch(
      path(),
      query,
      (type, object: V1ConfigMap) => {
        const isEnd = object.metadata?.annotations?.['k8s.io/initial-events-end'] === 'true';
        if (type !== 'BOOKMARK' || isEnd) heard.push(isEnd ? 'end of the list' : `${type} ${object.metadata?.name}`);
      },
      () => undefined,
    );
    await until(() => heard.length === 3, 'the list and its end');
    await create('c', 'one');
    await until(() => heard.length === 4, 'what comes after');
    ended.abort();
    expect(heard).toEqual(['ADDED a', 'ADDED b', 'end of the list', 'ADDED c']);
  });
});
