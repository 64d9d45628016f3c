import type { Action, StageSet } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configMap, Scene, stageOf } from './testing/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

const JOBS = { apiVersion: 'batch/v1', kind: 'Job' } as const;
const write = { fieldManager: 'suite', force: true };
const jobs = async () => (await scene.admin.list(JOBS)).items;
const isTrue = (job: KubeObject, type: string) =>
  ((job['status'] as { conditions?: { type: string; status: string }[] })?.conditions ?? []).some(
    (condition) => condition.type === type && condition.status === 'True',
  );

/** A Job whose pods do what the simulation is told. */
function job(simulate: string, container: Readonly<Record<string, unknown>> = {}): KubeObject {
  const containers = [{ name: 'c', image: 'registry.example.com/migrate', ...container }];
  return {
    ...JOBS,
    metadata: { name: 'migrate' },
    spec: {
      backoffLimit: 0,
      template: { metadata: { annotations: { simulate } }, spec: { restartPolicy: 'Never', containers } },
    },
  };
}

/** A StageSet `app` whose stage is preceded by a Job. */
async function deliver(made: KubeObject, parts: Partial<Action> = {}): Promise<void> {
  await scene.publish('jobs', 'r1', [made]);
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  const pre: Action[] = [{ name: 'migrate', job: { sourceRef: { name: 'jobs' } }, ...parts }];
  await scene.apply('app', [stageOf('first', 'one', { actions: { pre } })]);
  await scene.startController();
}

async function isRunning(): Promise<KubeObject> {
  await scene.until('its Job runs', async () => {
    const stages = (await scene.stageSet('app'))?.status?.stages;
    return stages?.[0]?.action?.state === 'Running' && (await jobs()).length === 1;
  });
  const [running] = await jobs();
  if (running === undefined) throw new Error('there is no Job');
  return running;
}

async function suspend(isSuspended: boolean): Promise<void> {
  const { apiVersion, kind } = (await scene.stageSet('app')) as StageSet;
  const ref = { apiVersion, kind, namespace: 'default', name: 'app' };
  await scene.admin.patch(ref, { type: 'merge', patch: { spec: { suspend: isSuspended } } });
}

describe('a Job that fails', () => {
  test('tells its last words in status and in an event, without what Secrets hold', async () => {
    const data = { password: Buffer.from('ended with\n').toString('base64'), pin: Buffer.from('c').toString('base64') };
    await scene.admin.apply(
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: 'default' }, data },
      write,
    );
    await deliver(job('fail', { envFrom: [{ secretRef: { name: 'login' } }] }));
    await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
    const said = 'it last said: container c started (simulated) | container c ***** exit code 1 (simulated)';
    expect(await scene.message('app')).toMatch(
      /^stage "first" pre-action: action "migrate": Job app-first-migrate-\w+/,
    );
    expect(await scene.message('app')).toContain(said);
    // It stays with its pod, for whoever wants to read more.
    expect((await jobs()).map((left) => isTrue(left, 'Failed'))).toEqual([true]);
    await scene.until('an event says so', async () => (await scene.events('StageFailed')).join().includes(said));
    expect(await scene.get({ name: 'a' })).toBeUndefined();
  });
});

describe('a Job whose time is up', () => {
  test('tells what keeps its pods from running, while it is waited for and in the end', async () => {
    await deliver(job('pull-error'), { timeout: '15s' });
    const why = 'container c waits (ImagePullBackOff): Back-off pulling image "registry.example.com/migrate"';
    await scene.until('it says so', async () =>
      ((await scene.stageSet('app'))?.status?.stages?.[0]?.message ?? '').includes(why),
    );
    await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(await scene.message('app')).toContain('action "migrate": timed out after 15s; Pod app-first-migrate-');
    expect(await scene.message('app')).toContain(why);
  });

  test('is suspended and stays until the next run of its action', async () => {
    await deliver(job('hold'), { timeout: '5s' });
    const running = await isRunning();
    await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(await scene.message('app')).toContain('action "migrate": timed out after 5s');
    const [left, ...others] = await jobs();
    expect(others).toEqual([]);
    expect(left?.metadata.uid).toBe(running.metadata.uid);
    expect(left?.['spec']).toMatchObject({ suspend: true });

    await scene.publish('jobs', 'r2', [job('run')]);
    await scene.publish('one', 'r2', [configMap('a', 'v2')]);
    await scene.delivered('app', 'r2');
    expect((await jobs()).map(({ metadata }) => metadata.uid)).not.toContain(running.metadata.uid);
  });
});

