import { Buffer } from 'node:buffer';
import { isJsonObject, type KubeObject, type ObjectRef } from '@stageset/k8s';
import type { ClusterRequest } from '@stageset/ports';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

/** How pods end, who may end them, and what becomes of what others leave behind. */
let suite: SuiteCluster;
let namespace = '';
beforeAll(async () => {
  suite = await suiteCluster();
});
beforeEach(async () => {
  namespace = await suite.namespace();
});
afterAll(() => suite.stop());

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields => (isJsonObject(value) ? value : {});

interface Answer {
  readonly code: number;
  readonly body: Fields;
}

async function send(method: ClusterRequest['method'], path: string, body?: unknown): Promise<Answer> {
  const response = await suite.transport({
    method,
    path,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return { code: response.status, body: fields(JSON.parse(Buffer.concat(chunks).toString())) };
}

const podPath = (name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`;
const containers = [{ name: 'c', image: 'i:1' }];
const pod = (metadata: Fields = {}, spec: Fields = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace, ...metadata },
  spec: { containers, ...spec },
});
const set = (kind: string, spec: Fields = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'w', namespace },
  spec: {
    selector: { matchLabels: { app: 'w' } },
    template: { metadata: { labels: { app: 'w' } }, spec: { containers } },
    ...spec,
  },
});
const budget = (name: string, spec: Fields): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace },
  spec: { selector: { matchLabels: { app: 'w' } }, ...spec },
});

const all = (apiVersion: string, kind: string) => ({ apiVersion, kind, namespace });
const running = (count: number) => (pods: readonly KubeObject[]) =>
  pods.length === count && pods.every((one) => fields(one['status'])['phase'] === 'Running') ? pods : undefined;
const podsRun = (count: number) => eventually(suite.cluster, all('v1', 'Pod'), `${count} pods run`, running(count));

describe('a pod that is deleted', () => {
  test('has its grace period, and goes when it has stopped and nothing holds it', async () => {
    await suite.cluster.create(pod({ finalizers: ['example.org/hold'] }));
    await podsRun(1);
    const { code, body } = await send('DELETE', podPath('p'));
    expect(code).toBe(200);
    expect(body).toMatchObject({ kind: 'Pod', metadata: { deletionGracePeriodSeconds: 30, generation: 2 } });
    await eventually(
      suite.cluster,
      all('v1', 'Pod'),
      'it has stopped',
      ([one]) => one?.metadata.deletionGracePeriodSeconds === 0,
    );
    const ref: ObjectRef = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'p' };
    await suite.cluster.patch(ref, { type: 'merge', patch: { metadata: { finalizers: null } } });
    await eventually(suite.cluster, all('v1', 'Pod'), 'it is gone', (pods) => pods.length === 0);
  });

  test('goes at once when it is forced', async () => {
    await suite.cluster.create(pod());
    await podsRun(1);
    expect((await send('DELETE', podPath('p'), { gracePeriodSeconds: 0 })).code).toBe(200);
    expect((await send('GET', podPath('p'))).code).toBe(404);
  });

  test('goes at once when it runs nowhere', async () => {
    await suite.cluster.create(pod({}, { nodeSelector: { none: 'such' } }));
    expect((await send('DELETE', podPath('p'))).code).toBe(200);
    expect((await send('GET', podPath('p'))).code).toBe(404);
  });
});

describe('an eviction', () => {
  const evict = (name: string, query = '') =>
    send('POST', `${podPath(name)}/eviction${query}`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name },
    });
  const allowed = (count: number) =>
    eventually(suite.cluster, all('policy/v1', 'PodDisruptionBudget'), `${count} may go`, ([one]) => {
      const status = fields(one?.['status']);
      return status['currentHealthy'] === 2 && status['disruptionsAllowed'] === count;
    });

  test('is refused as long as the budget has nothing to spare, and tried without being done', async () => {
    await suite.cluster.create(budget('b', { minAvailable: 2 }));
    await suite.cluster.create(set('Deployment', { replicas: 2 }));
    const [first] = await podsRun(2);
    const name = first?.metadata.name ?? '';
    await allowed(0);
    expect(await evict(name)).toMatchObject({
      code: 429,
      body: {
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [
            { reason: 'DisruptionBudget', message: 'The disruption budget b needs 2 healthy pods and has 2 currently' },
          ],
        },
      },
    });
    const ref: ObjectRef = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace, name: 'b' };
    await suite.cluster.patch(ref, { type: 'merge', patch: { spec: { minAvailable: 1 } } });
    await allowed(1);
    expect((await evict(name, '?dryRun=All')).code).toBe(201);
    expect((await send('GET', podPath(name))).code).toBe(200);
    expect((await evict(name)).code).toBe(201);
    await eventually(suite.cluster, all('v1', 'Pod'), 'it is gone', (pods) =>
      pods.every((one) => one.metadata.name !== name),
    );
  });

  test('is refused where two budgets guard the pod', async () => {
    await suite.cluster.create(budget('a', { minAvailable: 0 }));
    await suite.cluster.create(budget('b', { minAvailable: 0 }));
    await suite.cluster.create(pod({ labels: { app: 'w' } }));
    await podsRun(1);
    const { code, body } = await evict('p');
    expect([code, body['message']]).toEqual([
      500,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    ]);
  });

  test('of a pod that does not run yet asks no budget', async () => {
    await suite.cluster.create(budget('b', { minAvailable: 1 }));
    await suite.cluster.create(pod({ labels: { app: 'w' }, annotations: { simulate: 'hold' } }));
    expect((await evict('p')).code).toBe(201);
  });
});

describe('what is left behind', () => {
  test('pods of a set that is orphaned belong to the next one that selects them', async () => {
    await suite.cluster.create(set('ReplicaSet', { replicas: 2 }));
    const before = await podsRun(2);
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets/w`;
    await send('DELETE', path, { propagationPolicy: 'Orphan' });
    await eventually(suite.cluster, all('v1', 'Pod'), 'nobody owns them', (pods) =>
      pods.every(({ metadata }) => (metadata.ownerReferences ?? []).length === 0),
    );
    await eventually(suite.cluster, all('apps/v1', 'ReplicaSet'), 'the set is gone', (sets) => sets.length === 0);
    const { metadata } = await suite.cluster.create(set('ReplicaSet', { replicas: 2 }));
    const after = await eventually(suite.cluster, all('v1', 'Pod'), 'they have an owner', (pods) =>
      pods.every((one) => one.metadata.ownerReferences?.[0]?.uid === metadata.uid) ? pods : undefined,
    );
    const uids = (pods: readonly KubeObject[]) => pods.map((one) => one.metadata.uid).sort();
    expect(uids(after)).toEqual(uids(before));
  });

  test('a claim goes with the pod that a StatefulSet does not want any more, when it is told so', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const policy = { whenScaled: 'Delete', whenDeleted: 'Retain' };
    const spec = { serviceName: 'w', replicas: 2, podManagementPolicy: 'Parallel' };
    await suite.cluster.create(
      set('StatefulSet', { ...spec, volumeClaimTemplates: [claim], persistentVolumeClaimRetentionPolicy: policy }),
    );
    const claims = all('v1', 'PersistentVolumeClaim');
    await eventually(suite.cluster, all('v1', 'Pod'), 'two pods', (pods) => pods.length === 2);
    await eventually(suite.cluster, claims, 'two claims', (found) => found.length === 2);
    const ref: ObjectRef = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name: 'w' };
    await suite.cluster.patch(ref, { type: 'merge', patch: { spec: { replicas: 1 } } });
    const left = await eventually(suite.cluster, claims, 'one claim', (found) =>
      found.length === 1 ? found : undefined,
    );
    expect(left[0]?.metadata.name).toBe('data-w-0');
  });
});

