import { type KubeObject, UnreachableError } from '@stageset/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configMap, Scene, stageOf } from './testing/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

const key = (object: KubeObject | undefined): unknown => (object?.['data'] as { key?: string } | undefined)?.key;

describe('a rollout', () => {
  test('takes one request an object, and none at rest', async () => {
    const objects = Array.from({ length: 40 }, (_, i) => configMap(`obj-${i}`, 'v1'));
    await scene.publish('one', 'r1', objects.slice(0, 20));
    await scene.publish('two', 'r1', objects.slice(20));
    await scene.apply('app', [stageOf('first', 'one'), stageOf('second', 'two')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    const toObjects = scene.requests.filter((request) => request.includes('/configmaps/'));
    expect(toObjects).toHaveLength(40);
    expect(scene.requests.length - toObjects.length).toBeLessThanOrEqual(10);

    scene.requests.length = 0;
    await scene.clock.advance(5 * 60_000);
    expect(scene.requests).toEqual([]);
  });

  test('a restarted controller finds everything as it left it', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    await scene.stopController();
    scene.requests.length = 0;
    const controller = await scene.startController();
    await scene.until('it is ready', () => controller.isReady());
    await scene.clock.advance(60_000);
    expect(scene.requests.filter((request) => !/^GET \/apis?$/.test(request))).toEqual([]);
  });

  test('an upgrade asks twice for what changes and not at all for what does not', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    scene.requests.length = 0;
    await scene.publish('one', 'r2', [configMap('a', 'v2'), configMap('b', 'v1')]);
    await scene.delivered('app', 'r2');
    expect(scene.requests.filter((request) => request.includes('/configmaps/'))).toEqual([
      expect.stringContaining('dryRun=All'),
      expect.not.stringContaining('dryRun'),
    ]);
    expect(key(await scene.get({ name: 'a' }))).toBe('v2');
  });

  test('an upgrade that the server refuses writes nothing', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    await scene.publish('one', 'r2', [configMap('a', 'v2'), configMap('b', 'v2', { data: { 'not a key!': 'x' } })]);
    await scene.until('it fails', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(key(await scene.get({ name: 'a' }))).toBe('v1');
    expect(await scene.message('app')).toContain('stage "first" apply: ConfigMap default/b');
  });

  test('the next stage begins when the first is ready, and a wait says what for', async () => {
    const deployment: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' }, annotations: { simulate: 'hold' } },
          spec: { containers: [{ name: 'web', image: 'web:1' }] },
        },
      },
    };
    await scene.publish('one', 'r1', [configMap('a', 'v1'), deployment]);
    await scene.publish('two', 'r1', [configMap('b', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one', { timeout: '10s' }), stageOf('second', 'two')]);
    await scene.startController();
    await scene.until('it waits', async () => (await scene.message('app')).includes('1 of 2 ready'));
    expect(await scene.message('app')).toContain('waiting for Deployment default/web');
    expect(await scene.ready('app')).toBe('Unknown/Progressing');
    expect(await scene.get({ name: 'b' })).toBeUndefined();
    await scene.until('it holds', async () => (await scene.ready('app')) === 'False/StageProgressing');
    expect((await scene.stageSet('app'))?.status?.stages?.[0]).toMatchObject({
      phase: 'Verifying',
      objects: { ready: 1, total: 2 },
    });
  });

  test.each([0, 2_000])(
    'a kind that comes later heals what lacked it, though discovery lags by %i ms',
    async (lagMs) => {
      const crd: KubeObject = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'widgets.example.com' },
        spec: {
          group: 'example.com',
          scope: 'Namespaced',
          names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          ],
        },
      };
      const widget: KubeObject = {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        metadata: { name: 'w', namespace: 'default' },
      };
      await scene.publish('one', 'r1', [configMap('a', 'v1'), widget]);
      await scene.apply('app', [stageOf('first', 'one')], { interval: '1h' });
      await scene.startController();
      await scene.until('it is denied', async () => (await scene.ready('app')) === 'False/RBACDenied');
      expect(await scene.message('app')).toContain('no kind Widget in example.com/v1');
      expect(key(await scene.get({ name: 'a' }))).toBe('v1');
      scene.discoveryLagsUntilMs = scene.clock.now() + lagMs;
      await scene.admin.apply(crd, { fieldManager: 'suite', force: true });
      await scene.delivered('app', 'r1');
    },
  );
});

