import type { KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlOk } from '../support/kubectl.ts';
import { FIELD_MANAGER, managersOf, Scenario } from './fixture.ts';

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.start();
});
afterAll(() => world.stop());

/** What another tool has delivered: `key` is in our manifest too, `dropped` is not. */
const delivered = (namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'app', namespace, labels: { theirs: 'yes' } },
  data: { key: 'old', dropped: 'old' },
});

/** The same as a StageSet delivers it. */
const manifest = (namespace: string, key: string, annotations: Readonly<Record<string, string>> = {}) => ({
  'app.json': JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'app', namespace, annotations },
    data: { key },
  }),
});

const kubectl = (namespace: string, args: string, stdin?: string) =>
  kubectlOk(world.suite.kubeconfig, ['-n', namespace, ...args.split(' ')], stdin);

const json = (object: KubeObject) => JSON.stringify(object);

/** How the object gets into the cluster before a StageSet takes it over. */
const FORMER: readonly { readonly name: string; deliver(namespace: string): Promise<unknown> }[] = [
  { name: 'kubectl apply', deliver: (ns) => kubectl(ns, 'apply -f -', json(delivered(ns))) },
  {
    name: 'kubectl apply --server-side',
    deliver: (ns) => kubectl(ns, 'apply --server-side -f -', json(delivered(ns))),
  },
  { name: 'kubectl create', deliver: (ns) => kubectl(ns, 'create -f -', json(delivered(ns))) },
  {
    name: 'kubectl create, then kubectl apply',
    async deliver(ns) {
      await kubectl(ns, 'create -f -', json(delivered(ns)));
      await kubectl(ns, 'apply -f -', json(delivered(ns)));
    },
  },
  { name: 'Helm', deliver: (ns) => world.cluster.create(delivered(ns), { fieldManager: 'helm' }) },
  {
    name: 'a client from before field managers',
    async deliver(ns) {
      const { metadata } = await world.cluster.create(delivered(ns), { fieldManager: 'old' });
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: metadata.name };
      await world.cluster.patch(ref, { type: 'merge', patch: { metadata: { managedFields: [{}] } } });
    },
  },
];

const isDelivered = async (namespace: string): Promise<KubeObject> =>
  world.object({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'app' }, 'is all ours', (object) => {
    const managers = managersOf(object);
    return managers.length === 1 && managers[0] === FIELD_MANAGER;
  });

describe('an object that another tool has delivered', () => {
  test.each(FORMER)('$name: what the manifest does not have goes, at once', async ({ deliver }) => {
    const ns = await world.suite.namespace();
    await deliver(ns);
    const revision = await world.publish(ns, 'ea', manifest(ns, 'new'));
    await world.stageSet(ns, 'app');
    await world.delivered(ns, 'app', revision);
    const object = await isDelivered(ns);
    expect(object['data']).toEqual({ key: 'new' });
    expect(object.metadata.labels).not.toHaveProperty('theirs');
    expect(object.metadata.annotations ?? {}).toEqual({});
  });

  test('the same values as ours are handed over too', async () => {
    const ns = await world.suite.namespace();
    await kubectl(ns, 'apply -f -', json(delivered(ns)));
    const revision = await world.publish(ns, 'ea', manifest(ns, 'old'));
    await world.stageSet(ns, 'app');
    await world.delivered(ns, 'app', revision);
    expect((await isDelivered(ns))['data']).toEqual({ key: 'old' });
  });

  test('Flux: it is left alone until the manifest asks for it, then all of it is ours', async () => {
    const ns = await world.suite.namespace();
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'apps',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    };
    const theirs = { ...delivered(ns), metadata: { ...delivered(ns).metadata, labels } };
    await world.cluster.apply(theirs, { fieldManager: 'kustomize-controller', force: false });
    await world.publish(ns, 'ea', manifest(ns, 'new'));
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'False', 'StageFailed');
    expect((await world.get(ns, 'ConfigMap', 'app'))?.['data']).toEqual({ key: 'old', dropped: 'old' });
    const revision = await world.publish(ns, 'ea', manifest(ns, 'new', { 'stages.metio.wtf/adopt': 'enabled' }));
    await world.delivered(ns, 'app', revision);
    const object = await isDelivered(ns);
    expect(object['data']).toEqual({ key: 'new' });
    expect(Object.keys(object.metadata.labels ?? {})).not.toContain('kustomize.toolkit.fluxcd.io/name');
  });

  test('what a person adds by hand stays theirs', async () => {
    const ns = await world.suite.namespace();
    const revision = await world.publish(ns, 'ea', manifest(ns, 'new'));
    await world.stageSet(ns, 'app');
    await world.delivered(ns, 'app', revision);
    await kubectl(ns, 'annotate cm app note=mine');
    await kubectl(ns, 'label cm app stages.metio.wtf/name=stolen --overwrite');
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'app' };
    const object = await world.object(
      ref,
      'is put back',
      ({ metadata }) => metadata.labels?.['stages.metio.wtf/name'] === 'app',
    );
    expect(object.metadata.annotations).toMatchObject({ note: 'mine' });
  });
});
