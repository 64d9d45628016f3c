import type { KubeObject } from '@stageset/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configMap, Scene, stageOf } from './testing/scene.ts';

/** What waiting costs, and what it survives. */

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

const POD = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'late' } as const;

/** Ready only when its data says so. */
const check = {
  timeout: '10m',
  exprs: [
    { apiVersion: 'v1', kind: 'ConfigMap', current: 'has(metadata.annotations) && metadata.annotations.up == "yes"' },
  ],
};

async function annotate(name: string): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name };
  await scene.admin.patch(ref, { type: 'merge', patch: { metadata: { annotations: { up: 'yes' } } } });
}

const verifyingSince = async () => (await scene.stageSet('app'))?.status?.stages?.[0]?.verifyingSince;

describe('a stage that waits', () => {
  test('asks the cluster for nothing, and is woken by the object', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one', { readyChecks: check })], { interval: '1h' });
    await scene.startController();
    await scene.until('it waits', async () => (await scene.message('app')).includes('readyChecks.exprs[0].current'));
    const before = scene.requests.length;
    await scene.clock.advance(5 * 60_000);
    expect(scene.requests.slice(before)).toEqual([]);
    await annotate('a');
    await scene.delivered('app', 'r1');
  });

  test('has one time to become ready, which neither drift nor a restart lengthens', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    const readyChecks = { ...check, timeout: '10s' };
    await scene.apply('app', [stageOf('first', 'one', { readyChecks })], { interval: '1h' });
    await scene.startController();
    await scene.until('it waits', async () => (await verifyingSince()) !== undefined);
    const since = await verifyingSince();
    await scene.clock.advance(4_000);
    await scene.admin.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' });
    await scene.until('it is put back', async () => (await scene.get({ name: 'a' })) !== undefined);
    await scene.clock.advance(4_000);
    await scene.stopController();
    await scene.startController();
    await scene.clock.advance(3_000);
    await scene.until('its time is up', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(scene.clock.now() - Date.parse(since ?? '')).toBeLessThan(14_000);
    expect(await verifyingSince()).toBe(since);
  });

  test('tells how far it has come a moment later, although nothing more happens', async () => {
    const names = ['one-of-two', 'two-of-two'];
    const checks = names.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace: 'default' }));
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one', { readyChecks: { checks } })], { interval: '1h' });
    await scene.startController();
    const ready = async () => (await scene.stageSet('app'))?.status?.stages?.[0]?.objects?.ready;
    await scene.until('it waits for both', async () => (await ready()) === 1);
    await scene.admin.create(configMap('one-of-two', 'x'));
    await scene.clock.advance(1_200);
    expect(await ready()).toBe(2);
    expect(await scene.message('app')).toContain('2 of 3 ready');
  });

  test('is suspended at once', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    const stages = [stageOf('first', 'one', { readyChecks: check })];
    await scene.apply('app', stages);
    await scene.startController();
    await scene.until('it waits', async () => (await verifyingSince()) !== undefined);
    await scene.apply('app', stages, { suspend: true });
    await scene.until('it is suspended', async () => (await scene.ready('app')) === 'False/Suspended');
  });

  test('looks again when a pod has found no node for long enough, although nothing happens', async () => {
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: POD.name, namespace: POD.namespace },
      spec: { nodeSelector: { no: 'such' }, containers: [{ name: 'app', image: 'app:1' }] },
    };
    await scene.publish('one', 'r1', [pod]);
    await scene.apply('app', [stageOf('first', 'one', { timeout: '15m' })], { interval: '1h' });
    await scene.startController();
    await scene.until('it waits', async () => (await verifyingSince()) !== undefined);
    await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(await scene.message('app')).toContain('Pod default/late has failed: Pod could not be scheduled');
  });
});

test('an artifact that has moved is fetched where it is now, by the run that has pinned it', async () => {
  scene.downUrls.add('http://sources/one');
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')], { interval: '1h' });
  await scene.startController();
  await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
  await scene.publish('one', 'r1', [configMap('a', 'v1')], 'http://elsewhere/one');
  await scene.delivered('app', 'r1');
  expect((await scene.stageSet('app'))?.status?.run?.id).toBe('1');
});

describe('a Job with a time to live', () => {
  const job: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate', namespace: 'default' },
    spec: {
      ttlSecondsAfterFinished: 5,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', image: 'migrate:1' }] } },
    },
  };
  const live = () => scene.get({ apiVersion: 'batch/v1', kind: 'Job', name: 'migrate' });
  const runs = () => scene.requests.filter((request) => /PATCH .*\/jobs\/migrate/.test(request)).length;

  test('has done its work when it is gone, also while the rest of its stage is waited for', async () => {
    await scene.publish('one', 'r1', [configMap('a', 'v1'), job]);
    await scene.apply('app', [stageOf('first', 'one', { readyChecks: check })]);
    await scene.startController();
    await scene.until('it has run', async () => (await live()) !== undefined);
    await scene.until('it is gone', async () => (await live()) === undefined);
    await scene.clock.advance(30_000);
    expect(runs()).toBe(1);
    await annotate('a');
    await scene.delivered('app', 'r1');
    await scene.clock.advance(120_000);
    expect([await live(), runs()]).toEqual([undefined, 1]);
  });

  test('is not run again by a restart', async () => {
    await scene.publish('one', 'r1', [job]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    await scene.until('it is gone', async () => (await live()) === undefined);
    await scene.stopController();
    await scene.startController();
    await scene.clock.advance(120_000);
    expect([await live(), runs(), await scene.ready('app')]).toEqual([undefined, 1, 'True/Succeeded']);
  });

  test('is drift when somebody deletes it before its time, and new when it is changed', async () => {
    await scene.publish('one', 'r1', [
      { ...job, spec: { ...(job['spec'] as object), ttlSecondsAfterFinished: 3_600 } },
    ]);
    await scene.apply('app', [stageOf('first', 'one')]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    const first = (await live())?.metadata.uid;
    await scene.admin.delete({ apiVersion: 'batch/v1', kind: 'Job', namespace: 'default', name: 'migrate' });
    await scene.until('it is put back', async () => {
      const uid = (await live())?.metadata.uid;
      return uid !== undefined && uid !== first;
    });
  });
});
