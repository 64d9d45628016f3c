import { readFile } from 'node:fs/promises';
import { API_VERSION } from '@stageset/api';
import { type LocalCluster, startCluster } from '@stageset/apiserver';
import { createCluster } from '@stageset/client';
import type { Cluster } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../support/eventually.ts';
import { configMap, Scenario, stage } from './fixture.ts';

const RBAC = 'rbac.authorization.k8s.io';
const ALL_VERBS = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'];

let world: Scenario;
/** The other cluster that releases go to. */
let edge: LocalCluster;
let there: Cluster;
beforeAll(async () => {
  world = await Scenario.start();
  edge = await startCluster({ clock: systemClock });
  there = createCluster(edge.transport, { clock: systemClock, random: Math.random });
});
afterAll(async () => {
  await world.stop();
  await edge.stop();
});

const cm = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
const ss = (namespace: string, name: string) => ({ apiVersion: API_VERSION, kind: 'StageSet', namespace, name });

/** A namespace here, and one of the same name there. */
async function namespaces(): Promise<string> {
  const name = await world.suite.namespace();
  await there.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

function kubeconfigSecret(namespace: string, text: string, key = 'value') {
  const metadata = { name: 'edge', namespace };
  const data = { [key]: Buffer.from(text).toString('base64') };
  return world.cluster.apply(
    { apiVersion: 'v1', kind: 'Secret', metadata, data },
    { fieldManager: 'suite', force: true },
  );
}

async function grant(cluster: Cluster, namespace: string, to: string, resource: string): Promise<void> {
  const write = { fieldManager: 'suite', force: true };
  const metadata = { name: `${to}-${resource}`, namespace };
  const rules = [{ apiGroups: [''], resources: [resource], verbs: ALL_VERBS }];
  await cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules }, write);
  await cluster.apply(
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'User', apiGroup: RBAC, name: `system:serviceaccount:${namespace}:${to}` }],
    },
    write,
  );
}

const message = ({
  status,
}: {
  readonly status?: { readonly conditions?: readonly { type: string; message: string }[] };
}) => status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';

const secretRef = { secretRef: { name: 'edge' } };

test('S-125 objects are on the other cluster, status and inventory are here', async () => {
  const ns = await namespaces();
  await kubeconfigSecret(ns, edge.kubeconfig);
  const files = { 'a.yaml': configMap('a', ns, 'v1'), 'b.yaml': configMap('b', ns, 'v1') };
  await world.publish(ns, 'ea', files);
  await world.stageSet(ns, 'app', { kubeConfig: secretRef });
  await world.ready(ns, 'app', 'True', 'Succeeded');
  expect((await there.get(cm(ns, 'a')))?.['data']).toEqual({ key: 'v1' });
  expect(await world.get(ns, 'ConfigMap', 'a')).toBeUndefined();
  expect((await world.inventory(ns, 'app')).get('stage-a')).toEqual([`${ns}_a__ConfigMap`, `${ns}_b__ConfigMap`]);
  expect(await there.resource({ apiVersion: API_VERSION, kind: 'StageInventory' })).toBeUndefined();

  // Drift there is seen from here.
  await there.patch(cm(ns, 'a'), { type: 'merge', patch: { data: { key: 'edited' } } });
  await eventually(there, { ...cm(ns, 'a') }, 'a is as it was', (objects) =>
    objects.some(({ metadata, data }) => metadata.name === 'a' && JSON.stringify(data) === '{"key":"v1"}'),
  );
  // What is not wanted any more goes there, and everything goes with the StageSet.
  await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v2') });
  await eventually(there, cm(ns, 'b'), 'b is gone', (objects) =>
    objects.every(({ metadata }) => metadata.name !== 'b'),
  );
  await world.ready(ns, 'app', 'True', 'Succeeded');
  await world.cluster.delete(ss(ns, 'app'));
  await world.gone(ss(ns, 'app'));
  expect(await there.get(cm(ns, 'a'))).toBeUndefined();
});

test('S-125 a ServiceAccount is taken on as a user there', async () => {
  const ns = await namespaces();
  await kubeconfigSecret(ns, edge.kubeconfig, 'config');
  await world.cluster.create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'deployer', namespace: ns },
  });
  await grant(world.cluster, ns, 'deployer', 'secrets');
  await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
  await world.stageSet(ns, 'app', {
    serviceAccountName: 'deployer',
    kubeConfig: { secretRef: { name: 'edge', key: 'config' } },
    retryInterval: '2s',
  });
  const denied = await world.ready(ns, 'app', 'False', 'RBACDenied');
  expect(message(denied)).toContain(`system:serviceaccount:${ns}:deployer`);
  await grant(there, ns, 'deployer', 'configmaps');
  await world.ready(ns, 'app', 'True', 'Succeeded');
  expect(await there.get(cm(ns, 'a'))).toBeDefined();
});

test('S-125 a ServiceAccount that may not read the kubeconfig delivers nothing', async () => {
  const ns = await namespaces();
  await kubeconfigSecret(ns, edge.kubeconfig);
  await world.cluster.create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'deployer', namespace: ns },
  });
  await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
  await world.stageSet(ns, 'app', { serviceAccountName: 'deployer', kubeConfig: secretRef });
  const denied = await world.ready(ns, 'app', 'False', 'RBACDenied');
  expect(message(denied)).toMatch(/connect to target cluster: Secret .*\/edge: .*the verb get on secrets/);
  expect(await there.get(cm(ns, 'a'))).toBeUndefined();
});

