import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { fieldsAt, listAt } from '../builtin/fields.ts';
import { deployment, startHarness, template } from './testing/harness.ts';

const status = (object: KubeObject | undefined): Record<string, unknown> => fieldsAt(object ?? {}, 'status');
const conditions = (object: KubeObject | undefined): readonly string[] =>
  listAt(status(object), 'conditions').map(({ type, status: value, reason }) =>
    `${type}=${value} ${reason ?? ''}`.trim(),
  );
const names = (objects: readonly KubeObject[]): readonly string[] => objects.map(({ metadata }) => metadata.name);
const meta = (name: string) => ({ name, namespace: 'prod' });

function statefulSet(spec: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta('db'),
    spec: {
      serviceName: 'db',
      replicas: 3,
      selector: { matchLabels: { app: 'db' } },
      template: template('db'),
      ...spec,
    },
  };
}

describe('a StatefulSet', () => {
  test('starts its pods one after another, each with its claim', async () => {
    const { clock, create, list, get } = await startHarness();
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    create(statefulSet({ volumeClaimTemplates: [claim] }));
    await clock.advance(100);
    expect(names(list('Pod'))).toEqual(['db-0']);
    await clock.advance(200);
    expect(names(list('Pod'))).toEqual(['db-0', 'db-1']);
    await clock.advance(500);
    expect(names(list('PersistentVolumeClaim'))).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    expect(list('PersistentVolumeClaim').map((one) => status(one)['phase'])).toEqual(['Bound', 'Bound', 'Bound']);
    const revision = list('ControllerRevision')[0]?.metadata.name;
    expect(status(get('StatefulSet', 'db'))).toEqual({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount: 0,
    });
  });

  test('updates from the highest number down and ends on the new revision', async () => {
    const { clock, create, list, get, patch } = await startHarness();
    create(statefulSet());
    await clock.advance(1000);
    patch('StatefulSet', 'db', { spec: { template: template('db', 'nginx:2') } });
    await clock.advance(100);
    const images = () =>
      Object.fromEntries(
        list('Pod').map((pod) => [pod.metadata.name, listAt(fieldsAt(pod, 'spec'), 'containers')[0]?.['image']]),
      );
    expect(images()).toEqual({ 'db-0': 'nginx:1', 'db-1': 'nginx:1', 'db-2': 'nginx:2' });
    await clock.advance(1000);
    expect(new Set(Object.values(images()))).toEqual(new Set(['nginx:2']));
    const { currentRevision, updateRevision } = status(get('StatefulSet', 'db'));
    expect(currentRevision).toBe(updateRevision);
    expect(clock.pending).toBe(0);
  });

  test('updates only from its partition on', async () => {
    const { clock, create, list, patch } = await startHarness();
    create(statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }));
    await clock.advance(1000);
    patch('StatefulSet', 'db', { spec: { template: template('db', 'nginx:2') } });
    await clock.advance(1000);
    const updated = list('Pod').filter(
      (pod) => listAt(fieldsAt(pod, 'spec'), 'containers')[0]?.['image'] === 'nginx:2',
    );
    expect(names(updated)).toEqual(['db-2']);
  });

  test('starts all at once when it is told so, and updates one after another all the same', async () => {
    const { clock, create, list, patch } = await startHarness();
    create(statefulSet({ podManagementPolicy: 'Parallel' }));
    await clock.advance(50);
    expect(names(list('Pod'))).toEqual(['db-0', 'db-1', 'db-2']);
    await clock.advance(1000);
    patch('StatefulSet', 'db', { spec: { template: template('db', 'nginx:2') } });
    await clock.advance(20);
    const going = list('Pod').filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect(names(going)).toEqual(['db-2']);
  });

  test('lets claims go with their pods and with itself, when it is told so', async () => {
    const { clock, create, list, patch, registry } = await startHarness();
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    create(
      statefulSet({
        volumeClaimTemplates: [claim],
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
      }),
    );
    await clock.advance(2000);
    patch('StatefulSet', 'db', { spec: { replicas: 1 } });
    await clock.advance(2000);
    expect(names(list('PersistentVolumeClaim'))).toEqual(['data-db-0']);
    registry.delete({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'prod', name: 'db' });
    await clock.advance(2000);
    expect(names(list('PersistentVolumeClaim'))).toEqual([]);
  });

  test('shrinks from above', async () => {
    const { clock, create, list, patch } = await startHarness();
    create(statefulSet());
    await clock.advance(1000);
    patch('StatefulSet', 'db', { spec: { replicas: 1 } });
    await clock.advance(300);
    expect(names(list('Pod'))).toEqual(['db-0']);
  });
});

