import { readFileSync, writeFileSync } from 'node:fs';
import { computeStatus, type JsonObject } from '@stageset/k8s';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Oracle, type OracleAnswer, startOracle } from './oracle.ts';

/** The golden answers that the unit tests use; `STAGESET_UPDATE_GOLDEN=1` writes them anew. */
const GOLDEN = new URL('../../packages/k8s/src/status/golden/kstatus.json', import.meta.url);
const NOW = Date.UTC(2100, 0, 1);

interface GoldenCase {
  readonly name: string;
  readonly object: JsonObject;
  want: unknown;
}

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle();
});
afterAll(() => oracle.close());

/** An object that the library cannot read has no status there; ours says Unknown. */
function theirs({ out, error }: OracleAnswer): unknown {
  return error === undefined ? out : { status: 'Unknown' };
}

function ours(object: JsonObject): unknown {
  const { status, message } = computeStatus(object, { nowMs: NOW });
  return status === 'Unknown' ? { status } : { status, message };
}

test('the golden answers are those of the library', async () => {
  const cases = JSON.parse(readFileSync(GOLDEN, 'utf8')) as GoldenCase[];
  const answers = await Promise.all(cases.map(({ object }) => oracle.ask({ op: 'kstatus', object })));
  const fresh = cases.map((one, index) => ({ ...one, want: theirs(answers[index] ?? { error: 'no answer' }) }));
  if (process.env.STAGESET_UPDATE_GOLDEN === '1') writeFileSync(GOLDEN, `${JSON.stringify(fresh, null, 1)}\n`);
  else expect(cases).toEqual(fresh);
});

const KINDS: readonly (readonly [string, string])[] = [
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['v1', 'Secret'],
  ['v1', 'ConfigMap'],
  ['v1', 'Namespace'],
  ['v1', 'PersistentVolumeClaim'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'DaemonSet'],
  ['extensions/v1beta1', 'Deployment'],
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['example.com/v1', 'Widget'],
];
const rarely = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 60, arbitrary: usual },
    { weight: 1, arbitrary: fc.constantFrom<unknown>('x', 1.5, null, [], {}, true) },
  );
const count = rarely(fc.integer({ min: 0, max: 3 }));
const condition = fc.record(
  {
    type: rarely(
      fc.constantFrom(
        ...[
          'Ready',
          'Available',
          'Progressing',
          'Progressing',
          'Reconciling',
          'Stalled',
          'Complete',
          'Failed',
          'PodScheduled',
        ],
        ...['ReplicaFailure', 'NamesAccepted', 'Established'],
      ),
    ),
    status: rarely(fc.constantFrom('True', 'True', 'False', 'Unknown')),
    reason: rarely(
      fc.constantFrom('NewReplicaSetAvailable', 'ProgressDeadlineExceeded', 'Unschedulable', 'Installing', ''),
    ),
    message: rarely(fc.constantFrom('told', '')),
  },
  { requiredKeys: ['type', 'status'] },
);
const generation = rarely(fc.integer({ min: 1, max: 2 }));
const object = fc.tuple(
  fc.constantFrom(...KINDS),
  fc.record(
    {
      generation,
      deletionTimestamp: fc.oneof(
        { weight: 30, arbitrary: fc.constant(undefined) },
        fc.constantFrom<unknown>('2024-01-01T00:00:00Z', '', 3),
      ),
      creationTimestamp: fc.constantFrom('2024-01-01T00:00:00Z', '2000-01-01T00:00:00Z'),
    },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      replicas: count,
      completions: count,
      parallelism: count,
      progressDeadlineSeconds: rarely(fc.constantFrom(600, 2_147_483_647)),
      type: rarely(fc.constantFrom('LoadBalancer', 'ClusterIP')),
      clusterIP: rarely(fc.constantFrom('10.0.0.1', '')),
      updateStrategy: rarely(
        fc.record(
          {
            type: fc.constantFrom('OnDelete', 'RollingUpdate'),
            rollingUpdate: fc.record({ partition: count }, { requiredKeys: [] }),
          },
          { requiredKeys: [] },
        ),
      ),
    },
    { requiredKeys: [] },
  ),
  rarely(
    fc.record(
      {
        observedGeneration: generation,
        phase: rarely(fc.constantFrom('Succeeded', 'Failed', 'Running', 'Running', 'Pending', 'Bound', '', 'Odd')),
        conditions: rarely(fc.array(condition, { maxLength: 3 })),
        containerStatuses: fc.array(
          fc.record({
            name: fc.constantFrom('a', 'b'),
            state: fc.constantFrom(
              { waiting: { reason: 'CrashLoopBackOff' } },
              { waiting: { reason: 'ContainerCreating' } },
              { running: {} },
            ),
          }),
          { maxLength: 2 },
        ),
        startTime: rarely(fc.constantFrom('2024-01-01T00:00:00Z')),
        currentRevision: rarely(fc.constantFrom('r1', 'r2')),
        updateRevision: rarely(fc.constantFrom('r1', 'r2')),
        ...Object.fromEntries(
          [
            ...[
              'replicas',
              'readyReplicas',
              'updatedReplicas',
              'availableReplicas',
              'currentReplicas',
              'fullyLabeledReplicas',
            ],
            ...[
              'desiredNumberScheduled',
              'currentNumberScheduled',
              'updatedNumberScheduled',
              'numberAvailable',
              'numberReady',
            ],
            ...['succeeded', 'active', 'failed'],
          ].map((field) => [field, count]),
        ),
      },
      { requiredKeys: [] },
    ),
  ),
);

test('generated objects have the status that the library gives them', { timeout: 120_000 }, async () => {
  const objects = fc
    .sample(object, { numRuns: 6_000, seed: 11 })
    .map(([[apiVersion, kind], metadata, spec, status]) =>
      JSON.parse(JSON.stringify({ apiVersion, kind, metadata, spec, status })),
    );
  const answers = await Promise.all(objects.map((each) => oracle.ask({ op: 'kstatus', object: each })));
  const differing = objects.flatMap((each, index) => {
    const want = theirs(answers[index] ?? { error: 'no answer' });
    const got = ours(each);
    return JSON.stringify(got) === JSON.stringify(sorted(want))
      ? []
      : [{ object: each, want, got, error: answers[index]?.error }];
  });
  expect(differing.slice(0, 3)).toEqual([]);
});

/** The oracle's answer with its keys in our order. */
function sorted(answer: unknown): unknown {
  const { status, message } = answer as { status: string; message?: string };
  return message === undefined ? { status } : { status, message };
}
