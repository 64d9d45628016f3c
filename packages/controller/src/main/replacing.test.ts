import type { ConflictAction, Stage } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configMap, Scene, stageOf } from './testing/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

const uidOf = (object: KubeObject | undefined) => object?.metadata.uid;

describe('an object that is deleted to be created anew', () => {
  const frozen = (value: string): KubeObject => ({
    ...configMap('frozen', value, { immutable: true }),
    metadata: { name: 'frozen', namespace: 'default', finalizers: ['example.com/hold'] },
  });
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'frozen' };
  const letGo = () => scene.admin.patch(ref, { type: 'merge', patch: { metadata: { finalizers: null } } });
  const recreate = { conflictPolicy: { default: 'Recreate' } } as const;

  beforeEach(async () => {
    await scene.publish('one', 'r1', [frozen('v1')]);
    await scene.apply('app', [stageOf('first', 'one', { ...recreate, timeout: '10s' })]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    await scene.publish('one', 'r2', [frozen('v2')]);
    await scene.until('it is on its way out', async () => (await scene.message('app')).includes('to terminate'));
  });

  test('is waited for within the time of its stage, and by no worker', async () => {
    expect(await scene.message('app')).toContain('waiting for ConfigMap default/frozen to terminate');
    await scene.publish('two', 'r1', [configMap('b', 'v1')]);
    await scene.apply('other', [stageOf('first', 'two')]);
    await scene.delivered('other', 'r1');
    await scene.until('the time is up', async () => (await scene.ready('app')) === 'False/StageProgressing');
    scene.requests.length = 0;
    await scene.clock.advance(30_000);
    expect(scene.requests.filter((request) => request.includes('/configmaps/frozen'))).toEqual([]);
    await letGo();
    await scene.delivered('app', 'r2');
    expect((await scene.get({ name: 'frozen' }))?.['data']).toEqual({ key: 'v2' });
  });

  test('is another that somebody has put in its place: that one is not deleted', async () => {
    await letGo();
    await scene.delivered('app', 'r2');
    let uid: string | undefined;
    scene.onWrite = async (request) => {
      if (!/DELETE .*\/configmaps\/frozen/.test(request) || uid !== undefined) return;
      await scene.admin.delete(ref);
      await letGo();
      uid = uidOf(await scene.admin.create({ ...configMap('frozen', 'theirs'), metadata: { ...ref, name: 'frozen' } }));
    };
    await scene.publish('one', 'r3', [frozen('v3')]);
    await scene.delivered('app', 'r3');
    expect(uidOf(await scene.get({ name: 'frozen' }))).toBe(uid);
    expect(uid).toBeDefined();
  });

  test('does not keep the StageSet from being torn down', async () => {
    await scene.admin.delete({
      apiVersion: 'stages.metio.wtf/v1',
      kind: 'StageSet',
      namespace: 'default',
      name: 'app',
    });
    await scene.until('it says so', async () => (await scene.message('app')).includes('tearing down'));
    await letGo();
    await scene.until('it is gone', async () => (await scene.stageSet('app')) === undefined);
    expect(await scene.get({ name: 'frozen' })).toBeUndefined();
  });
});

describe('stored data', () => {
  const claim = (mode: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default' },
    spec: { accessModes: [mode], resources: { requests: { storage: '1Gi' } } },
  });
  const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data' };
  const rule = (action: ConflictAction, more: { readonly allowDataLoss?: boolean } = {}) => ({
    conflictPolicy: { rules: [{ target: { kind: 'PersistentVolumeClaim' }, action, ...more }] },
  });
  const ways: readonly { name: string; parts: Partial<Stage>; annotations?: Record<string, string> }[] = [
    { name: 'a rule', parts: rule('Recreate') },
    { name: 'a default', parts: { conflictPolicy: { default: 'Recreate' } } },
    { name: 'force', parts: { force: true } },
    { name: 'an annotation', parts: {}, annotations: { 'stages.metio.wtf/force': 'enabled' } },
  ];

  test.each(ways)('is not deleted because of $name, and nothing is held up before it is about that', async (way) => {
    const { parts, annotations } = way;
    const manifest = (mode: string): KubeObject => {
      const object = claim(mode);
      return annotations === undefined ? object : { ...object, metadata: { ...object.metadata, annotations } };
    };
    const stages = [stageOf('first', 'one', { ...parts, readyChecks: { disableWait: true } })];
    await scene.publish('one', 'r1', [manifest('ReadWriteOnce')]);
    await scene.apply('app', stages);
    await scene.startController();
    await scene.delivered('app', 'r1');
    const before = uidOf(await scene.get(ref));
    await scene.publish('one', 'r2', [manifest('ReadWriteMany')]);
    await scene.until('it is refused', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(await scene.message('app')).toMatch(/stage "first" conflict policy: PersistentVolumeClaim.*allowDataLoss/);
    expect(uidOf(await scene.get(ref))).toBe(before);
  });

  test('is, when a rule says that this is wanted', async () => {
    const stages = [
      stageOf('first', 'one', { ...rule('Recreate', { allowDataLoss: true }), readyChecks: { disableWait: true } }),
    ];
    await scene.publish('one', 'r1', [claim('ReadWriteOnce')]);
    await scene.apply('app', stages);
    await scene.startController();
    await scene.delivered('app', 'r1');
    const before = uidOf(await scene.get(ref));
    await scene.publish('one', 'r2', [claim('ReadWriteMany')]);
    // Nothing in this cluster uses it, so that its protection lets it go at once.
    await scene.until('it is another', async () => {
      const now = uidOf(await scene.get(ref));
      return now !== undefined && now !== before;
    });
  });
});
