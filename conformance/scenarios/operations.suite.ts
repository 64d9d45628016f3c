import { createServer } from 'node:net';
import { API_VERSION } from '@stageset/api';
import type { ClusterResponse, Transport } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serveKinds } from '../support/served.ts';
import { configMap, Scenario, stage } from './fixture.ts';

/** What a series says, among what `/metrics` answers; labels in any order. */
function seriesOf(text: string, name: string, labels: Readonly<Record<string, string>>): number | undefined {
  for (const line of text.split('\n')) {
    const match = /^(\w+)\{(.*)\} (\S+)$/.exec(line);
    if (match?.[1] !== name) continue;
    if (Object.entries(labels).every(([key, value]) => match[2]?.includes(`${key}="${value}"`)))
      return Number(match[3]);
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Answers requests that match as the API server would, without asking it. */
function refusing(matches: (request: Parameters<Transport>[0]) => boolean, code: number, reason: string) {
  return (transport: Transport): Transport =>
    async (request) => {
      if (!matches(request)) return transport(request);
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `${reason} here` };
      const body = [new TextEncoder().encode(JSON.stringify(status))];
      const answer: ClusterResponse = { status: code, headers: {}, body: ReadableStream.from(body) };
      return answer;
    };
}

describe('operations', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.start();
  });
  afterAll(() => scenario.stop());

  const metrics = () => scenario.controller.metrics();
  const metricsWith = async (is: (text: string) => boolean): Promise<string> => {
    for (let tries = 0; tries < 1_200 && !is(await metrics()); tries += 1) {
      await new Promise<void>((resolve) => void systemClock.schedule(50, resolve));
    }
    return metrics();
  };
  const release = async (ns: string, name: string): Promise<void> => {
    await scenario.publish(ns, name, { 'cm.yaml': configMap(name, ns, 'v1') });
    await scenario.stageSet(ns, name, { stages: [stage('stage-a', name)] });
  };

  test('S-142 fifty StageSets of one artifact become ready, and leave nothing behind', async () => {
    const ns = await scenario.suite.namespace();
    const manifest = configMap(`$${'{NAME}'}`, ns, 'v1');
    const revision = await scenario.publish(ns, 'ea', { 'cm.yaml': manifest });
    const names = Array.from({ length: 50 }, (_, index) => `app-${index}`);
    for (const name of names) {
      const substitute = { NAME: `settings-${name}` };
      await scenario.stageSet(ns, name, { stages: [stage('stage-a', 'ea', { postBuild: { substitute } })] });
    }
    await Promise.all(names.map((name) => scenario.delivered(ns, name, revision)));
    const ours = { apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, labelSelector: 'stages.metio.wtf/name' };
    expect((await scenario.cluster.list(ours)).items).toHaveLength(50);
    for (const name of names) {
      await scenario.cluster.delete({ apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name });
    }
    await eventually(scenario.cluster, ours, 'nothing is left', (left) => left.length === 0);
    await eventually(
      scenario.cluster,
      { apiVersion: API_VERSION, kind: 'StageInventory', namespace: ns },
      'nothing is recorded',
      (left) => left.length === 0 || undefined,
    );
  });

  test('S-144 the objects of a later stage are gone before those of an earlier one are deleted', async () => {
    const ns = await scenario.suite.namespace();
    await scenario.publish(ns, 'one', { 'cm.yaml': configMap('first', ns, 'v1') });
    const held = configMap('second', ns, 'v1', {
      metadata: { name: 'second', namespace: ns, finalizers: ['example.com/hold'] },
    });
    await scenario.publish(ns, 'two', { 'cm.yaml': held });
    await scenario.stageSet(ns, 'app', { stages: [stage('a', 'one'), stage('b', 'two')] });
    await scenario.ready(ns, 'app', 'True', 'Succeeded');
    const app = { apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' };
    await scenario.cluster.delete(app);
    const second = { apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'second' };
    await scenario.object(second, 'terminates', ({ metadata }) => metadata.deletionTimestamp !== undefined);
    const first = await scenario.get(ns, 'ConfigMap', 'first');
    expect(first?.metadata.deletionTimestamp).toBeUndefined();
    await scenario.cluster.patch(second, { type: 'merge', patch: { metadata: { finalizers: null } } });
    await scenario.gone({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'first' });
    await scenario.gone(app);
  });

  test('S-145 a source whose kind is installed later is delivered without a restart', async () => {
    const ns = await scenario.suite.namespace();
    const group = `late-${systemClock.now().toString(36)}.example.com`;
    await scenario.stageSet(ns, 'app', {
      stages: [
        {
          name: 'stage-a',
          sourceRef: { apiVersion: `${group}/v1`, kind: 'Snippet', name: 'dash' },
        },
      ],
    });
    await scenario.stageSetIs(ns, 'app', 'waits', (stageSet) =>
      (stageSet.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'False'),
    );
    const names = { plural: 'snippets', singular: 'snippet', kind: 'Snippet', listKind: 'SnippetList' };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await scenario.cluster.apply(
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `snippets.${group}` },
        spec: { group, scope: 'Namespaced', names, versions: [{ name: 'v1', served: true, storage: true, schema }] },
      },
      { fieldManager: 'suite', force: true },
    );
    await scenario.publish(
      ns,
      'rendered',
      { 'cm.yaml': configMap('late', ns, 'v1') },
      { spec: { sourceRef: { apiVersion: `${group}/v1`, kind: 'Snippet', name: 'dash' } } },
    );
    await scenario.ready(ns, 'app', 'True', 'Succeeded');
    expect(await scenario.get(ns, 'ConfigMap', 'late')).toBeDefined();
  });

  test('S-145 so is a direct source of a kind that is installed later', async () => {
    const ns = await scenario.suite.namespace();
    const group = `direct-${systemClock.now().toString(36)}.example.com`;
    const source = { apiVersion: `${group}/v1`, kind: 'ExternalArtifact', name: 'late' };
    await scenario.stageSet(ns, 'app', { interval: '1h', stages: [{ name: 'stage-a', sourceRef: source }] });
    const { status } = await scenario.ready(ns, 'app', 'False', 'RBACDenied');
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(
      `no kind ExternalArtifact in ${group}/v1`,
    );
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const names = { plural: 'lates', singular: 'late', kind: 'ExternalArtifact', listKind: 'ExternalArtifactList' };
    const subresources = { status: {} };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `lates.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names,
        versions: [{ name: 'v1', served: true, storage: true, schema, subresources }],
      },
    };
    await serveKinds(scenario.cluster, [definition]);
    const { url, digest } = await scenario.archive({ 'cm.yaml': configMap('late', ns, 'v1') });
    const write = { fieldManager: 'suite', force: true };
    const { name, ...kind } = source;
    const object = { ...kind, metadata: { name, namespace: ns } };
    await scenario.cluster.apply(object, write);
    const now = new Date(systemClock.now()).toISOString();
    const conditions = [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: now }];
    const told = { artifact: { url, digest, revision: 'v1' }, conditions };
    await scenario.cluster.apply({ ...object, status: told }, { ...write, subresource: 'status' });
    await scenario.delivered(ns, 'app', 'v1');
    await scenario.cluster.delete({ apiVersion: definition.apiVersion, kind: definition.kind, name: `lates.${group}` });
  });

  test('S-148 a success is counted, and every series of a StageSet goes with it', async () => {
    const ns = await scenario.suite.namespace();
    await release(ns, 'app');
    await scenario.ready(ns, 'app', 'True', 'Succeeded');
    // What was done is counted when the write of it is answered, which others may see before.
    const before = await metricsWith((text) => text.includes(`stageset_stage_applied_total{namespace="${ns}"`));
    expect(seriesOf(before, 'stageset_reconcile_total', { namespace: ns, reason: 'Succeeded' })).toBeGreaterThan(0);
    expect(seriesOf(before, 'stageset_stage_applied_total', { namespace: ns, stage: 'stage-a' })).toBe(1);
    expect(seriesOf(before, 'stageset_stage_ready', { namespace: ns, stageset: 'app', stage: 'stage-a' })).toBe(1);
    const app = { apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' };
    await scenario.cluster.delete(app);
    await scenario.gone(app);
    const after = await metricsWith((text) => !text.includes(`namespace="${ns}"`));
    expect(after.split('\n').filter((line) => line.includes(`namespace="${ns}"`))).toEqual([]);
  });

  const outcomes: readonly {
    reason: string;
    status?: 'True' | 'False';
    arrange: (ns: string) => Promise<unknown>;
  }[] = [
    { reason: 'Succeeded', status: 'True', arrange: (ns) => release(ns, 'app') },
    { reason: 'Suspended', arrange: (ns) => scenario.stageSet(ns, 'app', { suspend: true }) },
    {
      reason: 'ArtifactNotFound',
      arrange: (ns) => scenario.stageSet(ns, 'app', { stages: [stage('stage-a', 'nowhere')] }),
    },
    {
      reason: 'SourceNotReady',
      arrange: async (ns) => {
        await scenario.point(ns, 'ea', undefined, { ready: false });
        await scenario.stageSet(ns, 'app');
      },
    },
    {
      reason: 'StageFailed',
      arrange: async (ns) => {
        await scenario.publish(ns, 'ea', { 'cm.yaml': 'not: a manifest' });
        await scenario.stageSet(ns, 'app');
      },
    },
    {
      reason: 'RBACDenied',
      arrange: async (ns) => {
        const widget = { apiVersion: 'nowhere.example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: ns } };
        await scenario.publish(ns, 'ea', { 'w.yaml': JSON.stringify(widget) });
        await scenario.stageSet(ns, 'app');
      },
    },
    {
      reason: 'InvalidSpec',
      arrange: async (ns) => {
        await scenario.publish(ns, 'ea', { 'cm.yaml': configMap('twice', ns, 'v1') });
        await scenario.stageSet(ns, 'app', { stages: [stage('a', 'ea'), stage('b', 'ea')] });
      },
    },
    {
      reason: 'ResolveFailed',
      arrange: async (ns) => {
        const producer = { apiVersion: 'jaas.metio.wtf/v1', kind: 'JsonnetSnippet', name: 'dash' };
        for (const name of ['one', 'other']) {
          await scenario.publish(ns, name, { 'cm.yaml': configMap(name, ns, 'v1') }, { spec: { sourceRef: producer } });
        }
        await scenario.stageSet(ns, 'app', { stages: [{ name: 'stage-a', sourceRef: producer }] });
      },
    },
    {
      reason: 'DependencyNotReady',
      arrange: (ns) => scenario.stageSet(ns, 'app', { dependsOn: [{ name: 'nobody' }] }),
    },
    {
      reason: 'Stalled',
      arrange: async (ns) => {
        await scenario.stageSet(ns, 'other', { dependsOn: [{ name: 'app' }] });
        await scenario.stageSet(ns, 'app', { dependsOn: [{ name: 'other' }] });
      },
    },
    {
      reason: 'StageProgressing',
      arrange: async (ns) => {
        const metadata = { name: 'held', namespace: ns, finalizers: ['example.com/hold'] };
        const pvc = {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata,
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'nobody',
            resources: { requests: { storage: '1Gi' } },
          },
        };
        const { finalizers: _, ...plain } = metadata;
        await scenario.publish(ns, 'ea', { 'pvc.yaml': JSON.stringify({ ...pvc, metadata: plain }) });
        await scenario.stageSet(ns, 'app', { stages: [stage('stage-a', 'ea', { timeout: '1s' })] });
      },
    },
  ];
  test.each(outcomes)('S-149 $reason is counted', async ({ reason, status = 'False', arrange }) => {
    const ns = await scenario.suite.namespace();
    await arrange(ns);
    const stageSet = await scenario.stageSetIs(ns, 'app', reason, ({ status: told }) =>
      (told?.conditions ?? []).some((one) => one.type === 'Ready' && one.reason === reason && one.status === status),
    );
    const labels = { namespace: ns, name: 'app', reason };
    expect(seriesOf(await metrics(), 'stageset_reconcile_total', labels)).toBeGreaterThan(0);
    const event = await scenario.event(ns, reason);
    expect(event).toMatchObject({ type: status === 'True' ? 'Normal' : 'Warning', action: reason });
    const message = stageSet.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
    const suffix = ` (runbook: https://stageset.projects.metio.wtf/runbooks/${reason.toLowerCase()}/)`;
    expect(message.endsWith(suffix), 'S-150').toBe(reason !== 'Succeeded' && reason !== 'Suspended');
  });

  test('S-148 metrics are for those who may get them in the cluster', async () => {
    const ns = await scenario.suite.namespace();
    const port = await freePort();
    const { stop } = await scenario.startController({
      metricsBindAddress: `127.0.0.1:${port}`,
      // Nothing of anybody else's is its business.
      watchLabelSelector: 'nobody=has-this',
    });
    const tokenOf = async (name: string): Promise<string> => {
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: ns } };
      await scenario.cluster.apply(account, { fieldManager: 'suite', force: true });
      const response = await scenario.suite.transport({
        method: 'POST',
        path: `/api/v1/namespaces/${ns}/serviceaccounts/${name}/token`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      return (JSON.parse(Buffer.concat(chunks).toString()) as { status: { token: string } }).status.token;
    };
    const [scraper, other] = [await tokenOf('scraper'), await tokenOf('other')];
    const rbac = 'rbac.authorization.k8s.io/v1';
    const name = `metrics-${ns}`;
    await scenario.cluster.apply(
      {
        apiVersion: rbac,
        kind: 'ClusterRole',
        metadata: { name },
        rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
      },
      { fieldManager: 'suite', force: true },
    );
    await scenario.cluster.apply(
      {
        apiVersion: rbac,
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name: 'scraper', namespace: ns }],
      },
      { fieldManager: 'suite', force: true },
    );
    const ask = async (token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers });
      return { status: response.status, body: await response.text() };
    };
    expect((await ask()).status).toBe(401);
    expect((await ask('nonsense')).status).toBe(401);
    expect((await ask(other)).status).toBe(403);
    const granted = await ask(scraper);
    expect([granted.status, granted.body]).toEqual([200, expect.stringContaining('stageset_reconcile_total')]);
    await stop();
    for (const kind of ['ClusterRole', 'ClusterRoleBinding']) {
      await scenario.cluster.delete({ apiVersion: rbac, kind, name });
    }
  });
});

