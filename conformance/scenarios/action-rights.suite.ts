import type { Action } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, Scenario, stage } from './fixture.ts';
import { HttpReceiver } from './receiver.ts';

let world: Scenario;
let receiver: HttpReceiver;
beforeAll(async () => {
  receiver = await HttpReceiver.start();
  world = await Scenario.start({ allowedActionHosts: ['127.0.0.1'] });
});
afterAll(async () => {
  await world.stop();
  await receiver.stop();
});

const write = { fieldManager: 'suite', force: true };
const RBAC = 'rbac.authorization.k8s.io';
const rule = (apiGroup: string, resource: string, verbs: readonly string[]) => ({
  apiGroups: [apiGroup],
  resources: [resource],
  verbs,
});
const ALL = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
const READ = ['get', 'list', 'watch'];

async function account(namespace: string, name: string, rules: readonly object[]): Promise<void> {
  const metadata = { name, namespace };
  await world.cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, write);
  await world.cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules }, write);
  const roleRef = { apiGroup: RBAC, kind: 'Role', name };
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  await world.cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects }, write);
}

/** A StageSet that acts as `wide`, with one stage that acts as `narrow` and has this action before it. */
async function deliver(ns: string, action: Action): Promise<void> {
  await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
  const stages = [stage('stage-a', 'ea', { serviceAccountName: 'narrow', actions: { pre: [action] } })];
  await world.stageSet(ns, 'app', { serviceAccountName: 'wide', retryInterval: '2s', stages });
}

const WORLD = [rule('', 'configmaps', ALL), rule('', 'secrets', ALL), rule('batch', 'jobs', ALL)];
const denied = async (ns: string) => {
  const { status } = await world.ready(ns, 'app', 'False', 'RBACDenied');
  return status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
};

describe('S-123 actions have the rights of their stage', () => {
  test('a patch that is not its to make', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'wide', WORLD);
    await account(ns, 'narrow', [rule('', 'configmaps', ALL), rule('', 'secrets', READ)]);
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: ns } };
    await world.cluster.apply({ ...secret, data: { key: 'b2xk' } } as KubeObject, write);
    const target = { kind: 'Secret', name: 'login' };
    await deliver(ns, { name: 'turn', patch: { target, patch: '{"stringData":{"key":"new"}}' } });
    const message = await denied(ns);
    expect(message).toContain('stage "stage-a" pre-action: action "turn": Secret login: ');
    expect(message).toContain(
      `grant ServiceAccount ${ns}/narrow the verb patch on secrets of API group "" by a Role in namespace "${ns}"`,
    );
    expect((await world.get(ns, 'Secret', 'login'))?.['data']).toEqual({ key: 'b2xk' });
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();

    await account(ns, 'narrow', [rule('', 'configmaps', ALL), rule('', 'secrets', [...READ, 'patch'])]);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect((await world.get(ns, 'Secret', 'login'))?.['data']).toEqual({ key: 'bmV3' });
  });

  test('a patch of what it may not read', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'wide', WORLD);
    await account(ns, 'narrow', [rule('', 'configmaps', ALL), rule('', 'secrets', ['patch'])]);
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: ns } };
    await world.cluster.apply({ ...secret, data: { key: 'b2xk' } } as KubeObject, write);
    await deliver(ns, {
      name: 'turn',
      patch: { target: { kind: 'Secret', name: 'login' }, patch: '{"data":{"key":"bmV3"}}' },
    });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect((await world.get(ns, 'Secret', 'login'))?.['data']).toEqual({ key: 'bmV3' });
  });

  test('a Secret that is not its to read: nothing is sent', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'wide', WORLD);
    await account(ns, 'narrow', [rule('', 'configmaps', ALL)]);
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: ns } };
    await world.cluster.apply({ ...secret, data: { 'X-Token': 'aHVzaA==' } } as KubeObject, write);
    const headersFrom = [{ name: 'login', key: 'X-Token' }];
    await deliver(ns, { name: 'tell', http: { url: receiver.url(`/${ns}/tell`), headersFrom } });
    expect(await denied(ns)).toContain(
      `grant ServiceAccount ${ns}/narrow the verb get on secrets of API group "" by a Role in namespace "${ns}"`,
    );
    expect(receiver.count(`/${ns}/tell`)).toBe(0);
    await account(ns, 'narrow', [rule('', 'configmaps', ALL), rule('', 'secrets', READ)]);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect(receiver.hits.find(({ path }) => path === `/${ns}/tell`)?.headers).toMatchObject({ 'x-token': 'hush' });
  });

  test('a Job that is not its to create', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'wide', WORLD);
    await account(ns, 'narrow', [rule('', 'configmaps', ALL), rule('batch', 'jobs', READ)]);
    const containers = [{ name: 'c', image: 'registry.example.com/migrate' }];
    const template = { spec: { restartPolicy: 'Never', containers } };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' }, spec: { template } };
    await world.publish(ns, 'jobs', { 'job.yaml': JSON.stringify(job) });
    await deliver(ns, { name: 'migrate', job: { sourceRef: { name: 'jobs' } } });
    expect(await denied(ns)).toContain(
      `grant ServiceAccount ${ns}/narrow the verb create on jobs of API group "batch"`,
    );
    const { items } = await world.cluster.list({ apiVersion: 'batch/v1', kind: 'Job', namespace: ns });
    expect(items).toEqual([]);
  });
});

