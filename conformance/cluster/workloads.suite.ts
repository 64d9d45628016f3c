import { isJsonObject, type KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

/** Workloads as `kubectl rollout status`, kstatus and a delivery controller see them settle. */
let suite: SuiteCluster;
let namespace = '';
beforeAll(async () => {
  suite = await suiteCluster();
  namespace = await suite.namespace();
});
afterAll(() => suite.stop());

type Fields = Readonly<Record<string, unknown>>;
const template = (name: string, restartPolicy?: string): Fields => ({
  metadata: { labels: { app: name } },
  spec: { ...(restartPolicy === undefined ? {} : { restartPolicy }), containers: [{ name: 'c', image: 'i:1' }] },
});
const selector = (name: string): Fields => ({ matchLabels: { app: name } });
const object = (apiVersion: string, kind: string, name: string, spec: Fields): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec,
});
const fields = (value: unknown): Fields => (isJsonObject(value) ? value : {});
const condition = (status: Fields, type: string): unknown => {
  const all = Array.isArray(status['conditions']) ? status['conditions'] : [];
  const found = fields(all.map(fields).find((one) => one['type'] === type));
  return found['type'] === undefined ? undefined : `${String(found['status'])} ${String(found['reason'] ?? '')}`.trim();
};

interface Row {
  readonly name: string;
  readonly make: (name: string) => readonly KubeObject[];
  /** What is looked at once everything has settled, of the first object. */
  readonly see: (status: Fields) => unknown;
  readonly want: unknown;
}

const deployment = (name: string, spec: Fields = {}) =>
  object('apps/v1', 'Deployment', name, { replicas: 2, selector: selector(name), template: template(name), ...spec });
const statefulSet = (name: string, spec: Fields = {}) =>
  object('apps/v1', 'StatefulSet', name, {
    replicas: 2,
    serviceName: name,
    selector: selector(name),
    template: template(name),
    ...spec,
  });
const job = (name: string, spec: Fields = {}) =>
  object('batch/v1', 'Job', name, { template: template(name, 'Never'), ...spec });

const rows: readonly Row[] = [
  {
    name: 'a Deployment becomes available',
    make: (name) => [deployment(name)],
    see: (status) => [
      status['observedGeneration'],
      status['readyReplicas'],
      status['updatedReplicas'],
      condition(status, 'Available'),
      condition(status, 'Progressing'),
    ],
    want: [1, 2, 2, 'True MinimumReplicasAvailable', 'True NewReplicaSetAvailable'],
  },
  {
    name: 'a Deployment of none is available',
    make: (name) => [deployment(name, { replicas: 0 })],
    see: (status) => [
      status['observedGeneration'],
      status['replicas'],
      condition(status, 'Available'),
      condition(status, 'Progressing'),
    ],
    want: [1, undefined, 'True MinimumReplicasAvailable', 'True NewReplicaSetAvailable'],
  },
  {
    name: 'a Deployment that is recreated becomes available',
    make: (name) => [deployment(name, { strategy: { type: 'Recreate' } })],
    see: (status) => [status['availableReplicas'], condition(status, 'Available')],
    want: [2, 'True MinimumReplicasAvailable'],
  },
  {
    name: 'a paused Deployment says so',
    make: (name) => [deployment(name, { paused: true })],
    see: (status) => [status['observedGeneration'], condition(status, 'Progressing')],
    want: [1, 'Unknown DeploymentPaused'],
  },
  {
    name: 'a StatefulSet becomes ready in order',
    make: (name) => [statefulSet(name)],
    see: (status) => [
      status['readyReplicas'],
      status['updatedReplicas'],
      status['observedGeneration'],
      status['currentRevision'] === status['updateRevision'],
    ],
    want: [2, 2, 1, true],
  },
  {
    name: 'a StatefulSet in parallel becomes ready',
    make: (name) => [statefulSet(name, { podManagementPolicy: 'Parallel', replicas: 3 })],
    see: (status) => [status['readyReplicas'], status['availableReplicas']],
    want: [3, 3],
  },
  {
    name: 'a DaemonSet runs on every node',
    make: (name) => [object('apps/v1', 'DaemonSet', name, { selector: selector(name), template: template(name) })],
    see: (status) => [
      status['desiredNumberScheduled'] === status['numberReady'],
      status['numberReady'] !== 0,
      status['observedGeneration'],
    ],
    want: [true, true, 1],
  },
  {
    name: 'a ReplicaSet becomes ready',
    make: (name) => [
      object('apps/v1', 'ReplicaSet', name, { replicas: 1, selector: selector(name), template: template(name) }),
    ],
    see: (status) => [status['readyReplicas'], status['fullyLabeledReplicas'], status['observedGeneration']],
    want: [1, 1, 1],
  },
  {
    name: 'a Job completes',
    make: (name) => [job(name)],
    see: (status) => [status['succeeded'], condition(status, 'Complete'), condition(status, 'SuccessCriteriaMet')],
    want: [1, 'True CompletionsReached', 'True CompletionsReached'],
  },
  {
    name: 'a Job of three completes',
    make: (name) => [job(name, { completions: 3, parallelism: 2 })],
    see: (status) => [status['succeeded'], condition(status, 'Complete')],
    want: [3, 'True CompletionsReached'],
  },
  {
    name: 'a suspended Job waits',
    make: (name) => [job(name, { suspend: true })],
    see: (status) => condition(status, 'Suspended'),
    want: 'True JobSuspended',
  },
  {
    name: 'a pod runs',
    make: (name) => [object('v1', 'Pod', name, { containers: [{ name: 'c', image: 'i' }] })],
    see: (status) => [status['phase'], condition(status, 'Ready'), condition(status, 'PodScheduled')],
    want: ['Running', 'True', 'True'],
  },
  {
    name: 'a pod that no node takes is pending',
    make: (name) => [
      object('v1', 'Pod', name, { nodeSelector: { none: 'such' }, containers: [{ name: 'c', image: 'i' }] }),
    ],
    see: (status) => [status['phase'], condition(status, 'PodScheduled')],
    want: ['Pending', 'False Unschedulable'],
  },
  {
    name: 'a disruption budget counts its pods',
    make: (name) => [
      object('policy/v1', 'PodDisruptionBudget', name, { minAvailable: 1, selector: selector(name) }),
      deployment(name),
    ],
    see: (status) => [
      status['currentHealthy'],
      status['desiredHealthy'],
      status['expectedPods'],
      status['disruptionsAllowed'],
    ],
    want: [2, 1, 2, 1],
  },
];

describe('workloads settle', () => {
  for (const [index, { name, make, see, want }] of rows.entries()) {
    test(name, async () => {
      const [first, ...others] = make(`w${index}`);
      if (first === undefined) throw new Error('a row makes at least one object');
      await suite.cluster.create(first);
      for (const other of others) await suite.cluster.create(other);
      const selection = {
        apiVersion: first.apiVersion,
        kind: first.kind,
        namespace,
        fieldSelector: `metadata.name=w${index}`,
      };
      const seen = await eventually(suite.cluster, selection, name, ([now]) => {
        const found = see(fields(now?.['status']));
        return JSON.stringify(found) === JSON.stringify(want) ? { found } : undefined;
      });
      expect(seen.found).toEqual(want);
    });
  }
});
