import { type Action, API_VERSION, type StageActions, type StageSet, type StageSetSpec } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serveKinds } from '../support/served.ts';
import { configMap, Scenario, stage } from './fixture.ts';
import { HttpReceiver } from './receiver.ts';

let world: Scenario;
let receiver: HttpReceiver;
beforeAll(async () => {
  receiver = await HttpReceiver.start();
  world = await Scenario.start({ allowedActionHosts: ['127.0.0.1'] });
  await serveKinds(world.cluster, [ENGINES]);
});
afterAll(async () => {
  await world.stop();
  await receiver.stop();
});

const GROUP = 'effects.stageset.test';
const ENGINES: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `turnedengines.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'turnedengines', singular: 'turnedengine', kind: 'TurnedEngine', listKind: 'TurnedEngineList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const write = { fieldManager: 'suite', force: true } as const;
const JOBS = { apiVersion: 'batch/v1', kind: 'Job' } as const;
const post = (name: string, path: string, parts: Partial<Action['http']> = {}): Action => ({
  name,
  http: { url: receiver.url(path), ...parts },
});

function job(image = 'registry.example.com/migrate', name = 'migrate', simulate = 'run'): string {
  const template = {
    metadata: { annotations: { simulate } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'c', image }] },
  };
  return JSON.stringify({ ...JOBS, metadata: { name }, spec: { backoffLimit: 0, template } });
}

function messageOf({ status }: StageSet): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

/** A StageSet of that name with one stage `stage-a` of these actions, whose source is `ea`. */
function apply(ns: string, name: string, actions: StageActions, spec: Partial<StageSetSpec> = {}): Promise<KubeObject> {
  return world.stageSet(ns, name, { retryInterval: '1s', stages: [stage('stage-a', 'ea', { actions })], ...spec });
}

const publish = (ns: string, value: string) => world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, value) });

async function annotate(ns: string, annotations: Readonly<Record<string, string>>): Promise<void> {
  const ref = { apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' };
  await world.cluster.patch(ref, { type: 'merge', patch: { metadata: { annotations } } });
}

describe('Jobs', () => {
  test('of two StageSets, and of two actions of one, are Jobs of their own, however long their names', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'jobs', { 'job.yaml': job() });
    await publish(ns, 'v1');
    const long = `${'a-very-long-name-of-an-action'.repeat(2)}-`;
    const pre = ['one', `${long}x`, `${long}y`].map((name): Action => ({ name, job: { sourceRef: { name: 'jobs' } } }));
    await world.publish(ns, 'eb', { 'obj.yaml': configMap('other', ns, 'v1') });
    await apply(ns, 'app', { pre });
    await apply(ns, 'other', {}, { stages: [stage('stage-a', 'eb', { actions: { pre } })] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.ready(ns, 'other', 'True', 'Succeeded');
    const { items } = await world.cluster.list({ ...JOBS, namespace: ns });
    expect(items).toHaveLength(6);
    for (const { metadata } of items) expect(metadata.name).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])$/);
  });

  test('are substituted as their stage is', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'jobs', { 'job.yaml': job('registry.example.com/migrate:${TAG}') });
    const revision = await publish(ns, 'v1');
    const pre: Action[] = [{ name: 'migrate', job: { sourceRef: { name: 'jobs' } } }];
    await apply(
      ns,
      'app',
      {},
      { stages: [stage('stage-a', 'ea', { actions: { pre }, postBuild: { substitute: { TAG: '2.0.0' } } })] },
    );
    await world.delivered(ns, 'app', revision);
    const { items } = await world.cluster.list({ ...JOBS, namespace: ns });
    expect(JSON.stringify(items.map(({ spec }) => spec))).toContain('registry.example.com/migrate:2.0.0');
  });

  test('take no other objects along: what is rendered beside them is refused at once, and nothing of it is created', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'jobs', { 'job.yaml': job(), 'scripts.yaml': configMap('scripts', ns, 'x') });
    await publish(ns, 'v1');
    await apply(ns, 'app', { pre: [{ name: 'migrate', retries: 5, job: { sourceRef: { name: 'jobs' } } }] });
    const failed = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(messageOf(failed)).toContain(
      'action "migrate": its source renders ConfigMap scripts: a job action takes Jobs',
    );
    expect((await world.cluster.list({ ...JOBS, namespace: ns })).items).toEqual([]);
    expect(await world.get(ns, 'ConfigMap', 'scripts')).toBeUndefined();
  });
});

describe('patches', () => {
  test('a merge reaches custom objects, and kinds whose API version is left out', async () => {
    const ns = await world.suite.namespace();
    const engine = { apiVersion: `${GROUP}/v1`, kind: 'TurnedEngine', metadata: { name: 'main', namespace: ns } };
    await world.cluster.apply({ ...engine, spec: { on: false, parts: [{ name: 'a' }] } }, write);
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example.com/web' }] },
    };
    const selector = { matchLabels: { app: 'web' } };
    const metadata = { name: 'web', namespace: ns };
    await world.cluster.apply(
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 1, selector, template } },
      write,
    );
    const revision = await publish(ns, 'v1');
    const containers = [{ name: 'web', image: 'registry.example.com/web:2' }];
    const pre: Action[] = [
      {
        name: 'turn',
        patch: {
          target: { apiVersion: engine.apiVersion, kind: engine.kind, name: 'main' },
          patch: '{"spec":{"on":true,"parts":[{"name":"b"}]}}',
        },
      },
      {
        name: 'image',
        patch: {
          target: { kind: 'Deployment', name: 'web' },
          patch: JSON.stringify({ spec: { template: { spec: { containers } } } }),
        },
      },
    ];
    await apply(ns, 'app', { pre });
    await world.delivered(ns, 'app', revision);
    expect((await world.get(ns, 'TurnedEngine', 'main', engine.apiVersion))?.['spec']).toEqual({
      on: true,
      parts: [{ name: 'b' }],
    });
    const web = await world.get(ns, 'Deployment', 'web', 'apps/v1');
    expect(web?.['spec']).toMatchObject({ replicas: 1, template: { spec: { containers } } });
  });
});

describe('deletions', () => {
  test('take along what belongs to their target, and are over when it is gone', async () => {
    const ns = await world.suite.namespace();
    const old = JSON.parse(job('registry.example.com/old', 'old', 'hold')) as KubeObject;
    await world.cluster.create({
      ...old,
      metadata: { ...old.metadata, namespace: ns, finalizers: ['example.com/held'] },
    });
    const pods = (what: string, are: (found: readonly KubeObject[]) => true | undefined) =>
      eventually(world.cluster, { apiVersion: 'v1', kind: 'Pod', namespace: ns }, what, are);
    await pods('its pod is there', ({ length }) => (length === 1 ? true : undefined));
    const revision = await publish(ns, 'v1');
    const target = { apiVersion: 'batch/v1', kind: 'Job', name: 'old' };
    await apply(ns, 'app', { pre: [{ name: 'drop', delete: { target } }] });
    await world.stageSetIs(ns, 'app', 'waits for its end', ({ status }) => {
      const said = 'waiting for Job old to be gone (held by the finalizer example.com/held';
      return status?.stages?.[0]?.message?.includes(said) === true;
    });
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
    await world.cluster.patch(
      { ...target, namespace: ns },
      { type: 'merge', patch: { metadata: { finalizers: null } } },
    );
    await world.delivered(ns, 'app', revision);
    await pods('its pod is gone', ({ length }) => (length === 0 ? true : undefined));
  });
});

describe('requests', () => {
  test('say what they carry, and which effect they are', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/tell`;
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: ns } };
    const data = { Authorization: Buffer.from('Bearer hush').toString('base64') };
    await world.cluster.apply({ ...secret, data } as KubeObject, write);
    const revision = await publish(ns, 'v1');
    const headersFrom = [{ name: 'login', key: 'Authorization' }];
    const pre = [
      post('tell', path, { method: 'PUT', body: '{"release":"v1"}', headersFrom }),
      post('bare', `${path}/bare`),
    ];
    await apply(ns, 'app', { pre });
    await world.delivered(ns, 'app', revision);
    const [told, bare] = [path, `${path}/bare`].map((wanted) => receiver.hits.find((hit) => hit.path === wanted));
    expect(told).toMatchObject({ method: 'PUT', body: '{"release":"v1"}' });
    expect(told?.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer hush' });
    expect(bare).toMatchObject({ method: 'POST', body: '' });
    expect(bare?.headers).not.toHaveProperty('content-type');
    const keys = [told, bare].map((hit) => hit?.headers['idempotency-key']);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('what is done stays done', () => {
  test('whatever becomes of who delivers it', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/tell`;
    const revision = await publish(ns, 'v1');
    const actions = { pre: [post('tell', path)] };
    await apply(ns, 'app', actions);
    await world.delivered(ns, 'app', revision);
    await apply(ns, 'app', actions, { serviceAccountName: 'nobody' });
    const lost = await world.stageSetIs(ns, 'app', 'nobody delivers', ({ metadata, status }) => {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'False' && ready.observedGeneration === metadata.generation;
    });
    expect(lost.status?.stages?.[0]?.executedActions).toEqual(['tell']);
    await world.cluster.patch(
      { apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' },
      { type: 'merge', patch: { spec: { serviceAccountName: null } } },
    );
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect(receiver.count(path)).toBe(1);
  });

  test('when a source names no revision, its content is the revision', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/tell`;
    const point = async (value: string) => {
      const { url, digest } = await world.archive({ 'obj.yaml': configMap('obj', ns, value) }, `${ns}-${value}`);
      await world.point(ns, 'ea', { url, digest, revision: '' });
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'obj' };
      await world.object(ref, value, (object) => (object['data'] as { key?: string }).key === value);
      await world.ready(ns, 'app', 'True', 'Succeeded');
    };
    await apply(ns, 'app', { pre: [post('tell', path)] });
    await point('v1');
    await point('v2');
    expect(receiver.count(path)).toBe(2);
    expect(receiver.effects(path)).toBe(2);
  });
});

