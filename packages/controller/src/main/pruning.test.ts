import { type KubeObject, UnreachableError } from '@stageset/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configMap, Scene, stageOf } from './testing/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' } as const;
const app = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace: 'default', name: 'app' } as const;
const isThere = async (name: string) => (await scene.get({ name })) !== undefined;

describe('a stage that has left the spec', () => {
  test('leaves what it was not to prune', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    await scene.publish('two', 'r1', [configMap('b', 'v1')]);
    await scene.publish('three', 'r1', [configMap('c', 'v1')]);
    const stages = [stageOf('first', 'one'), stageOf('second', 'two', { prune: false }), stageOf('third', 'three')];
    await scene.apply('app', stages);
    await scene.startController();
    await scene.delivered('app', 'r1');
    await scene.apply('app', stages.slice(0, 1));
    await scene.until('the third is gone', async () => !(await isThere('c')));
    await scene.until('it is ready', async () => (await scene.ready('app')) === 'True/Succeeded');
    expect(await isThere('b')).toBe(true);
    await scene.admin.delete(app);
    await scene.until('it is gone', async () => (await scene.stageSet('app')) === undefined);
    expect(await isThere('b')).toBe(true);
    expect(await isThere('a')).toBe(false);
  });
});

test('what Flux has taken over meanwhile is left to it, and forgotten', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  await scene.stopController();
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'infra',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  };
  await scene.admin.patch({ ...ref, name: 'b' }, { type: 'merge', patch: { metadata: { labels } } });
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.startController();
  await scene.delivered('app', 'r2');
  expect(await isThere('b')).toBe(true);
  await scene.admin.delete(app);
  await scene.until('it is gone', async () => (await scene.stageSet('app')) === undefined);
  expect(await isThere('b')).toBe(true);
});

test('an object that somebody puts in the place of a dropped one is theirs', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  scene.onWrite = async (request) => {
    if (!/DELETE .*\/configmaps\/b/.test(request)) return;
    scene.onWrite = undefined;
    await scene.admin.delete({ ...ref, name: 'b' });
    await scene.admin.create(configMap('b', 'theirs'));
  };
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.delivered('app', 'r2');
  expect((await scene.get({ name: 'b' }))?.['data']).toEqual({ key: 'theirs' });
});

test('what a stage has dropped without pruning goes when it prunes again', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one', { prune: false })]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.delivered('app', 'r2');
  expect(await isThere('b')).toBe(true);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.until('it is gone', async () => !(await isThere('b')));
});

test('a deletion that fails is told with its stage, keeps what is done, and is tried again', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  scene.onWrite = async (request) => {
    if (/DELETE .*\/configmaps\/b/.test(request)) throw new UnreachableError('not now');
  };
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.until('it is told', async () => (await scene.ready('app')) === 'False/StageFailed');
  expect(await scene.message('app')).toMatch(/stage "first" prune: ConfigMap default\/b: not now/);
  expect((await scene.stageSet('app'))?.status?.stages).toMatchObject([{ appliedRevision: 'r2', entriesCount: 1 }]);
  scene.onWrite = undefined;
  await scene.delivered('app', 'r2');
  expect(await isThere('b')).toBe(false);
});

test('an object of which only the write was sent is pruned, although its release was never seen to apply it', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  await scene.stopController();
  await scene.publish('one', 'r2', [configMap('a', 'v1'), configMap('c', 'v1')]);
  let writes = 0;
  scene.onWrite = async (request) => {
    if (/PATCH .*\/configmaps\/c/.test(request)) writes += 1;
  };
  // Killed when the object is in the cluster and nobody has heard of it.
  for (let afterWrites = 0; !(await isThere('c')); afterWrites += 1) {
    await scene.startController({ afterWrites, loses: 'answer' });
    await scene.until('it is cut off', () => scene.isCut);
    await scene.stopController();
  }
  expect(writes).toBeGreaterThan(0);
  await scene.publish('one', 'r3', [configMap('a', 'v1')]);
  await scene.startController();
  await scene.delivered('app', 'r3');
  expect(await isThere('c')).toBe(false);
});