describe('a DaemonSet', () => {
  const daemonSet = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta('agent'),
    spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
  };

  test('has a pod on every node, and replaces them when its template changes', async () => {
    const { clock, create, list, get, patch } = await startHarness();
    create(daemonSet);
    await clock.advance(400);
    expect(new Set(list('Pod').map((pod) => fieldsAt(pod, 'spec')['nodeName']))).toEqual(
      new Set(['node-0', 'node-1', 'node-2']),
    );
    const settled = {
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
    };
    expect(status(get('DaemonSet', 'agent'))).toEqual({ observedGeneration: 1, ...settled });
    expect(get('DaemonSet', 'agent')?.metadata.annotations).toEqual({
      'deprecated.daemonset.template.generation': '1',
    });
    patch('DaemonSet', 'agent', { spec: { template: template('agent', 'nginx:2') } });
    for (let step = 0; step < 150; step++) {
      await clock.advance(10);
      expect(Number(status(get('DaemonSet', 'agent'))['numberReady'])).toBeGreaterThanOrEqual(2);
    }
    expect(status(get('DaemonSet', 'agent'))).toEqual({ observedGeneration: 2, ...settled });
    expect(clock.pending).toBe(0);
  });
});

describe('a Job', () => {
  const job = (spec: object = {}, annotations: Record<string, string> = {}): object => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: meta('migrate'),
    spec: {
      template: {
        metadata: { annotations },
        spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'b' }] },
      },
      ...spec,
    },
  });

  test('completes', async () => {
    const { clock, create, get, list } = await startHarness();
    create(job());
    await clock.advance(200);
    expect(status(get('Job', 'migrate'))).toMatchObject({ active: 1, ready: 1, terminating: 0 });
    await clock.advance(400);
    expect(status(get('Job', 'migrate'))).toMatchObject({ succeeded: 1, ready: 0, uncountedTerminatedPods: {} });
    expect(conditions(get('Job', 'migrate'))).toEqual([
      'SuccessCriteriaMet=True CompletionsReached',
      'Complete=True CompletionsReached',
    ]);
    expect(get('Job', 'migrate')?.metadata.labels).toMatchObject({ 'job-name': 'migrate' });
    expect(list('Pod').map((pod) => status(pod)['phase'])).toEqual(['Succeeded']);
    expect(clock.pending).toBe(0);
  });

  test('runs as many as it may at once', async () => {
    const { clock, create, get, list } = await startHarness();
    create(job({ completions: 5, parallelism: 2 }));
    await clock.advance(100);
    expect(list('Pod')).toHaveLength(2);
    await clock.advance(2000);
    expect(status(get('Job', 'migrate'))).toMatchObject({ succeeded: 5 });
  });

  test('fails when its pods do, after as many tries as it has', async () => {
    const { clock, create, get, list } = await startHarness();
    create(job({ backoffLimit: 1 }, { simulate: 'fail' }));
    await clock.advance(9_000);
    expect(conditions(get('Job', 'migrate'))).toEqual([]);
    await clock.advance(12_000);
    expect(list('Pod')).toHaveLength(2);
    expect(conditions(get('Job', 'migrate'))).toEqual([
      'FailureTarget=True BackoffLimitExceeded',
      'Failed=True BackoffLimitExceeded',
    ]);
    expect(clock.pending).toBe(0);
  });

  test('misses its deadline', async () => {
    const { clock, create, get } = await startHarness();
    create(job({ activeDeadlineSeconds: 30 }, { simulate: 'hold' }));
    await clock.advance(31_000);
    expect(conditions(get('Job', 'migrate'))).toContain('Failed=True DeadlineExceeded');
  });

  test('goes when its time is over, and its pods with it', async () => {
    const { clock, create, get, list } = await startHarness();
    create(job({ ttlSecondsAfterFinished: 60 }));
    await clock.advance(5_000);
    expect(get('Job', 'migrate')).toBeDefined();
    await clock.advance(60_000);
    expect(get('Job', 'migrate')).toBeUndefined();
    expect(list('Pod')).toEqual([]);
  });
});

