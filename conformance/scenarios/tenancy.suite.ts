import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { API_VERSION } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import type { Transport } from '@stageset/ports';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { SuiteCluster } from '../support/suite-cluster.ts';
import { configMap, Scenario, stage } from './fixture.ts';

const RBAC = 'rbac.authorization.k8s.io';
const DEPLOYED = join(import.meta.dirname, '../../deploy/rbac.yaml');

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const ALL_VERBS = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'];
const rule = (resource: string, verbs: readonly string[] = ALL_VERBS, ...resourceNames: string[]): Rule => ({
  apiGroups: [''],
  resources: [resource],
  verbs,
  ...(resourceNames.length === 0 ? {} : { resourceNames }),
});

let world: Scenario;

/** The controller runs as its own ServiceAccount, with the rights that are deployed and no more. */
async function asDeployed(suite: SuiteCluster): Promise<Transport> {
  const documents = parseAllDocuments(await readFile(DEPLOYED, 'utf8'));
  for (const document of documents) {
    await suite.cluster.apply(document.toJS() as KubeObject, { fieldManager: 'suite', force: true });
  }
  return suite.withToken(async () => {
    const path = '/api/v1/namespaces/stageset-system/serviceaccounts/stageset-controller/token';
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
    const headers = { 'content-type': 'application/json' };
    const answer = await suite.transport({ method: 'POST', path, headers, body });
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { status: { token: string } }).status.token;
  });
}

beforeAll(async () => {
  world = await Scenario.start({}, asDeployed);
});
afterAll(() => world.stop());

const cm = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
const secret = (namespace: string, name: string, value: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { key: value } });

function account(namespace: string, name: string) {
  return world.cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
}

/** Gives a ServiceAccount rights in its namespace; another call with the same role replaces them. */
async function grant(namespace: string, to: string, rules: readonly Rule[], role = to, cluster = world.cluster) {
  const write = { fieldManager: 'suite', force: true };
  const metadata = { name: role, namespace };
  await cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules }, write);
  const binding = {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC, kind: 'Role', name: role },
    subjects: [{ kind: 'ServiceAccount', name: to, namespace }],
  };
  await cluster.apply(binding, write);
}

const message = ({
  status,
}: {
  readonly status?: { readonly conditions?: readonly { type: string; message: string }[] };
}) => status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';