describe('while a Job runs', () => {
  test('a newer revision waits for it, then has one of its own', async () => {
    await deliver(job('run for=10s'));
    const running = await isRunning();
    await scene.publish('one', 'r2', [configMap('a', 'v2')]);
    await scene.clock.advance(3000);
    expect((await jobs()).map(({ metadata }) => metadata.uid)).toEqual([running.metadata.uid]);
    expect(await scene.get({ name: 'a' })).toBeUndefined();
    await scene.delivered('app', 'r2');
    const [left, ...others] = await jobs();
    expect(others).toEqual([]);
    expect(left?.metadata.uid).not.toBe(running.metadata.uid);
    expect(left === undefined ? undefined : isTrue(left, 'Complete')).toBe(true);
  });

  test.each([
    ['has another name', { actions: { pre: [{ name: 'other', wait: { duration: '0s' } }] } }],
    ['is in no stage', undefined],
  ])('one whose time is up is stopped for a newer spec in which its action %s', async (_, parts) => {
    await deliver(job('hold'), { timeout: '5s' });
    const running = await isRunning();
    await scene.apply('app', [stageOf(parts === undefined ? 'second' : 'first', 'one', parts)]);
    await scene.until('it is waited for', async () => (await scene.message('app')).includes('begins when Job'));
    expect((await jobs()).map(({ metadata }) => metadata.uid)).toEqual([running.metadata.uid]);
    await scene.delivered('app', 'r1');
    const [left, ...others] = await jobs();
    expect(others).toEqual([]);
    expect(left?.['spec']).toMatchObject({ suspend: true });
    expect((await scene.stageSet('app'))?.status?.stages).toHaveLength(1);
  });

  test('suspending the StageSet leaves it alone; afterwards it is found as it ended', async () => {
    await deliver(job('run for=5s'));
    const running = await isRunning();
    await suspend(true);
    await scene.clock.advance(10_000);
    const [ended] = await jobs();
    expect(ended?.metadata.uid).toBe(running.metadata.uid);
    expect(ended === undefined ? undefined : isTrue(ended, 'Complete')).toBe(true);
    expect(await scene.get({ name: 'a' })).toBeUndefined();
    await suspend(false);
    await scene.delivered('app', 'r1');
    expect((await jobs()).map(({ metadata }) => metadata.uid)).toEqual([running.metadata.uid]);
  });

  test('a StageSet that is deleted takes it along, and waits for nothing', async () => {
    await deliver(job('hold'));
    const running = await isRunning();
    const { apiVersion, kind } = (await scene.stageSet('app')) as StageSet;
    expect(running.metadata.ownerReferences).toMatchObject([{ kind, name: 'app' }]);
    await scene.admin.delete({ apiVersion, kind, namespace: 'default', name: 'app' });
    await scene.until('the StageSet is gone', async () => (await scene.stageSet('app')) === undefined);
    await scene.until('and its Job', async () => (await jobs()).length === 0);
  });
});

test('a patch by a selector reaches all that match, beyond one page of a list', async () => {
  const labels = { tier: 'web' };
  for (let index = 0; index < 620; index++) {
    const metadata = { name: `page-${index}`, namespace: 'default', labels };
    await scene.admin.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  }
  await scene.admin.create(configMap('other', 'x'));
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  const target = { kind: 'ConfigMap', selector: { matchLabels: labels } };
  const pre: Action[] = [{ name: 'on', patch: { target, patch: '{"data":{"key":"on"}}' } }];
  await scene.apply('app', [stageOf('first', 'one', { actions: { pre } })]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  const { items } = await scene.admin.list({ apiVersion: 'v1', kind: 'ConfigMap', labelSelector: 'tier=web' });
  const reached = items.filter((item) => (item['data'] as { key?: string } | undefined)?.key === 'on');
  expect(reached).toHaveLength(620);
  expect((await scene.get({ name: 'other' }))?.['data']).toEqual({ key: 'x' });
});
