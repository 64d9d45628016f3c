import { isJsonObject, type KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

/** What controllers say of workloads, as `kubectl events` and `kubectl describe` show it. */
let suite: SuiteCluster;
beforeAll(async () => {
  suite = await suiteCluster();
});
afterAll(() => suite.stop());

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields => (isJsonObject(value) ? value : {});

const pods = (more: Fields = {}, annotations: Fields = {}): Fields => ({
  metadata: { labels: { app: 'w' }, annotations },
  spec: { containers: [{ name: 'c', image: 'i:1' }], ...more },
});
const selector = { matchLabels: { app: 'w' } };
const object = (apiVersion: string, kind: string, spec: Fields): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'w' },
  spec,
});
const deployment = (spec: Fields): KubeObject =>
  object('apps/v1', 'Deployment', { selector, template: pods(), ...spec });
const statefulSet = (spec: Fields): KubeObject =>
  object('apps/v1', 'StatefulSet', { serviceName: 'w', selector, template: pods(), ...spec });
const once = { restartPolicy: 'Never' };
const job = (spec: Fields, annotations: Fields = {}): KubeObject =>
  object('batch/v1', 'Job', { template: pods(once, annotations), ...spec });
const image = { template: { spec: { containers: [{ name: 'c', image: 'i:2' }] } } };

interface Row {
  readonly name: string;
  readonly make: readonly KubeObject[];
  /** Merge patches of the first object's spec, each once everything before it has been said. */
  readonly changes?: readonly { readonly said: string; readonly spec: Fields }[];
  /** `KIND COUNT× REASON MESSAGE`; what is generated reads HASH and ID, NODE and NS. */
  readonly want: readonly string[];
}

const created = (kind: string, pod: string) => `${kind} SuccessfulCreate Created pod: ${pod}`;
const deleted = (kind: string, pod: string) => `${kind} SuccessfulDelete Deleted pod: ${pod}`;
const scaled = (way: string, from: number, to: number) =>
  `Deployment ScalingReplicaSet Scaled ${way} replica set w-HASH from ${from} to ${to}`;
const stateful = (verb: 'Create' | 'Delete', pod: string) =>
  `StatefulSet Successful${verb} ${verb} Pod ${pod} in StatefulSet w successful`;

const rows: readonly Row[] = [
  {
    name: 'a Deployment that is made',
    make: [deployment({ replicas: 2 })],
    want: [
      scaled('up', 0, 2),
      created('ReplicaSet', 'w-HASH-ID'),
      created('ReplicaSet', 'w-HASH-ID'),
      'Pod Scheduled Successfully assigned NS/w-HASH-ID to NODE',
      'Pod Scheduled Successfully assigned NS/w-HASH-ID to NODE',
    ],
  },
  {
    name: 'a Deployment that is rolled out',
    make: [deployment({ replicas: 1 })],
    changes: [{ said: created('ReplicaSet', 'w-HASH-ID'), spec: image }],
    want: [
      scaled('up', 0, 1),
      scaled('up', 0, 1),
      scaled('down', 1, 0),
      created('ReplicaSet', 'w-HASH-ID'),
      created('ReplicaSet', 'w-HASH-ID'),
      deleted('ReplicaSet', 'w-HASH-ID'),
    ],
  },
  {
    name: 'a Deployment that is recreated',
    make: [deployment({ replicas: 2, strategy: { type: 'Recreate' } })],
    changes: [{ said: scaled('up', 0, 2), spec: image }],
    want: [scaled('up', 0, 2), scaled('down', 2, 0), scaled('up', 0, 2)],
  },
  {
    name: 'a StatefulSet that grows and shrinks',
    make: [statefulSet({ replicas: 2 })],
    changes: [{ said: stateful('Create', 'w-1'), spec: { replicas: 1 } }],
    want: [stateful('Create', 'w-0'), stateful('Create', 'w-1'), stateful('Delete', 'w-1')],
  },
  {
    name: 'a DaemonSet',
    make: [object('apps/v1', 'DaemonSet', { selector, template: pods() })],
    want: [created('DaemonSet', 'w-ID'), created('DaemonSet', 'w-ID'), created('DaemonSet', 'w-ID')],
  },
  { name: 'a Job that completes', make: [job({})], want: [created('Job', 'w-ID'), 'Job Completed Job completed'] },
  {
    name: 'an indexed Job',
    make: [job({ completionMode: 'Indexed', completions: 2, parallelism: 2 })],
    want: [created('Job', 'w-0-ID'), created('Job', 'w-1-ID'), 'Job Completed Job completed'],
  },
  {
    name: 'a Job that fails',
    make: [job({ backoffLimit: 0 }, { simulate: 'fail' })],
    want: [created('Job', 'w-ID'), 'Job BackoffLimitExceeded Job has reached the specified backoff limit'],
  },
  {
    name: 'a Job that takes too long',
    make: [job({ activeDeadlineSeconds: 1 }, { simulate: 'hold' })],
    want: [
      created('Job', 'w-ID'),
      deleted('Job', 'w-ID'),
      'Job DeadlineExceeded Job was active longer than specified deadline',
    ],
  },
  {
    name: 'a Job that is suspended and resumed',
    make: [job({ suspend: true })],
    changes: [{ said: 'Job Suspended Job suspended', spec: { suspend: false } }],
    want: [
      'Job Suspended Job suspended',
      'Job Resumed Job resumed',
      created('Job', 'w-ID'),
      'Job Completed Job completed',
    ],
  },
  {
    name: 'a Job that fails by its policy',
    make: [
      job(
        { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }] } },
        { simulate: 'fail' },
      ),
    ],
    want: [
      created('Job', 'w-ID'),
      'Job PodFailurePolicy Container c for pod NS/w-ID failed with exit code 1 matching FailJob rule at index 0',
    ],
  },
  {
    name: 'a Job whose indexes fail',
    make: [
      job({ completionMode: 'Indexed', completions: 2, parallelism: 2, backoffLimitPerIndex: 0 }, { simulate: 'fail' }),
    ],
    want: [created('Job', 'w-0-ID'), created('Job', 'w-1-ID'), 'Job FailedIndexes Job has failed indexes'],
  },
  {
    name: 'a disruption budget of no pods',
    make: [object('policy/v1', 'PodDisruptionBudget', { minAvailable: 1, selector })],
    want: ['PodDisruptionBudget NoPods No matching pods found'],
  },
  {
    name: 'a claim of a storage class that is not there',
    make: [
      object('v1', 'PersistentVolumeClaim', {
        storageClassName: 'none-such',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      }),
    ],
    want: ['PersistentVolumeClaim ProvisioningFailed storageclass.storage.k8s.io "none-such" not found'],
  },
  {
    name: 'an autoscaler that asks for more',
    make: [
      object('autoscaling/v2', 'HorizontalPodAutoscaler', {
        minReplicas: 3,
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'w' },
      }),
      deployment({ replicas: 1 }),
    ],
    want: [
      'HorizontalPodAutoscaler SuccessfulRescale New size: 3; reason: Current number of replicas below Spec.MinReplicas',
    ],
  },
  {
    name: 'an autoscaler of nothing',
    make: [
      object('autoscaling/v2', 'HorizontalPodAutoscaler', {
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none-such' },
      }),
    ],
    want: ['HorizontalPodAutoscaler FailedGetScale deployments.apps "none-such" not found'],
  },
];

