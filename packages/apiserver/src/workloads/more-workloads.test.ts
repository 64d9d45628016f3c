import { ApiError, type KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { fieldsAt, listAt } from '../builtin/fields.ts';
import { parseSchedule } from '../builtin/validate/schedule.ts';
import { serveCustomKinds } from '../crd/custom-kinds.ts';
import { nextRunMs } from './jobs/cron-schedule.ts';
import { READY_AFTER } from './operators.ts';
import { deployment, type Harness, startHarness, template } from './testing/harness.ts';

const status = (object: KubeObject | undefined): Record<string, unknown> => fieldsAt(object ?? {}, 'status');
const conditions = (object: KubeObject | undefined): readonly Record<string, unknown>[] =>
  listAt(status(object), 'conditions');
const meta = (name: string) => ({ name, namespace: 'prod' });

describe('a schedule', () => {
  const cases = [
    { schedule: '*/15 * * * *', after: '2030-01-01T00:01:30Z', want: '2030-01-01T00:15:00.000Z' },
    { schedule: '0 3 * * *', after: '2030-01-01T03:00:00Z', want: '2030-01-02T03:00:00.000Z' },
    { schedule: '0 0 1 jan *', after: '2030-01-01T00:00:00Z', want: '2031-01-01T00:00:00.000Z' },
    { schedule: '0 12 * * mon', after: '2030-01-01T00:00:00Z', want: '2030-01-07T12:00:00.000Z' },
    { schedule: '0 0 13 * fri', after: '2030-01-01T00:00:00Z', want: '2030-01-04T00:00:00.000Z' },
    { schedule: '0 0 29 2 *', after: '2030-01-01T00:00:00Z', want: '2032-02-29T00:00:00.000Z' },
    { schedule: '@daily', after: '2030-01-01T00:00:00Z', want: '2030-01-02T00:00:00.000Z' },
    { schedule: '0 0 31 2 *', after: '2030-01-01T00:00:00Z', want: undefined },
  ];
  for (const { schedule, after, want } of cases) {
    test(`${schedule} after ${after}`, () => {
      const parsed = parseSchedule(schedule);
      const next = parsed.ok ? nextRunMs(parsed.schedule, Date.parse(after)) : undefined;
      expect(next === undefined ? undefined : new Date(next).toISOString()).toBe(want);
    });
  }
});

describe('a CronJob', () => {
  const jobTemplate = {
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'b' }] } } },
  };
  const cronJob = (spec: object = {}): object => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: meta('nightly'),
    spec: { schedule: '*/10 * * * *', jobTemplate, ...spec },
  });

  test('runs its jobs when they are due and keeps the last ones', async () => {
    const { clock, create, get, list } = await startHarness();
    create(cronJob({ successfulJobsHistoryLimit: 2 }));
    await clock.advance(9 * 60_000);
    expect(list('Job')).toEqual([]);
    await clock.advance(62_000);
    expect(list('Job').map((job) => conditions(job).map(({ type }) => type))).toEqual([
      ['SuccessCriteriaMet', 'Complete'],
    ]);
    expect(status(get('CronJob', 'nightly'))).toMatchObject({ lastScheduleTime: '2030-01-01T00:10:00Z' });
    await clock.advance(60 * 60_000);
    expect(list('Job')).toHaveLength(2);
    expect(list('Pod')).toHaveLength(2);
  });

  test('that is suspended runs nothing and costs nothing', async () => {
    const { clock, create, list } = await startHarness();
    create(cronJob({ suspend: true }));
    await clock.advance(60 * 60_000);
    expect(list('Job')).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('starts no second job beside the first when that is forbidden', async () => {
    const { clock, create, list } = await startHarness();
    const held = {
      spec: { template: { metadata: { annotations: { simulate: 'hold' } }, ...jobTemplate.spec.template } },
    };
    create(cronJob({ concurrencyPolicy: 'Forbid', jobTemplate: held }));
    await clock.advance(35 * 60_000);
    expect(list('Job')).toHaveLength(1);
  });
});

test('a disruption budget counts the pods it guards', async () => {
  const { clock, create, get } = await startHarness();
  const selector = { matchLabels: { app: 'web' } };
  create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: meta('web'),
    spec: { minAvailable: 1, selector },
  });
  create(deployment('web', { replicas: 3 }));
  await clock.advance(400);
  expect(status(get('PodDisruptionBudget', 'web'))).toMatchObject({
    observedGeneration: 1,
    expectedPods: 3,
    currentHealthy: 3,
    desiredHealthy: 1,
    disruptionsAllowed: 2,
  });
});