test('S-125 a Secret that is missing or makes no sense fails the stage, and is healed by its change', async () => {
  const ns = await namespaces();
  await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
  await world.stageSet(ns, 'app', { kubeConfig: secretRef });
  const missing = await world.ready(ns, 'app', 'False', 'StageFailed');
  expect(message(missing)).toMatch(
    new RegExp(`stage "stage-a" connect to target cluster: Secret ${ns}/edge not found; create it`),
  );
  await kubeconfigSecret(ns, edge.kubeconfig, 'other');
  await world.ready(ns, 'app', 'False', 'StageFailed', (it) => message(it).includes('under the key "value"'));
  await kubeconfigSecret(ns, 'clusters: [');
  await world.ready(ns, 'app', 'False', 'StageFailed', (it) => message(it).includes('is not valid YAML'));
  await kubeconfigSecret(ns, edge.kubeconfig);
  await world.ready(ns, 'app', 'True', 'Succeeded');
  expect(await there.get(cm(ns, 'a'))).toBeDefined();
});

const CONFIG_MAPS = [
  { name: 'that is missing', data: undefined, want: /ConfigMap .*\/edge not found/ },
  { name: 'without a provider', data: {}, want: /data\.provider is missing/ },
  { name: 'of an unknown provider', data: { provider: 'acme' }, want: /data\.provider "acme" is unknown/ },
  { name: 'of a cloud', data: { provider: 'aws' }, want: /data\.provider "aws" is not supported by this version/ },
  { name: 'without an address', data: { provider: 'generic' }, want: /data\.address is missing/ },
];
for (const { name, data, want } of CONFIG_MAPS) {
  test(`S-125 a ConfigMap ${name} is an invalid spec`, async () => {
    const ns = await namespaces();
    const metadata = { name: 'edge', namespace: ns };
    if (data !== undefined) await world.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
    await world.stageSet(ns, 'app', { kubeConfig: { configMapRef: { name: 'edge' } } });
    expect(message(await world.ready(ns, 'app', 'False', 'InvalidSpec'))).toMatch(want);
  });
}

test('S-125 a cluster that trusts the tokens of a ServiceAccount is reached by them', async () => {
  const ns = await world.suite.namespace();
  const { clusters } = parse(await readFile(world.suite.kubeconfig, 'utf8')) as {
    readonly clusters: readonly { readonly cluster: Record<string, string> }[];
  };
  const { server = '', 'certificate-authority-data': ca = '' } = clusters[0]?.cluster ?? {};
  const data = {
    provider: 'generic',
    address: server,
    'ca.crt': Buffer.from(ca, 'base64').toString('utf8'),
    audiences: 'https://kubernetes.default.svc, https://kubernetes.default.svc.cluster.local',
    serviceAccountName: 'robot',
  };
  await world.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'edge', namespace: ns }, data });
  await world.cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: ns } });
  await grant(world.cluster, ns, 'robot', 'configmaps');
  await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
  await world.stageSet(ns, 'app', { kubeConfig: { configMapRef: { name: 'edge' } } });
  await world.ready(ns, 'app', 'True', 'Succeeded');
  expect(await world.get(ns, 'ConfigMap', 'a')).toBeDefined();
});

test('S-131 a kubeconfig that would run a program or read a file is refused by name', async () => {
  const ns = await namespaces();
  const users = [
    { user: '{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/false}}', want: /user\.exec: may run/ },
    { user: '{auth-provider: {name: gcp}}', want: /user\.auth-provider: may run/ },
    { user: '{tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token}', want: /user\.tokenFile: names a file/ },
    { user: '{client-certificate: /etc/a, client-key: /etc/b}', want: /user\.client-certificate: names a file/ },
  ];
  await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
  await world.stageSet(ns, 'app', { kubeConfig: secretRef });
  for (const { user, want } of users) {
    const text = `apiVersion: v1
kind: Config
current-context: edge
contexts: [{name: edge, context: {cluster: edge, user: tenant}}]
clusters: [{name: edge, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: tenant, user: ${user}}]
`;
    await kubeconfigSecret(ns, text);
    await world.ready(ns, 'app', 'False', 'InvalidSpec', (it) => want.test(message(it)));
  }
});

test('a cluster that does not answer fails its own stages and holds up nobody else', async () => {
  const ns = await namespaces();
  // A listener that never answers would be as good; a closed port is at hand.
  await kubeconfigSecret(ns, edge.kubeconfig.replace(/server: .*/, 'server: https://127.0.0.1:1'));
  const dead = Array.from({ length: 20 }, (_, index) => `dead-${index}`);
  for (const name of dead) {
    await world.publish(ns, name, { 'a.yaml': configMap(name, ns, 'v1') });
    await world.stageSet(ns, name, { kubeConfig: secretRef, stages: [stage('stage-a', name)] });
  }
  const alive = stage('stage-a', 'alive');
  await world.publish(ns, 'alive', { 'b.yaml': configMap('b', ns, 'v1') });
  await world.stageSet(ns, 'alive', { stages: [alive] });
  await world.ready(ns, 'alive', 'True', 'Succeeded');
  for (const name of dead) {
    const { status } = await world.ready(ns, name, 'False', 'StageFailed');
    expect(message({ ...(status === undefined ? {} : { status }) })).toMatch(
      /connect to target cluster: .*127\.0\.0\.1:1/,
    );
  }
  // It is answered for again as soon as it is there.
  await kubeconfigSecret(ns, edge.kubeconfig);
  for (const name of dead) await world.ready(ns, name, 'True', 'Succeeded');
});