describe('an autoscaler', () => {
  const at = (version: string) => `/apis/autoscaling/${version}/namespaces/${namespace}/horizontalpodautoscalers`;
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' };
  const cpu = (averageUtilization: number) => ({
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
  });

  test('of the older version has a metric in the newer one', async () => {
    const autoscaler = (name: string, spec: Fields) => ({
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name },
      spec: { maxReplicas: 3, scaleTargetRef, ...spec },
    });
    await send('POST', at('v1'), autoscaler('a', { targetCPUUtilizationPercentage: 30 }));
    await send('POST', at('v1'), autoscaler('b', {}));
    const metrics = async (name: string) => fields((await send('GET', `${at('v2')}/${name}`)).body['spec'])['metrics'];
    expect([await metrics('a'), await metrics('b')]).toEqual([[cpu(30)], [cpu(80)]]);
    expect((await send('GET', `${at('v1')}/b`)).body['spec']).toMatchObject({ targetCPUUtilizationPercentage: 80 });
  });

  test('of the newer version keeps in the older one what that has no fields for', async () => {
    const memory = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
    };
    await send('POST', at('v2'), {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'a' },
      spec: { maxReplicas: 3, scaleTargetRef, metrics: [memory, cpu(40)] },
    });
    const { body } = await send('GET', `${at('v1')}/a`);
    expect(body['spec']).toEqual({
      minReplicas: 1,
      maxReplicas: 3,
      scaleTargetRef,
      targetCPUUtilizationPercentage: 40,
    });
    const annotations = fields(fields(body['metadata'])['annotations']);
    expect(JSON.parse(String(annotations['autoscaling.alpha.kubernetes.io/metrics']))).toEqual([
      { type: 'Resource', resource: { name: 'memory', targetAverageValue: '1Gi' } },
    ]);
    const replaced = await send('PUT', `${at('v1')}/a`, body);
    expect(replaced.code).toBe(200);
    expect(fields((await send('GET', `${at('v2')}/a`)).body['spec'])['metrics']).toEqual([memory, cpu(40)]);
  });
});
