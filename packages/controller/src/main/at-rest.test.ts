import { afterEach, beforeEach, expect, test } from 'vitest';
import { configMap, Scene, stageOf } from './testing/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

const SOURCE = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'ExternalArtifact', namespace: 'default' } as const;
const app = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace: 'default', name: 'app' } as const;

async function deliver(): Promise<void> {
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  await scene.publish('two', 'r1', [configMap('b', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one'), stageOf('second', 'two')]);
  await scene.startController();
  await scene.delivered('app', 'r1');
}

test('nothing is fetched or built twice: not for drift, not at an interval, not for a request', async () => {
  await deliver();
  const once = [...scene.fetched];
  expect(once.toSorted()).toEqual(['sha256:one-r1', 'sha256:two-r1']);
  expect(scene.built.toSorted()).toEqual(once.toSorted());
  await scene.admin.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' });
  await scene.until('it is back', async () => (await scene.get({ name: 'a' })) !== undefined);
  await scene.clock.advance(10 * 60_000);
  const annotations = { 'reconcile.fluxcd.io/requestedAt': 't1' };
  await scene.admin.patch(app, { type: 'merge', patch: { metadata: { annotations } } });
  await scene.until(
    'the request is answered',
    async () => (await scene.stageSet('app'))?.status?.lastHandledReconcileAt === 't1',
  );
  await scene.until('it is ready', async () => (await scene.ready('app')) === 'True/Succeeded');
  expect(scene.fetched).toEqual(once);
  expect(scene.built).toHaveLength(2);
  await scene.publish('two', 'r2', [configMap('b', 'v2')]);
  await scene.until('it is delivered', async () => {
    const data = (await scene.get({ name: 'b' }))?.['data'];
    return (data as { key?: string } | undefined)?.key === 'v2';
  });
  expect(scene.fetched.slice(2)).toEqual(['sha256:two-r2']);
});

test('success is told once, however often it is looked at', async () => {
  await deliver();
  await scene.clock.advance(10 * 60_000);
  expect(await scene.events('Succeeded')).toHaveLength(1);
  const before = (await scene.stageSet('app'))?.metadata.resourceVersion;
  await scene.clock.advance(10 * 60_000);
  expect((await scene.stageSet('app'))?.metadata.resourceVersion).toBe(before);
});

test('a source that says nothing new wakes nobody, and neither does what this controller has written', async () => {
  await deliver();
  await scene.clock.advance(1_000);
  const before = await scene.passes();
  for (let beat = 0; beat < 5; beat += 1) {
    await scene.admin.patch(
      { ...SOURCE, name: 'one' },
      { type: 'merge', patch: { metadata: { annotations: { beat: `${beat}` } } } },
    );
    await scene.clock.advance(1_000);
  }
  expect(await scene.passes()).toBe(before);
});

test('a suspended StageSet puts nothing back, whatever asks for it', async () => {
  await deliver();
  await scene.admin.patch(app, { type: 'merge', patch: { spec: { suspend: true } } });
  await scene.until('it is suspended', async () => (await scene.ready('app')) === 'False/Suspended');
  await scene.admin.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' });
  const annotations = { 'reconcile.fluxcd.io/requestedAt': 't1' };
  await scene.admin.patch(app, { type: 'merge', patch: { metadata: { annotations } } });
  await scene.clock.advance(10 * 60_000);
  expect(await scene.get({ name: 'a' })).toBeUndefined();
  expect((await scene.stageSet('app'))?.status).not.toHaveProperty('lastHandledReconcileAt');
  await scene.admin.patch(app, { type: 'merge', patch: { spec: { suspend: false } } });
  await scene.until('it is back', async () => (await scene.get({ name: 'a' })) !== undefined);
});

test('an interval is a little shorter or longer than it says, so that not all are looked at together', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')], { interval: '10m' });
  const dueInMs: (number | undefined)[] = [];
  for (const random of [0, 0.5, 0.999]) {
    scene.random = random;
    const { wakeUps } = await scene.startController();
    await scene.delivered('app', 'r1');
    await scene.clock.advance(1_000);
    const begunMs = scene.clock.now();
    await scene.until('a timer is set', () => wakeUps().some(({ dueInMs: ms }) => ms > 60_000));
    dueInMs.push(((wakeUps()[0]?.dueInMs ?? 0) + scene.clock.now() - begunMs) / 60_000);
    await scene.stopController();
  }
  const [least = 0, middle = 0, most = 0] = dueInMs;
  expect(least).toBeGreaterThan(9.4);
  expect(least).toBeLessThanOrEqual(9.5);
  expect(middle).toBeGreaterThan(9.9);
  expect(middle).toBeLessThanOrEqual(10);
  expect(most).toBeGreaterThan(10.4);
  expect(most).toBeLessThanOrEqual(10.5);
});

test('what is not named any more is not watched any more', async () => {
  await scene.admin.create(configMap('vars', 'x'));
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] } as const;
  await scene.apply('app', [stageOf('first', 'one', { postBuild })]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  const ofVariables = () => scene.watches.filter((path) => path.includes('metadata.name%3Dvars'));
  expect(ofVariables()).toHaveLength(1);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.until('its watch has ended', () => ofVariables().length === 0);
});

test('a StageSet that goes while nobody is watching leaves no series behind, and one that comes is delivered', async () => {
  await deliver();
  const series = async () => ((await scene.metrics()).match(/name="app"/g) ?? []).length;
  expect(await series()).toBeGreaterThan(0);
  await scene.unseen.during(async () => {
    await scene.admin.patch(app, { type: 'merge', patch: { metadata: { finalizers: null } } });
    await scene.admin.delete(app);
    await scene.publish('three', 'r1', [configMap('c', 'v1')]);
    await scene.apply('other', [stageOf('first', 'three')]);
    await scene.clock.advance(1_000);
    expect(await series()).toBeGreaterThan(0);
  });
  await scene.clock.advance(30_000);
  await scene.delivered('other', 'r1');
  await scene.until('nothing is told of it', async () => (await series()) === 0);
  // Its inventories have been collected with it: they are not made anew.
  expect(scene.requests.filter((request) => /^POST .*\/stageinventories/.test(request))).toHaveLength(3);
});

test('an event that is not answered holds nobody up', async () => {
  scene.holdsEvents = true;
  await deliver();
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.delivered('app', 'r2');
  scene.holdsEvents = false;
  await scene.until('it is told', async () => (await scene.events('Succeeded')).length > 0);
});

test('sources of a kind that is installed after the controller has begun are delivered, and watched', async () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name: 'externalartifacts.source.toolkit.fluxcd.io',
  };
  const definition = await scene.admin.get(crd);
  if (definition === undefined) throw new Error('there is no such definition');
  await scene.admin.delete(crd);
  await scene.apply('app', [stageOf('first', 'one')], { interval: '1h', retryInterval: '1h' });
  await scene.startController();
  await scene.until('it is denied', async () => (await scene.ready('app')) === 'False/RBACDenied');
  expect(await scene.message('app')).toContain('no kind ExternalArtifact in source.toolkit.fluxcd.io/v1');
  const { name, labels, annotations } = definition.metadata;
  const metadata = {
    name,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  await scene.admin.create({ ...definition, metadata, status: undefined });
  await scene.admin.resource(SOURCE, { refresh: true });
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  await scene.delivered('app', 'r1');
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.delivered('app', 'r2');
});