describe('an autoscaler', () => {
  const autoscaler = (spec: object = {}): object => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: meta('web'),
    spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, ...spec },
  });

  test('sees what it scales, and says that it has no load to go by', async () => {
    const { clock, create, get } = await startHarness();
    create(autoscaler());
    create(deployment('web', { replicas: 3 }));
    await clock.advance(400);
    const seen = get('HorizontalPodAutoscaler', 'web');
    expect(status(seen)).toMatchObject({ currentReplicas: 3, desiredReplicas: 0 });
    expect(listAt(status(seen), 'conditions')).toMatchObject([
      { type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale' },
      { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric' },
    ]);
  });

  test('keeps its target within its bounds, and leaves one of none alone', async () => {
    const { clock, create, get, patch } = await startHarness();
    const replicas = () => fieldsAt(get('Deployment', 'web') ?? {}, 'spec')['replicas'];
    create(deployment('web', { replicas: 9 }));
    create(autoscaler({ minReplicas: 2 }));
    await clock.advance(400);
    expect(replicas()).toBe(5);
    patch('Deployment', 'web', { spec: { replicas: 1 } });
    await clock.advance(400);
    expect(replicas()).toBe(2);
    const scaler = get('Deployment', 'web')?.metadata.managedFields?.find(({ subresource }) => subresource === 'scale');
    expect(scaler).toMatchObject({ manager: 'kube-controller-manager', operation: 'Update' });
    patch('Deployment', 'web', { spec: { replicas: 0 } });
    await clock.advance(400);
    expect(replicas()).toBe(0);
    expect(listAt(status(get('HorizontalPodAutoscaler', 'web')), 'conditions')).toContainEqual(
      expect.objectContaining({ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }),
    );
  });
});

describe('a custom resource that waits for its operator', () => {
  const condition = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const crd = (statusProperties: object): object => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'platforms.example.org' },
    spec: {
      group: 'example.org',
      scope: 'Namespaced',
      names: { plural: 'platforms', kind: 'Platform' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                status: { type: 'object', properties: statusProperties },
              },
            },
          },
        },
      ],
    },
  });
  const platform = {
    apiVersion: 'example.org/v1',
    kind: 'Platform',
    metadata: { ...meta('main'), annotations: { [READY_AFTER]: 'Deployment/prod/operator' } },
    spec: { size: 1 },
  };
  const ready = ({ get }: Harness) =>
    conditions(get('Platform', 'main', 'example.org/v1')).map(
      ({ status: value, reason, observedGeneration }) =>
        `${String(value)} ${String(reason)} ${String(observedGeneration)}`,
    );

  test('waits in its first write, and is reconciled once the operator is healthy, in every generation', async () => {
    const harness = await startHarness();
    const { clock, create, patch, registry } = harness;
    serveCustomKinds(registry);
    create(crd({ conditions: { type: 'array', items: condition }, observedGeneration: { type: 'integer' } }));
    await clock.advance(100);
    create(platform);
    expect(ready(harness)).toEqual(['False WaitingForOperator 1']);
    await clock.advance(10_000);
    expect(ready(harness)).toEqual(['False WaitingForOperator 1']);
    create(deployment('operator'));
    await clock.advance(600);
    expect(ready(harness)).toEqual(['True Reconciled 1']);
    patch('Platform', 'main', { spec: { size: 2 } }, 'example.org/v1');
    expect(ready(harness)).toEqual(['False WaitingForOperator 2']);
    await clock.advance(300);
    expect(ready(harness)).toEqual(['True Reconciled 2']);
    expect(clock.pending).toBe(0);
  });

  test('is left alone when its status has no conditions', async () => {
    const harness = await startHarness();
    serveCustomKinds(harness.registry);
    harness.create(crd({ phase: { type: 'string' } }));
    await harness.clock.advance(100);
    harness.create(platform);
    harness.create(deployment('operator'));
    await harness.clock.advance(1000);
    expect(harness.get('Platform', 'main', 'example.org/v1')?.['status']).toBeUndefined();
  });
});

describe('pods that the API refuses', () => {
  const spec = { serviceAccountName: 'runner', containers: [{ name: 'a', image: 'b' }] };
  const runner = deployment('web', { template: { metadata: { labels: { app: 'web' } }, spec } });

  test('are told of in the status, and made once they may be', async () => {
    const { clock, create, get, list } = await startHarness();
    create(runner);
    await clock.advance(500);
    const failure = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: expect.stringMatching(
        /^pods "web-\w{10}-" is forbidden: error looking up service account prod\/runner: serviceaccount "runner" not found$/,
      ),
    };
    expect(conditions(list('ReplicaSet')[0])).toMatchObject([failure]);
    expect(conditions(get('Deployment', 'web')).find(({ type }) => type === 'ReplicaFailure')).toMatchObject(failure);
    create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('runner') });
    await clock.advance(3000);
    expect(conditions(list('ReplicaSet')[0])).toEqual([]);
    expect(conditions(get('Deployment', 'web')).map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Available MinimumReplicasAvailable',
      'Progressing NewReplicaSetAvailable',
    ]);
    expect(clock.pending).toBe(0);
  });

  test('are tried more and more seldom', async () => {
    const { clock, create, registry } = await startHarness();
    let tries = 0;
    registry.addHook({
      name: 'count-pods',
      kinds: [{ group: '', kind: 'Pod' }],
      admit: () => {
        tries++;
        const message = 'no pods today';
        throw new ApiError({
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          message,
          reason: 'Forbidden',
          code: 403,
        });
      },
    });
    create(deployment('web', { template: template('web') }));
    await clock.advance(60 * 60_000);
    expect(tries).toBeLessThan(30);
  });
});

test('pods that keep failing are replaced more and more seldom', async () => {
  const { clock, create, list } = await startHarness();
  create(deployment('web', { template: template('web', 'nginx', { simulate: 'fail' }) }));
  await clock.advance(10_000);
  expect(list('Pod').length).toBeGreaterThan(2);
  await clock.advance(60 * 60_000);
  expect(list('Pod').length).toBeLessThan(30);
});