describe('ServiceAccounts', () => {
  test('S-029 a stage that was denied goes on by itself once the right is granted', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'deployer');
    await grant(ns, 'deployer', [rule('secrets')]);
    await world.publish(ns, 'ea', { 'cm.yaml': configMap('app', ns, 'v1') });
    await world.stageSet(ns, 'app', { serviceAccountName: 'deployer', interval: '1h', retryInterval: '3s' });
    await world.ready(ns, 'app', 'False', 'RBACDenied');
    expect(await world.get(ns, 'ConfigMap', 'app')).toBeUndefined();
    await grant(ns, 'deployer', [rule('configmaps')]);
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('S-122 a StageSet does what its ServiceAccount may do, and no more', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'deployer');
    await grant(ns, 'deployer', [rule('configmaps')]);
    await world.publish(ns, 'ea', { 'cm.yaml': configMap('app', ns, 'v1') });
    await world.stageSet(ns, 'app', { serviceAccountName: 'deployer' });
    await world.ready(ns, 'app', 'True', 'Succeeded');

    await world.publish(ns, 'ea', { 'secret.yaml': secret(ns, 'password', 'x') });
    const denied = await world.ready(ns, 'app', 'False', 'RBACDenied');
    expect(message(denied)).toMatch(/stage "stage-a" apply: .*Secret/);
    expect(message(denied)).toContain(`system:serviceaccount:${ns}:deployer`);
    expect(message(denied)).toMatch(
      new RegExp(
        `grant ServiceAccount ${ns}/deployer the verb get on secrets of API group "" by a Role in namespace "${ns}"`,
      ),
    );
    expect(await world.get(ns, 'Secret', 'password')).toBeUndefined();

    await grant(ns, 'deployer', [rule('configmaps'), rule('secrets')]);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect(await world.get(ns, 'Secret', 'password')).toBeDefined();
    await world.gone(cm(ns, 'app'));
  });

  test('S-122 the rights of the controller hold neither impersonation nor anything that is delivered', async () => {
    const [role] = parseAllDocuments(await readFile(DEPLOYED, 'utf8')).flatMap((document) => {
      const object = document.toJS() as KubeObject;
      return object.kind === 'ClusterRole' ? [object] : [];
    });
    const rules = (role?.['rules'] ?? []) as readonly Rule[];
    expect(rules.flatMap(({ verbs }) => verbs)).not.toContain('impersonate');
    expect(rules.flatMap(({ verbs, resources, apiGroups }) => [...verbs, ...resources, ...apiGroups])).not.toContain(
      '*',
    );
    const core = rules.filter(({ apiGroups }) => apiGroups.includes(''));
    expect(core).toEqual([{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }]);
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'cm.yaml': configMap('app', ns, 'v1') });
    await world.stageSet(ns, 'app');
    const denied = await world.ready(ns, 'app', 'False', 'RBACDenied');
    expect(message(denied)).toContain('ServiceAccount stageset-system/stageset-controller');
    expect(await world.get(ns, 'ConfigMap', 'app')).toBeUndefined();
  });

  test('S-123 a stage applies and prunes as its own ServiceAccount, and bounds no other stage', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'wide');
    await account(ns, 'narrow');
    const noDelete = ALL_VERBS.filter((verb) => verb !== 'delete');
    await grant(ns, 'wide', [rule('configmaps'), rule('secrets')]);
    await grant(ns, 'narrow', [rule('configmaps', noDelete)]);
    const files = (...names: string[]) =>
      Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name, ns, 'v1')]));
    await world.publish(ns, 'a', { 'secret.yaml': secret(ns, 'a', 'x') });
    await world.publish(ns, 'b', files('b', 'old'));
    const stages = [stage('first', 'a'), stage('second', 'b', { serviceAccountName: 'narrow' })];
    await world.stageSet(ns, 'app', { serviceAccountName: 'wide', retryInterval: '2s', stages });
    await world.ready(ns, 'app', 'True', 'Succeeded');

    await world.publish(ns, 'b', { ...files('b'), 'secret.yaml': secret(ns, 'b', 'x') });
    const refused = await world.ready(ns, 'app', 'False', 'RBACDenied');
    expect(message(refused)).toContain('stage "second" apply');
    expect(refused.status?.stages?.find(({ name }) => name === 'first')?.phase).toBe('Ready');
    expect(await world.get(ns, 'Secret', 'b')).toBeUndefined();

    await world.publish(ns, 'b', files('b'));
    const kept = await world.ready(ns, 'app', 'False', 'RBACDenied', (it) => message(it).includes('prune'));
    expect(message(kept)).toMatch(new RegExp(`grant ServiceAccount ${ns}/narrow the verb delete on configmaps`));
    expect(await world.get(ns, 'ConfigMap', 'old')).toBeDefined();

    await grant(ns, 'narrow', [rule('configmaps')]);
    await world.gone(cm(ns, 'old'));
    await world.ready(ns, 'app', 'True', 'Succeeded');

    // Also when the stage has left the spec, and nobody else could.
    await grant(ns, 'wide', [rule('configmaps', noDelete), rule('secrets')]);
    await world.stageSet(ns, 'app', { serviceAccountName: 'wide', retryInterval: '2s', stages: stages.slice(0, 1) });
    await world.gone(cm(ns, 'b'));
    await world.ready(ns, 'app', 'True', 'Succeeded', ({ status }) => status?.stages?.length === 1);
  });

  test('S-124 a ServiceAccount that is gone is named, and the stage heals when it is back', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'cm.yaml': configMap('app', ns, 'v1') });
    await world.stageSet(ns, 'app', { serviceAccountName: 'late', retryInterval: '2s' });
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(message({ ...(status === undefined ? {} : { status }) })).toMatch(
      new RegExp(
        `connect to target cluster: no token can be had for ServiceAccount ${ns}/late: .*not found; create it`,
      ),
    );
    await account(ns, 'late');
    await grant(ns, 'late', [rule('configmaps')]);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    // Another account of the same name: the token of the one before is refused, and a new one is asked for.
    await world.cluster.delete({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: ns, name: 'late' });
    await account(ns, 'late');
    await world.delivered(ns, 'app', await world.publish(ns, 'ea', { 'cm.yaml': configMap('app', ns, 'v2') }));
    expect((await world.get(ns, 'ConfigMap', 'app'))?.['data']).toEqual({ key: 'v2' });
  });

  test('S-143 a teardown whose ServiceAccount is gone is given up at once, and says so', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'deployer');
    await grant(ns, 'deployer', [rule('configmaps')]);
    await world.publish(ns, 'ea', { 'cm.yaml': configMap('app', ns, 'v1') });
    await world.stageSet(ns, 'app', { serviceAccountName: 'deployer', retryInterval: '2s' });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    // Whoever is suspended uses no token: the next one has to be asked for.
    await world.stageSet(ns, 'app', { serviceAccountName: 'deployer', retryInterval: '2s', suspend: true });
    await world.ready(ns, 'app', 'False', 'Suspended');
    await world.cluster.delete({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: ns, name: 'deployer' });
    await world.cluster.delete({ apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' });
    await world.gone({ apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' });
    expect((await world.event(ns, 'TeardownForced'))['note']).toMatch(/ServiceAccount .* is gone; objects may be left/);
  });

  test('S-143 a deletion that is forbidden gives the teardown up at once', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'deployer');
    await grant(ns, 'deployer', [rule('configmaps'), rule('secrets')]);
    await world.publish(ns, 'a', { 'secret.yaml': secret(ns, 'a', 'x') });
    await world.publish(ns, 'b', { 'cm.yaml': configMap('b', ns, 'v1') });
    const stages = [stage('first', 'a'), stage('second', 'b')];
    await world.stageSet(ns, 'app', { serviceAccountName: 'deployer', stages });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await grant(ns, 'deployer', [rule('configmaps', ['get', 'list', 'watch']), rule('secrets')]);
    await world.cluster.delete({ apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' });
    await world.gone({ apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' });
    expect((await world.event(ns, 'TeardownForced'))['note']).toMatch(/may not be deleted any more/);
    // What could be deleted was, whatever else could not.
    expect(await world.get(ns, 'Secret', 'a')).toBeUndefined();
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeDefined();
  });

  test('S-126 inputs are read as the ServiceAccount, and a read by name is enough', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'deployer');
    await grant(ns, 'deployer', [rule('configmaps')]);
    await world.cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'vars', namespace: ns },
      data: { VALUE: btoa('hidden') },
    });
    await world.publish(ns, 'ea', { 'cm.yaml': configMap('app', ns, '${VALUE}') });
    const postBuild = { substituteFrom: [{ kind: 'Secret', name: 'vars' }] } as const;
    const stages = [stage('stage-a', 'ea', { postBuild })];
    await world.stageSet(ns, 'app', { serviceAccountName: 'deployer', retryInterval: '2s', stages });
    const denied = await world.ready(ns, 'app', 'False', 'RBACDenied');
    expect(message(denied)).toMatch(
      /stage "stage-a" resolve postBuild variables: Secret .*\/vars: .*the verb get on secrets/,
    );
    await grant(ns, 'deployer', [rule('configmaps'), rule('secrets', ['get'], 'vars')]);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect((await world.get(ns, 'ConfigMap', 'app'))?.['data']).toEqual({ key: 'hidden' });
  });

  test('what may be read and not watched is read on a timer, and that is told once', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'reader');
    await grant(ns, 'reader', [rule('configmaps', ['get', 'create', 'patch', 'delete'])]);
    await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1'), 'b.yaml': configMap('b', ns, 'v1') });
    await world.stageSet(ns, 'app', { serviceAccountName: 'reader' });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect((await world.event(ns, 'WatchDenied'))['note']).toContain(
      `ServiceAccount ${ns}/reader may not list and watch ConfigMap of v1 in namespace "${ns}"`,
    );
    const revision = await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v2') });
    await world.delivered(ns, 'app', revision);
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeUndefined();
    expect(await world.events(ns, 'WatchDenied')).toHaveLength(1);
  });

  test('drift of what a ServiceAccount delivered is seen by its own watch and put back', async () => {
    const ns = await world.suite.namespace();
    await account(ns, 'deployer');
    await grant(ns, 'deployer', [rule('configmaps')]);
    await world.publish(ns, 'ea', { 'cm.yaml': configMap('app', ns, 'v1') });
    await world.stageSet(ns, 'app', { serviceAccountName: 'deployer' });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.cluster.patch(cm(ns, 'app'), { type: 'merge', patch: { data: { key: 'edited' } } });
    await world.object(cm(ns, 'app'), 'is as it was', (object) => JSON.stringify(object['data']) === '{"key":"v1"}');
    await world.cluster.delete({ apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' });
    await world.gone(cm(ns, 'app'));
  });
});
