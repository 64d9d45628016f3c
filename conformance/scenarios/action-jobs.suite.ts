import type { Action, StageSet } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { configMap, Scenario, stage } from './fixture.ts';

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.start();
});
afterAll(() => world.stop());

const JOBS = { apiVersion: 'batch/v1', kind: 'Job' } as const;
const PODS = { apiVersion: 'v1', kind: 'Pod' } as const;

/** A Job whose pods do what the simulation is told. */
function job(simulate: string, spec: Readonly<Record<string, unknown>> = {}, pod: object = {}): string {
  const containers = [{ name: 'migrate', image: 'registry.example.com/migrate' }];
  const template = {
    metadata: simulate === '' ? {} : { annotations: { simulate } },
    spec: { restartPolicy: 'Never', containers, ...pod },
  };
  return JSON.stringify({ ...JOBS, metadata: { name: 'migrate' }, spec: { backoffLimit: 0, ...spec, template } });
}

/** A StageSet `app` whose stage is preceded by a Job. What fails is tried again, and fails again in the same way. */
async function deliver(ns: string, rendered: string, parts: Partial<Action> = {}): Promise<string> {
  await world.publish(ns, 'jobs', { 'job.yaml': rendered });
  const revision = await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
  const pre: Action[] = [{ name: 'migrate', job: { sourceRef: { name: 'jobs' } }, ...parts }];
  await world.stageSet(ns, 'app', { stages: [stage('stage-a', 'ea', { actions: { pre } })] });
  return revision;
}

function messageOf({ status }: StageSet): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

async function fails(ns: string): Promise<string> {
  const message = messageOf(await world.ready(ns, 'app', 'False', 'StageFailed'));
  const event = await world.event(ns, 'StageFailed');
  expect(String(event['note'])).toContain(message.slice(0, 60));
  expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
  return message;
}

/** Waits until the stage waits with a message. */
const says = (ns: string, said: string) =>
  world.stageSetIs(ns, 'app', `says ${said}`, ({ status }) => status?.stages?.[0]?.message?.includes(said) === true);

/** The one Job of the action, once it is as it should be: what is tried again replaces it. */
const theJob = (ns: string, what: string, is: (job: KubeObject) => boolean = () => true) =>
  eventually(world.cluster, { ...JOBS, namespace: ns }, `there is one Job, ${what}`, ([first, ...others]) =>
    first !== undefined && others.length === 0 && is(first) ? first : undefined,
  );
const hasFailed = (found: KubeObject) => conditionOf(found, 'Failed') !== undefined;
const conditionOf = (object: KubeObject | undefined, type: string) =>
  ((object?.['status'] as { conditions?: { type: string; status: string; reason?: string }[] })?.conditions ?? []).find(
    (condition) => condition.type === type && condition.status === 'True',
  );

const podsIn = (ns: string, what: string, are: (pods: readonly KubeObject[]) => KubeObject | undefined) =>
  eventually(world.cluster, { ...PODS, namespace: ns }, what, are);

describe('a Job that fails', () => {
  test('fails its stage, tells how its container ended, and stays', async () => {
    const ns = await world.suite.namespace();
    await deliver(ns, job('fail'));
    const message = await fails(ns);
    expect(message).toMatch(
      /^stage "stage-a" pre-action: action "migrate": Job app-stage-a-migrate-\w+ has failed: BackoffLimitExceeded: /,
    );
    expect(message).toContain('; container migrate exited with 1');
    await theJob(ns, 'which has failed', (left) => conditionOf(left, 'Failed')?.reason === 'BackoffLimitExceeded');
  });

  test('has as many pods as its backoffLimit allows before', async () => {
    const ns = await world.suite.namespace();
    await deliver(ns, job('fail', { backoffLimit: 1 }));
    expect(await fails(ns)).toContain('has failed: BackoffLimitExceeded: ');
    const { status } = (await theJob(ns, 'which has failed', hasFailed)) as { status?: { failed?: number } };
    expect(status?.failed).toBe(2);
  });

  test('after its activeDeadlineSeconds', async () => {
    const ns = await world.suite.namespace();
    await deliver(ns, job('hold', { activeDeadlineSeconds: 1 }));
    expect(await fails(ns)).toMatch(/Job \S+ has failed: DeadlineExceeded: /);
  });

  test('in an init container tells of that one', async () => {
    const ns = await world.suite.namespace();
    const initContainers = [
      { name: 'prepare', image: 'registry.example.com/prepare' },
      { name: 'proxy', image: 'registry.example.com/proxy', restartPolicy: 'Always' },
    ];
    await deliver(ns, job('hold', {}, { initContainers }));
    const scheduled = (pod: KubeObject) => (pod['spec'] as { nodeName?: string }).nodeName !== undefined;
    const pod = await podsIn(ns, 'a pod has a node', (pods) => pods.find(scheduled));
    await world.cluster.patch(
      { ...PODS, namespace: ns, name: pod.metadata.name },
      { type: 'merge', patch: { status: endedIn('prepare', 3) } },
      { subresource: 'status' },
    );
    expect(await fails(ns)).toContain('; container prepare exited with 3');
  });
});

/** The status of a pod whose init container has failed, as a kubelet writes it. */
function endedIn(name: string, exitCode: number): object {
  const at = '2026-01-01T00:00:00Z';
  const about = { image: 'registry.example.com/prepare', imageID: '', ready: false, restartCount: 0, started: false };
  const waiting = { reason: 'PodInitializing' };
  return {
    phase: 'Failed',
    initContainerStatuses: [
      { ...about, name, state: { terminated: { exitCode, reason: 'Error', startedAt: at, finishedAt: at } } },
      { ...about, name: 'proxy', state: { waiting } },
    ],
    containerStatuses: [{ ...about, name: 'migrate', state: { waiting } }],
  };
}

describe('a Job that does not end', () => {
  test('is suspended when its time is up', async () => {
    const ns = await world.suite.namespace();
    await deliver(ns, job('hold'), { timeout: '3s' });
    expect(await fails(ns)).toContain('action "migrate": timed out after 3s');
    const isSuspended = ({ spec }: KubeObject) => (spec as { suspend?: boolean } | undefined)?.suspend === true;
    const left = await theJob(ns, 'which is suspended', isSuspended);
    expect(hasFailed(left)).toBe(false);
  });

  test('since its image cannot be had says so, also to the revision that mends it, and makes way when it is deleted', async () => {
    const ns = await world.suite.namespace();
    await deliver(ns, job('pull-error'));
    const why = 'container migrate waits (ImagePullBackOff): Back-off pulling image';
    await says(ns, `0 of 1 complete, 1 running; Pod`);
    await says(ns, why);
    await world.publish(ns, 'jobs', { 'job.yaml': job('') });
    const revision = await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v2') });
    const held = await world.stageSetIs(ns, 'app', 'waits for the Job', (found) =>
      messageOf(found).includes('a newer run begins when Job'),
    );
    expect(messageOf(held)).toContain(why);
    expect(messageOf(held)).toContain('delete it to begin at once');
    const stuck = await theJob(ns, 'which is stuck');
    await world.cluster.delete({ ...JOBS, namespace: ns, name: stuck.metadata.name }, { propagation: 'Background' });
    await world.delivered(ns, 'app', revision);
  });
});