test('a stage of many objects is recorded in as many parts as it takes, and fewer when they go', async () => {
  const objects = (count: number): readonly KubeObject[] =>
    Array.from({ length: count }, (_, index) => configMap(`obj-${index}`, 'v1'));
  const shards = async () => (await scene.stageSet('app'))?.status?.stages?.[0]?.shards;
  await scene.publish('one', 'r1', objects(5));
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController(undefined, { inventoryShardCap: 2 });
  await scene.delivered('app', 'r1');
  expect(await shards()).toBe(3);
  await scene.publish('one', 'r2', objects(2));
  await scene.delivered('app', 'r2');
  expect(await shards()).toBe(1);
});

test('what is being pruned is told with its stage and its names', async () => {
  const held = configMap('b', 'v1');
  const metadata = { ...held.metadata, finalizers: ['example.com/hold'] };
  await scene.publish('one', 'r1', [configMap('a', 'v1'), { ...held, metadata }]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  await scene.publish('one', 'r2', [configMap('a', 'v1')]);
  await scene.until('it is told', async () => (await scene.stageSet('app'))?.status?.stages?.[0]?.phase === 'Pruning');
  const message = 'waiting for ConfigMap default/b to terminate';
  await scene.until('by name', async () => (await scene.stageSet('app'))?.status?.stages?.[0]?.message === message);
  expect(await scene.ready('app')).toBe('Unknown/Progressing');
  await scene.admin.patch({ ...ref, name: 'b' }, { type: 'merge', patch: { metadata: { finalizers: null } } });
  await scene.delivered('app', 'r2');
});

test('a first release that fails half-way is no lost inventory', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('b', 'v1', { data: { 'not a key!': 'x' } })]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.until('it fails', async () => (await scene.ready('app')) === 'False/StageFailed');
  expect((await scene.stageSet('app'))?.status?.stages?.[0]).not.toHaveProperty('appliedRevision');
  await scene.stopController();
  await scene.startController();
  await scene.publish('one', 'r2', [configMap('a', 'v1')]);
  await scene.delivered('app', 'r2');
  expect(await scene.events('InventoryReconstructed')).toEqual([]);
  expect(await scene.events('DriftCorrected')).toEqual([]);
});

test('S-143 what cannot be torn down is held for the time that is given, then let go and told once', async () => {
  const held = configMap('a', 'v1');
  const metadata = { ...held.metadata, finalizers: ['example.com/hold'] };
  await scene.publish('one', 'r1', [{ ...held, metadata }]);
  await scene.apply('app', [stageOf('first', 'one')]);
  const { metrics } = await scene.startController(undefined, { maxTeardownWaitMs: 2 * 60 * 60_000 });
  await scene.delivered('app', 'r1');
  await scene.admin.delete(app);
  await scene.clock.advance(60_000);
  expect(await scene.message('app')).toContain('waiting for ConfigMap default/a to terminate');
  await scene.clock.advance(118 * 60_000);
  expect(await scene.stageSet('app')).toBeDefined();
  let failures = 0;
  scene.onWrite = async (request) => {
    if (!/PATCH .*\/stagesets\/app(\?|$)/.test(request) || failures === 3) return;
    failures += 1;
    throw new UnreachableError('not now');
  };
  await scene.clock.advance(60_000);
  await scene.until('it is let go', async () => (await scene.stageSet('app')) === undefined);
  expect(failures).toBe(3);
  expect(await scene.events('TeardownForced')).toHaveLength(1);
  expect(await metrics()).toMatch(/^stageset_teardown_force_drop_total\{.*reason="timed_out".*\} 1$/m);
  expect(await isThere('a')).toBe(true);
});

test('a note that somebody writes while the StageSet is let go is kept, and so are finalizers of others', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  const others = (await scene.stageSet('app'))?.metadata.finalizers ?? [];
  await scene.admin.patch(app, {
    type: 'merge',
    patch: { metadata: { finalizers: [...others, 'example.com/hold'] } },
  });
  let notes = 0;
  scene.onWrite = async (request) => {
    if (!/PATCH .*\/stagesets\/app(\?|$)/.test(request) || notes > 0) return;
    notes += 1;
    await scene.admin.patch(app, { type: 'merge', patch: { metadata: { annotations: { note: 'mine' } } } });
  };
  await scene.admin.delete(app);
  await scene.until('it is let go', async () => {
    const { finalizers = [] } = (await scene.stageSet('app'))?.metadata ?? {};
    return finalizers.join() === 'example.com/hold';
  });
  expect(notes).toBe(1);
  expect((await scene.stageSet('app'))?.metadata.annotations).toEqual({ note: 'mine' });
  expect(await isThere('a')).toBe(false);
});