test('what actions have done is not done again while nothing may be pruned', async () => {
  const ns = await world.suite.namespace();
  const path = `/${ns}/tell`;
  const withoutDelete = ALL.filter((verb) => verb !== 'delete');
  await account(ns, 'narrow', [rule('', 'configmaps', withoutDelete)]);
  const actions = { post: [{ name: 'tell', http: { url: receiver.url(path) } }] };
  const files = { 'obj.yaml': configMap('obj', ns, 'v1'), 'old.yaml': configMap('old', ns, 'v1') };
  const first = await world.publish(ns, 'ea', files);
  const stages = [stage('stage-a', 'ea', { actions })];
  await world.stageSet(ns, 'app', { serviceAccountName: 'narrow', retryInterval: '1s', stages });
  await world.delivered(ns, 'app', first);
  await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v2') });
  expect(await denied(ns)).toContain('the verb delete on configmaps');
  await world.cluster.patch(
    { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace: ns, name: 'app' },
    { type: 'merge', patch: { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 't1' } } } },
  );
  await world.ready(ns, 'app', 'False', 'RBACDenied', ({ status }) => status?.lastHandledReconcileAt === 't1');
  expect(receiver.count(path)).toBe(2);
  await account(ns, 'narrow', [rule('', 'configmaps', ALL)]);
  await world.ready(ns, 'app', 'True', 'Succeeded');
  expect(await world.get(ns, 'ConfigMap', 'old')).toBeUndefined();
  expect(receiver.count(path)).toBe(2);
});

describe('S-130 secrets of a request', () => {
  test('stay with the host they were meant for', async () => {
    const ns = await world.suite.namespace();
    const other = await HttpReceiver.start();
    try {
      receiver.redirects.set(`/${ns}/tell`, other.url('/take'));
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: ns } };
      await world.cluster.apply({ ...secret, data: { body: 'aHVzaA==' } } as KubeObject, write);
      await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
      const http = { url: receiver.url(`/${ns}/tell`), bodyFrom: { name: 'login', key: 'body' } };
      const pre: Action[] = [{ name: 'tell', http, retries: 3 }];
      await world.stageSet(ns, 'app', { retryInterval: '1h', stages: [stage('stage-a', 'ea', { actions: { pre } })] });
      const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
      const told = JSON.stringify(status);
      expect(told).toContain('is not followed: the request holds secrets');
      expect(told).not.toContain('hush');
      expect(told).not.toContain('nobody shall repeat');
      expect(other.hits).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});