describe('what cannot be torn down', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.prepare();
  });
  afterAll(() => scenario.stop());

  test.each([
    { code: 403, word: 'Forbidden', why: 'permanent' },
    { code: 401, word: 'Unauthorized', why: 'unauthorized' },
  ])('S-143 a $code for a deletion lets go at once, and leaves nothing else behind', async ({ code, word, why }) => {
    const ns = await scenario.suite.namespace();
    const isSecond = (path: string) => path.includes(`/namespaces/${ns}/configmaps/second`);
    const via = refusing(({ method, path }) => method === 'DELETE' && isSecond(path), code, word);
    const { running, stop } = await scenario.startController({ watchLabelSelector: `case=${ns}` }, via);
    await scenario.publish(ns, 'one', { 'cm.yaml': configMap('first', ns, 'v1') });
    await scenario.publish(ns, 'two', { 'cm.yaml': configMap('second', ns, 'v1') });
    await scenario.stageSet(ns, 'app', { stages: [stage('a', 'one'), stage('b', 'two')] });
    const app = { apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' };
    await scenario.cluster.patch(app, { type: 'merge', patch: { metadata: { labels: { case: ns } } } });
    await scenario.ready(ns, 'app', 'True', 'Succeeded');
    await scenario.cluster.delete(app);
    await scenario.gone(app);
    expect(await scenario.get(ns, 'ConfigMap', 'second')).toBeDefined();
    expect(await scenario.get(ns, 'ConfigMap', 'first')).toBeUndefined();
    expect(await scenario.event(ns, 'TeardownForced')).toMatchObject({ type: 'Warning' });
    const labels = { namespace: ns, name: 'app', reason: why };
    expect(seriesOf(await running.metrics(), 'stageset_teardown_force_drop_total', labels)).toBe(1);
    await stop();
  });
});
