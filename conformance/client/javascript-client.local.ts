import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { startCluster } from '@stageset/apiserver';
import { systemClock } from '@stageset/runtime';
import { expect, test } from 'vitest';

/** Only the local cluster can be told to forget: a real one does it in its own time. */
test('an informer that lags behind what is remembered lists anew', async () => {
  const cluster = await startCluster({ clock: systemClock, workloads: false });
  const config = new KubeConfig();
  config.loadFromString(cluster.kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const namespace = 'default';
  const body = (name: string): V1ConfigMap => ({ metadata: { name } });
  await api.createNamespacedConfigMap({ namespace, body: body('old') });
  const before = await api.listNamespacedConfigMap({ namespace });
  await api.deleteNamespacedConfigMap({ namespace, name: 'old' });
  await api.createNamespacedConfigMap({ namespace, body: body('new') });
  cluster.compact();
  let lists = 0;
  const informer = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, async () => {
    lists += 1;
    // The first list is one of long ago: watching on from there is answered 410.
    return lists === 1 ? before : api.listNamespacedConfigMap({ namespace });
  });
  const heard: string[] = [];
  for (const verb of ['add', 'delete'] as const)
    informer.on(verb, ({ metadata }) => heard.push(`${verb} ${metadata?.name}`));
  const added = new Promise<void>((resolve) =>
    informer.on('add', ({ metadata }) => {
      if (metadata?.name === 'new') resolve();
    }),
  );
  await informer.start();
  await added;
  await informer.stop();
  await cluster.stop();
  expect(lists).toBe(2);
  expect(heard.toSorted()).toEqual(['add new', 'add old', 'delete old']);
});