describe('onFailure', () => {
  const broken = (ns: string) => configMap('obj', ns, 'v1', { data: { 'a b': 'no such key' } });

  test('follows what comes after pre, and not what could never be built', async () => {
    const ns = await world.suite.namespace();
    const [began, clean] = [`/${ns}/began`, `/${ns}/clean`];
    await world.publish(ns, 'ea', { 'kustomization.yaml': 'resources: [none.yaml]' });
    await apply(ns, 'app', { pre: [post('began', began)], onFailure: [post('clean', clean)] });
    await world.ready(ns, 'app', 'False', 'StageFailed', (found) => messageOf(found).includes('none.yaml'));
    expect([receiver.count(began), receiver.count(clean)]).toEqual([0, 0]);
    await world.publish(ns, 'ea', { 'obj.yaml': broken(ns) });
    await world.ready(ns, 'app', 'False', 'StageFailed', (found) => messageOf(found).includes('a b'));
    await world.stageSetIs(ns, 'app', 'is cleaned up', () => receiver.count(clean) === 1);
    expect([receiver.count(began), receiver.count(clean)]).toEqual([1, 1]);
  });

  test('runs again when a failed release is mended in the spec, and fails again', async () => {
    const ns = await world.suite.namespace();
    const clean = `/${ns}/clean`;
    await world.publish(ns, 'ea', { 'obj.yaml': broken(ns) });
    const actions = { onFailure: [post('clean', clean)] };
    await apply(ns, 'app', actions);
    await world.stageSetIs(
      ns,
      'app',
      'is cleaned up',
      ({ status }) => status?.stages?.[0]?.onFailureRanFor !== undefined,
    );
    await annotate(ns, { 'reconcile.fluxcd.io/requestedAt': 't1' });
    const asked = await world.stageSetIs(
      ns,
      'app',
      'was asked',
      ({ status }) => status?.lastHandledReconcileAt === 't1',
    );
    expect(receiver.count(clean)).toBe(1);
    await apply(ns, 'app', actions, { timeout: '4m' });
    await world.stageSetIs(ns, 'app', 'is cleaned up again', ({ status }) => {
      const ranFor = status?.stages?.[0]?.onFailureRanFor;
      return ranFor !== undefined && ranFor !== asked.status?.stages?.[0]?.onFailureRanFor;
    });
    expect(receiver.count(clean)).toBe(2);
  });
});
