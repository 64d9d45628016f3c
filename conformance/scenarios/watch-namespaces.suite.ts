import { API_VERSION, type StageSet } from '@stageset/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, Scenario, stage } from './fixture.ts';

const RBAC = 'rbac.authorization.k8s.io';
const WRITE = { fieldManager: 'suite', force: true } as const;

let world: Scenario;
/** The namespaces that the controller looks into, and one that it does not. */
let mine: readonly string[];
let other: string;

const rule = (apiGroup: string, resources: readonly string[]) => ({ apiGroups: [apiGroup], resources, verbs: ['*'] });

/** The rights of a controller that is installed for some namespaces: all of them by Roles, but for definitions. */
async function grant(namespaces: readonly string[], account: string, home: string): Promise<void> {
  const { cluster } = world;
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace: home }];
  const refTo = (kind: string, name: string) => ({ apiGroup: RBAC, kind, name });
  for (const namespace of namespaces) {
    const metadata = { name: account, namespace };
    const rules = [
      rule('', ['configmaps']),
      rule('events.k8s.io', ['events']),
      rule('source.toolkit.fluxcd.io', ['externalartifacts']),
      rule('stages.metio.wtf', ['*']),
    ];
    await cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules }, WRITE);
    const roleRef = refTo('Role', account);
    await cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects }, WRITE);
  }
  const metadata = { name: `${home}-definitions` };
  const definitions = [
    { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['get', 'list', 'watch'] },
  ];
  await cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules: definitions }, WRITE);
  const roleRef = refTo('ClusterRole', metadata.name);
  await cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata, roleRef, subjects }, WRITE);
}

async function tokenOf(namespace: string, name: string): Promise<string> {
  const answer = await world.suite.transport({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { status: { token: string } }).status.token;
}

beforeAll(async () => {
  world = await Scenario.prepare();
  const [first, second] = [await world.suite.namespace(), await world.suite.namespace()];
  mine = [first, second];
  other = await world.suite.namespace();
  const metadata = { name: 'controller', namespace: first };
  await world.cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await grant(mine, 'controller', first);
  const own = world.suite.withToken(() => tokenOf(first, 'controller'));
  await world.startController({ watchNamespaces: [second, first, second] }, undefined, own);
});
afterAll(async () => {
  for (const kind of ['ClusterRoleBinding', 'ClusterRole']) {
    await world.cluster.delete({ apiVersion: `${RBAC}/v1`, kind, name: `${mine[0]}-definitions` });
  }
  await world.stop();
});

test('StageSets of the namespaces that are named are delivered, and kept; rights in these are enough', async () => {
  for (const ns of mine) {
    await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
    await world.stageSet(ns, 'app', { interval: '1h' });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  }
  for (const ns of mine) {
    const revision = await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v2') });
    await world.delivered(ns, 'app', revision);
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'a' };
    await world.cluster.delete(ref);
    await world.object(ref, 'is put back', (object) => (object['data'] as { key?: string }).key === 'v2');
  }
  const wide = /^\/apis\/(stages\.metio\.wtf|source\.toolkit\.fluxcd\.io)\/v1\/(?!namespaces\/)\w+/;
  expect(world.requests.filter(({ path }) => wide.test(path))).toEqual([]);
});

test('a producer is found in its own namespace, whatever the others have', async () => {
  const producer = { apiVersion: 'jaas.metio.wtf/v1', kind: 'JsonnetSnippet', name: 'dash' };
  for (const ns of mine) {
    await world.publish(ns, 'made', { 'p.yaml': configMap('p', ns, ns) }, { spec: { sourceRef: producer } });
    await world.stageSet(ns, 'made', { stages: [{ name: 'stage-a', sourceRef: producer }] });
  }
  for (const ns of mine) {
    await world.ready(ns, 'made', 'True', 'Succeeded');
    expect((await world.get(ns, 'ConfigMap', 'p'))?.['data']).toEqual({ key: ns });
  }
});

test('others are left alone, and what belongs to them is not taken', async () => {
  const [ns = ''] = mine;
  await world.publish(other, 'ea', { 'a.yaml': configMap('a', other, 'v1') });
  await world.stageSet(other, 'app');
  const labels = { 'stages.metio.wtf/name': 'app', 'stages.metio.wtf/namespace': other };
  const metadata = { name: 'theirs', namespace: ns, labels };
  await world.cluster.apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: 'theirs' } },
    { fieldManager: 'stageset-controller', force: true },
  );
  await world.publish(ns, 'greedy', { 'a.yaml': configMap('theirs', ns, 'ours') });
  await world.stageSet(ns, 'greedy', { stages: [stage('stage-a', 'greedy')] });
  const { status } = await world.ready(ns, 'greedy', 'False', 'StageFailed');
  expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(
    `ConfigMap ${ns}/theirs belongs to StageSet ${other}/app`,
  );
  expect((await world.get(ns, 'ConfigMap', 'theirs'))?.['data']).toEqual({ key: 'theirs' });
  const untouched = (await world.get(other, 'StageSet', 'app', API_VERSION)) as StageSet | undefined;
  expect(untouched?.metadata.finalizers).toBeUndefined();
  expect(untouched).not.toHaveProperty('status.run');
});