describe('what others do', () => {
  test('drift is put back at once, and told', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    const controller = await scene.startController();
    await scene.delivered('app', 'r1');
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' };
    await scene.admin.patch(ref, { type: 'merge', patch: { data: { key: 'hand', other: 'theirs' } } });
    await scene.admin.delete({ ...ref, name: 'b' });
    await scene.until(
      'both are back',
      async () => key(await scene.get({ name: 'a' })) === 'v1' && (await scene.get({ name: 'b' })) !== undefined,
    );
    await scene.until('it is told', async () => (await scene.events('DriftCorrected')).join().includes('(data.key)'));
    expect((await scene.get({ name: 'a' }))?.['data']).toEqual({ key: 'v1', other: 'theirs' });
    expect(await controller.metrics()).toContain(
      'stageset_drift_corrected_total{namespace="default",name="app",stage="first"} 2',
    );
    expect(await scene.ready('app')).toBe('True/Succeeded');
  });

  test('nobody is fought for ever', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    scene.requests.length = 0;
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' };
    for (let round = 0; round < 20; round++) {
      await scene.admin.patch(
        ref,
        { type: 'merge', patch: { data: { key: `theirs-${round}` } } },
        { fieldManager: 'rival' },
      );
      await scene.clock.advance(100);
    }
    expect(scene.requests.filter((request) => request.includes('/configmaps/a'))).toHaveLength(5);
    await scene.until('it is told', async () =>
      (await scene.events('DriftCorrected')).some((note) => note.includes('by rival')),
    );
    await scene.clock.advance(130_000);
    expect(key(await scene.get({ name: 'a' }))).toBe('v1');
  });

  test('an object of another StageSet is left to it', async () => {
    await scene.publish('one', 'r1', [configMap('shared', 'theirs')]);
    await scene.publish('two', 'r1', [configMap('shared', 'ours')]);
    await scene.apply('first-app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('first-app', 'r1');
    await scene.apply('app', [stageOf('first', 'two')]);
    await scene.until('it is refused', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(await scene.message('app')).toContain('ConfigMap default/shared belongs to StageSet default/first-app');
    expect(key(await scene.get({ name: 'shared' }))).toBe('theirs');
  });

  test('an object that Flux holds is left to it, and taken over when asked for', async () => {
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'infra',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    };
    const theirs = configMap('shared', 'theirs');
    await scene.admin.apply(
      { ...theirs, metadata: { ...theirs.metadata, labels } },
      { fieldManager: 'kustomize-controller', force: true },
    );
    await scene.publish('one', 'r1', [configMap('shared', 'ours')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.until('it is refused', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(await scene.message('app')).toContain('belongs to Kustomization flux-system/infra');
    expect(key(await scene.get({ name: 'shared' }))).toBe('theirs');
    const ours = configMap('shared', 'ours');
    const annotations = { 'stages.metio.wtf/adopt': 'enabled' };
    await scene.publish('one', 'r2', [{ ...ours, metadata: { ...ours.metadata, annotations } }]);
    await scene.delivered('app', 'r2');
    expect(key(await scene.get({ name: 'shared' }))).toBe('ours');
  });
});

test('what Flux holds is left to it also where both want the same', async () => {
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'infra',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  };
  const theirs = configMap('shared', 'same');
  await scene.admin.apply(
    { ...theirs, metadata: { ...theirs.metadata, labels } },
    { fieldManager: 'kustomize-controller', force: true },
  );
  await scene.publish('one', 'r1', [configMap('shared', 'same')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.until('it is refused', async () => (await scene.ready('app')) === 'False/StageFailed');
  expect(await scene.message('app')).toContain('belongs to Kustomization flux-system/infra');
  const { metadata } = (await scene.get({ name: 'shared' })) ?? {};
  expect(metadata?.labels).toMatchObject(labels);
  expect(metadata?.managedFields?.map(({ manager }) => manager)).toContain('kustomize-controller');
});

describe('what is deployed is kept', () => {
  const twoStages = [stageOf('first', 'one'), stageOf('second', 'two')];
  const deliver = async (): Promise<void> => {
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    await scene.publish('two', 'r1', [configMap('b', 'v1')]);
    await scene.apply('app', twoStages);
    await scene.startController();
    await scene.delivered('app', 'r1');
  };
  const remove = (name: string) =>
    scene.admin.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name });
  const isThere = async (name: string) => key(await scene.get({ name })) === 'v1';

  test('while another stage cannot be put back', async () => {
    await deliver();
    scene.onWrite = async (request) => {
      if (/PATCH .*\/configmaps\/a/.test(request)) throw new UnreachableError('not now');
    };
    await remove('a');
    await scene.until('that has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
    await remove('b');
    await scene.until('b is back', () => isThere('b'));
    expect(await isThere('a')).toBe(false);
    expect(await scene.ready('app')).toBe('False/StageFailed');
    scene.onWrite = undefined;
    await scene.until('a is back too', () => isThere('a'));
    await scene.until('it is ready', async () => (await scene.ready('app')) === 'True/Succeeded');
  });

  test('while a newer release cannot be fetched', async () => {
    await deliver();
    scene.isSourceDown = true;
    await scene.publish('one', 'r2', [configMap('a', 'v2')]);
    await scene.until('that has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
    await remove('a');
    await remove('b');
    await scene.until('both are back', async () => (await isThere('a')) && (await isThere('b')));
  });

  test('while a newer release is held up in the stage before', async () => {
    await deliver();
    const web = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default', annotations: { simulate: 'hold' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    };
    await scene.publish('one', 'r2', [configMap('a', 'v2'), web]);
    await scene.publish('two', 'r2', [configMap('b', 'v2')]);
    await scene.until('it waits', async () => (await scene.message('app')).includes('waiting for Pod'));
    await remove('b');
    await scene.until('b is back as it was', () => isThere('b'));
    expect(await scene.ready('app')).toBe('Unknown/Progressing');
  });
});

describe('immutable fields', () => {
  const frozen = (value: string): KubeObject => configMap('frozen', value, { immutable: true });

  test('fail by default, and are recreated when asked for', async () => {
    await scene.publish('one', 'r1', [frozen('v1')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    await scene.publish('one', 'r2', [frozen('v2')]);
    await scene.until('it fails', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(key(await scene.get({ name: 'frozen' }))).toBe('v1');
    expect(await scene.message('app')).toMatch(
      /ConfigMap default\/frozen cannot be changed in place: data is immutable/,
    );
    await scene.apply('app', [stageOf('first', 'one', { conflictPolicy: { default: 'Recreate' } })]);
    await scene.delivered('app', 'r2');
    expect(key(await scene.get({ name: 'frozen' }))).toBe('v2');
    expect((await scene.get({ name: 'frozen' }))?.metadata.annotations).toBeUndefined();
  });

  test('a manifest that is merely wrong deletes nothing', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one', { force: true })]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    const before = (await scene.get({ name: 'a' }))?.metadata.uid;
    await scene.publish('one', 'r2', [configMap('a', 'v2', { data: { 'not a key!': 'x' } })]);
    await scene.until('it fails', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect((await scene.get({ name: 'a' }))?.metadata.uid).toBe(before);
  });

  test('KeepExisting creates what is absent and never patches what is there', async () => {
    await scene.admin.create(configMap('mine', 'theirs'));
    await scene.publish('one', 'r1', [configMap('mine', 'ours'), configMap('new', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one', { conflictPolicy: { default: 'KeepExisting' } })]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    expect(key(await scene.get({ name: 'mine' }))).toBe('theirs');
    expect(key(await scene.get({ name: 'new' }))).toBe('v1');
    await scene.publish('one', 'r2', [configMap('mine', 'ours'), configMap('new', 'v2')]);
    await scene.delivered('app', 'r2');
    expect(key(await scene.get({ name: 'new' }))).toBe('v1');
    // Whether it is there still is looked at with each release.
    await scene.admin.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'mine' });
    await scene.publish('one', 'r3', [configMap('mine', 'ours'), configMap('new', 'v3')]);
    await scene.delivered('app', 'r3');
    expect(key(await scene.get({ name: 'mine' }))).toBe('ours');
  });
});

test('an object whose recorded API version is not served any more is found under the one that is', async () => {
  const scaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default' },
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  };
  await scene.publish('one', 'r1', [configMap('a', 'v1'), scaler]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.until('it is applied', async () => (await scene.get({ ...scaler, name: 'web' })) !== undefined);
  await scene.stopController();
  const inventories = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageInventory' };
  const [shard] = (await scene.admin.list(inventories)).items;
  if (shard === undefined) throw new Error('there is no inventory');
  const entries = [
    { id: 'default_a__ConfigMap', v: 'v1' },
    { id: 'default_web_autoscaling_HorizontalPodAutoscaler', v: 'v2beta2' },
  ];
  const ref = { ...inventories, namespace: 'default', name: shard.metadata.name };
  await scene.admin.patch(ref, { type: 'merge', patch: { spec: { entries } } });
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.startController();
  await scene.delivered('app', 'r2');
  expect(await scene.get({ ...scaler, name: 'web' })).toBeUndefined();
});

describe('lost inventories', () => {
  const shards = async () =>
    (await scene.admin.list({ apiVersion: 'stages.metio.wtf/v1', kind: 'StageInventory' })).items;
  const recorded = async () =>
    (await shards())
      .flatMap(({ spec }) => (spec as { entries: readonly { id: string }[] }).entries.map(({ id }) => id.split('_')[1]))
      .sort();

  test('are rebuilt from what is live, and nothing is pruned until then', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    await scene.stopController();
    for (const { metadata } of await shards()) {
      await scene.admin.delete({
        apiVersion: 'stages.metio.wtf/v1',
        kind: 'StageInventory',
        namespace: 'default',
        name: metadata.name,
      });
    }
    await scene.publish('one', 'r2', [configMap('a', 'v2')]);
    await scene.startController();
    await scene.delivered('app', 'r2');
    expect(await scene.get({ name: 'b' })).toBeDefined();
    expect(await recorded()).toEqual(['a', 'b']);
    await scene.until('it is told', async () => (await scene.events('InventoryReconstructed')).length === 1);
    await scene.clock.advance(70_000);
    await scene.until('b is pruned at the next interval', async () => (await scene.get({ name: 'b' })) === undefined);
    await scene.until('and forgotten', async () => (await recorded()).join() === 'a');
  });

  const lose = async (): Promise<void> => {
    await scene.stopController();
    for (const { apiVersion, kind, metadata } of await shards()) {
      await scene.admin.delete({ apiVersion, kind, namespace: 'default', name: metadata.name });
    }
  };

  test('hold what this controller has applied, not what somebody has labelled alike', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    const labels = (await scene.get({ name: 'a' }))?.metadata.labels ?? {};
    const copy = configMap('copy', 'theirs');
    await scene.admin.create({ ...copy, metadata: { ...copy.metadata, labels } });
    await lose();
    await scene.startController();
    await scene.until('it is told', async () => (await scene.events('InventoryReconstructed')).length === 1);
    await scene.until('it is rebuilt', async () => (await recorded()).join() === 'a');
    await scene.clock.advance(130_000);
    expect(key(await scene.get({ name: 'copy' }))).toBe('theirs');
  });

  test('of a stage that has left the spec say nothing of pruning: what it has left stays', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    await scene.publish('two', 'r1', [configMap('b', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one'), stageOf('second', 'two')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    await lose();
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.until('both are known', async () => (await recorded()).join() === 'a,b');
    await scene.clock.advance(130_000);
    await scene.until('it is ready', async () => (await scene.ready('app')) === 'True/Succeeded');
    expect(key(await scene.get({ name: 'b' }))).toBe('v1');
    expect(await recorded()).toEqual(['a', 'b']);
  });

  test('a restored inventory prunes at once', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    await scene.stopController();
    const [shard] = await shards();
    if (shard === undefined) throw new Error('there is no inventory');
    const ref = {
      apiVersion: 'stages.metio.wtf/v1',
      kind: 'StageInventory',
      namespace: 'default',
      name: shard.metadata.name,
    };
    await scene.admin.delete(ref);
    const { resourceVersion: _, uid: __, ...metadata } = shard.metadata;
    await scene.admin.create({ ...shard, metadata });
    await scene.publish('one', 'r2', [configMap('a', 'v2')]);
    await scene.startController();
    await scene.delivered('app', 'r2');
    expect(await scene.get({ name: 'b' })).toBeUndefined();
  });
});

test('sources that are down are asked ever less often, and status tells of the first stage alone', async () => {
  const names = ['one', 'two', 'three'];
  for (const name of names) await scene.publish(name, 'r1', [configMap(name, 'v1')]);
  scene.isSourceDown = true;
  await scene.apply(
    'app',
    names.map((name) => stageOf(name, name)),
  );
  await scene.startController();
  await scene.until('it fails', async () => (await scene.ready('app')) === 'False/StageFailed');
  expect(await scene.message('app')).toContain('stage "one" fetch artifact');
  scene.requests.length = 0;
  await scene.clock.advance(5 * 60_000);
  expect(scene.requests).toEqual([]);
  scene.isSourceDown = false;
  await scene.clock.advance(60_000);
  await scene.delivered('app', 'r1');
});

test('what another process has pinned meanwhile is not written over', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  const app = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace: 'default', name: 'app' };
  let theirs = 0;
  scene.onWrite = async (request) => {
    if (!request.endsWith('/stagesets/app/status') || theirs > 0) return;
    theirs += 1;
    const run = { ...(await scene.stageSet('app'))?.status?.run, id: '41' };
    await scene.admin.patch(app, { type: 'merge', patch: { status: { run } } }, { subresource: 'status' });
  };
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.delivered('app', 'r2');
  expect(theirs).toBe(1);
  expect((await scene.stageSet('app'))?.status?.run?.id).toBe('42');
});

test('nothing more is begun of a stage once some of it was refused', async () => {
  const objects = Array.from({ length: 60 }, (_, index) => configMap(`obj-${index}`, 'v1'));
  await scene.publish('one', 'r1', [configMap('aaa', 'v1', { data: { 'not a key!': 'x' } }), ...objects]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.until('it fails', async () => (await scene.ready('app')) === 'False/StageFailed');
  const sent = scene.requests.filter((request) => /PATCH .*\/configmaps\//.test(request));
  expect(sent.length).toBeLessThan(40);
});

test('what others change while a status is being written is not missed', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  scene.onWrite = async (request) => {
    if (!request.endsWith('/stagesets/app/status')) return;
    scene.onWrite = undefined;
    await scene.admin.delete({
      apiVersion: 'stages.metio.wtf/v1',
      kind: 'StageSet',
      namespace: 'default',
      name: 'app',
    });
  };
  await scene.apply('app', [stageOf('first', 'one')], { suspend: true });
  await scene.until('it is torn down', async () => (await scene.stageSet('app')) === undefined);
  expect(await scene.get({ name: 'a' })).toBeUndefined();
});