describe('a pod', () => {
  const pod = (simulate: string): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta('one'), annotations: { simulate } },
    spec: { containers: [{ name: 'a', image: 'b' }] },
  });

  test('that is held stays pending and costs nothing', async () => {
    const { clock, create, get } = await startHarness();
    create(pod('hold'));
    await clock.advance(60_000);
    expect(status(get('Pod', 'one'))['phase']).toBe('Pending');
    expect(clock.pending).toBe(0);
  });

  test('that fails ends as failed', async () => {
    const { clock, create, get } = await startHarness();
    create(pod('fail'));
    await clock.advance(1000);
    expect(status(get('Pod', 'one'))['phase']).toBe('Failed');
  });

  test('that crashes is restarted at growing distances', async () => {
    const { clock, create, get } = await startHarness();
    create(pod('crash'));
    const restarts = () => listAt(status(get('Pod', 'one')), 'containerStatuses')[0]?.['restartCount'];
    const counts: unknown[] = [];
    for (const ms of [1000, 10_000, 20_000, 40_000]) {
      await clock.advance(ms);
      counts.push(restarts());
    }
    expect(counts).toEqual([1, 2, 3, 4]);
    expect(listAt(status(get('Pod', 'one')), 'containerStatuses')[0]?.['state']).toEqual({
      waiting: { reason: 'CrashLoopBackOff', message: expect.stringContaining('back-off 1m20s restarting') },
    });
  });

  test('with a selector that no node meets waits for one', async () => {
    const { clock, create, get } = await startHarness();
    create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: meta('one'),
      spec: { nodeSelector: { disk: 'fast' }, containers: [{ name: 'a', image: 'b' }] },
    });
    await clock.advance(1000);
    expect(conditions(get('Pod', 'one'))).toEqual(['PodScheduled=False Unschedulable']);
  });
});

describe('a Service', () => {
  const service = (spec: object): object => ({ apiVersion: 'v1', kind: 'Service', metadata: meta('web'), spec });

  test('has an address at once, and the endpoints of its pods when they are ready', async () => {
    const { clock, create, get, list } = await startHarness();
    const made = create(service({ selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] }));
    expect(made['spec']).toMatchObject({ clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'], ipFamilies: ['IPv4'] });
    create(deployment('web', { replicas: 2 }));
    await clock.advance(400);
    const subset = listAt(get('Endpoints', 'web') ?? {}, 'subsets')[0] ?? {};
    expect(listAt(subset, 'addresses')).toHaveLength(2);
    expect(listAt(subset, 'ports')).toEqual([{ name: 'http', port: 80, protocol: 'TCP' }]);
    const [slice] = list('EndpointSlice');
    expect(listAt(slice ?? {}, 'endpoints').map((one) => fieldsAt(one, 'conditions')['ready'])).toEqual([true, true]);
    expect(slice?.metadata.labels?.['kubernetes.io/service-name']).toBe('web');
  });

  test('keeps its address when it is written again without one', async () => {
    const { create, registry } = await startHarness();
    create(service({ ports: [{ port: 80 }] }));
    const again = registry.update(service({ ports: [{ port: 81 }] }) as KubeObject);
    expect(again['spec']).toMatchObject({ clusterIP: '10.96.0.10', ports: [{ port: 81 }] });
  });

  test('that balances load gets node ports and an address', async () => {
    const { clock, create, get } = await startHarness();
    create(service({ type: 'LoadBalancer', ports: [{ port: 80 }] }));
    expect(fieldsAt(get('Service', 'web') ?? {}, 'spec')['ports']).toMatchObject([{ nodePort: 30_000 }]);
    expect(status(get('Service', 'web'))).toEqual({ loadBalancer: {} });
    await clock.advance(200);
    expect(status(get('Service', 'web'))).toEqual({ loadBalancer: { ingress: [{ ip: '172.18.1.0', ipMode: 'VIP' }] } });
    expect(clock.pending).toBe(0);
  });

  test('takes its endpoints with it', async () => {
    const { clock, create, list, registry } = await startHarness();
    create(service({ selector: { app: 'web' }, ports: [{ port: 80 }] }));
    await clock.advance(100);
    registry.delete({ apiVersion: 'v1', kind: 'Service', namespace: 'prod', name: 'web' });
    await clock.advance(100);
    expect([...list('Endpoints'), ...list('EndpointSlice')]).toEqual([]);
  });
});

describe('a namespace', () => {
  test('has an account and a certificate, also again after they are deleted', async () => {
    const { clock, get, registry } = await startHarness();
    expect(get('ConfigMap', 'kube-root-ca.crt')?.['data']).toEqual({ 'ca.crt': 'certificate' });
    registry.delete({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'prod', name: 'default' });
    await clock.advance(20);
    expect(get('ServiceAccount', 'default')).toBeDefined();
  });

  test('ends with all it holds', async () => {
    const { clock, create, get, registry, list } = await startHarness();
    create(deployment('web'));
    await clock.advance(400);
    expect(registry.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'prod' })).toBe('terminating');
    expect(status(get('Namespace', 'prod'))['phase']).toBe('Terminating');
    await clock.advance(200);
    expect(get('Namespace', 'prod')).toBeUndefined();
    expect([...list('Deployment'), ...list('ReplicaSet'), ...list('Pod')]).toEqual([]);
    expect(list('ConfigMap').filter((one) => one.metadata.namespace === 'prod')).toEqual([]);
  });

  test('waits for what a finalizer holds, and says so', async () => {
    const { clock, create, get, patch, registry } = await startHarness();
    create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...meta('held'), finalizers: ['example.org/hold'] } });
    registry.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'prod' });
    await clock.advance(200);
    expect(conditions(get('Namespace', 'prod')).slice(3)).toEqual([
      'NamespaceContentRemaining=True SomeResourcesRemain',
      'NamespaceFinalizersRemaining=True SomeFinalizersRemain',
    ]);
    patch('ConfigMap', 'held', { metadata: { finalizers: null } });
    await clock.advance(100);
    expect(get('Namespace', 'prod')).toBeUndefined();
  });
});