function lineOf(event: KubeObject, namespace: string): string {
  const { kind } = fields(event['involvedObject']);
  const message = String(event['message'])
    .replaceAll(`${namespace}/`, 'NS/')
    .replace(/w-[a-z0-9]{7,10}-[a-z0-9]{5}\b/, 'w-HASH-ID')
    .replace(/w-[a-z0-9]{7,10}\b/, 'w-HASH')
    .replace(/w-(\d-)?[bcdfghjklmnpqrstvwxz2456789]{5}\b/, 'w-$1ID')
    .replace(/node-\d$/, 'NODE');
  return `${String(kind)} ${String(event['reason'])} ${message}`;
}

describe('events of', () => {
  for (const { name, make, changes = [], want } of rows) {
    test(name, async () => {
      const { cluster } = suite;
      const namespace = await suite.namespace();
      const [first] = make;
      if (first === undefined) throw new Error('a row makes at least one object');
      for (const one of make) await cluster.create({ ...one, metadata: { ...one.metadata, namespace } });
      const selection = { apiVersion: 'v1', kind: 'Event', namespace };
      const kinds = new Set(want.map((line) => line.split(' ')[0]));
      const said = (events: readonly KubeObject[]) =>
        events.map((event) => lineOf(event, namespace)).filter((line) => kinds.has(line.split(' ')[0]));
      for (const step of changes) {
        await eventually(cluster, selection, step.said, (events) => said(events).includes(step.said));
        const ref = { apiVersion: first.apiVersion, kind: first.kind, namespace, name: 'w' };
        await cluster.patch(ref, { type: 'merge', patch: { spec: step.spec } });
      }
      const sorted = [...want].sort();
      const seen = await eventually(cluster, selection, sorted.join('; '), (events) => {
        const lines = said(events).sort();
        return JSON.stringify(lines) === JSON.stringify(sorted) ? lines : undefined;
      });
      expect(seen).toEqual(sorted);
    });
  }
});

test('an event says who speaks of what, in both of its groups', async () => {
  const { cluster } = suite;
  const namespace = await suite.namespace();
  await cluster.create({ ...deployment({ replicas: 1 }), metadata: { name: 'w', namespace } });
  const about = { namespace, fieldSelector: 'involvedObject.kind=Deployment' };
  const core = await eventually(cluster, { apiVersion: 'v1', kind: 'Event', ...about }, 'an event', ([event]) => event);
  const { uid } =
    (await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'w' }))?.metadata ?? {};
  expect(core).toMatchObject({
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    count: 1,
    source: { component: 'deployment-controller' },
    reportingComponent: 'deployment-controller',
    involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'w', namespace, uid },
  });
  expect(core['firstTimestamp']).toEqual(core['lastTimestamp']);
  expect(core.metadata.name).toMatch(/^w\.[0-9a-f]{16}$/);
  const selection = { apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace };
  const newer = await eventually(cluster, selection, 'the event in the newer group', (events) =>
    events.find(({ metadata }) => metadata.name === core.metadata.name),
  );
  expect(newer).toMatchObject({
    note: core['message'],
    regarding: core['involvedObject'],
    reportingController: 'deployment-controller',
    deprecatedSource: { component: 'deployment-controller' },
    deprecatedCount: 1,
  });
});