describe('the garbage collector', () => {
  const owned = (uid: string): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...meta('owned'), ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }] },
  });

  test('collects what names an owner by the wrong uid', async () => {
    const { clock, create, get } = await startHarness();
    create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('owner') });
    create(owned('not-its-uid'));
    await clock.advance(50);
    expect(get('ConfigMap', 'owned')).toBeUndefined();
  });

  test('keeps what has one owner left, without the other', async () => {
    const { clock, create, get, patch, registry } = await startHarness();
    const first = create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('owner') });
    const second = create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('other') });
    create(owned(first.metadata.uid ?? ''));
    const references = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: first.metadata.uid },
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: second.metadata.uid },
    ];
    patch('ConfigMap', 'owned', { metadata: { ownerReferences: references } });
    registry.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'prod', name: 'owner' });
    await clock.advance(50);
    expect(get('ConfigMap', 'owned')?.metadata.ownerReferences).toEqual([references[1]]);
  });
});

test('an ingress gets an address', async () => {
  const { clock, create, get } = await startHarness();
  const backend = { service: { name: 'web', port: { number: 80 } } };
  create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: meta('web'),
    spec: { defaultBackend: backend },
  });
  await clock.advance(300);
  expect(status(get('Ingress', 'web'))).toEqual({ loadBalancer: { ingress: [{ ip: '172.18.0.2' }] } });
});

test('a claim is kept while a pod uses it, and takes its volume with it', async () => {
  const { clock, create, list, registry, get } = await startHarness();
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('data'), spec });
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  const containers = [{ name: 'a', image: 'b' }];
  create({ apiVersion: 'v1', kind: 'Pod', metadata: meta('one'), spec: { volumes, containers } });
  await clock.advance(300);
  expect(list('PersistentVolume').map((volume) => status(volume)['phase'])).toEqual(['Bound']);
  registry.delete({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'prod', name: 'data' });
  await clock.advance(100);
  expect(get('PersistentVolumeClaim', 'data')).toBeDefined();
  registry.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'prod', name: 'one' });
  await clock.advance(100);
  expect([...list('PersistentVolumeClaim'), ...list('PersistentVolume')]).toEqual([]);
});
