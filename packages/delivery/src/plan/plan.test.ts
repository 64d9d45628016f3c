import type { Stage, StageSetSpec } from '@stageset/api';
import { describe, expect, test } from 'vitest';
import {
  aBuiltStage,
  anInventory,
  anObjectFacts,
  aPin,
  aRun,
  aStage,
  aStageSet,
  aStageStatus,
  leftoversOf,
  NOW,
  NOW_MS,
  someFacts,
} from '../testing/facts.ts';
import type { Facts, Leftover, LeftoverState } from './facts.ts';
import { plan } from './plan.ts';

/** One object that is not there, and of which a write may still be on its way. */
function unsure(name: string, unsureUntilMs: number): Facts['leftovers'] {
  const [[id, leftover]] = [...leftoversOf({ [name]: 'unsure' })] as [[string, Leftover]];
  return new Map([[id, { ...leftover, unsureUntilMs }]]);
}

/** A custom object that is as said, and its definition, which is there. */
function definedLeftovers(state: LeftoverState): Facts['leftovers'] {
  const [[id, definition], other] = [...leftoversOf({ widgets: 'present', widget: state })] as [
    [string, Leftover],
    [string, Leftover],
  ];
  const ref = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'widgets' };
  return new Map([[id, { ...definition, ref }], other]);
}

/** A plan in a line: what is done, and what is said. */
function inShort(facts: Facts): string {
  const { step, verdict } = plan(facts);
  const about =
    step.kind === 'apply'
      ? ` ${step.stage} ${step.mode} ${step.objects.map(({ desired }) => desired.ref.name).join(',')}`
      : step.kind === 'delete'
        ? ` ${step.stage} ${step.objects.map(({ ref }) => ref.name).join(',')}`
        : step.kind === 'record'
          ? ` ${step.stage} ${step.entries.map(({ id }) => id.split('_')[1]).join(',')}`
          : step.kind === 'fail'
            ? ` ${step.failure.reason}`
            : step.kind === 'build'
              ? ` ${step.stages.join(',')}`
              : step.kind === 'remove-finalizer' && step.forced !== undefined
                ? ` ${step.forced}`
                : '';
  return `${step.kind}${about}; ${verdict.kind}`;
}

const slow = { status: 'InProgress', message: 'Available: 0/1' } as const;
const broken = { status: 'Failed', message: 'Progress deadline exceeded' } as const;
const done = (name: string) => aBuiltStage(name, [anObjectFacts(`${name}-1`)]);
const finished = { finishedAt: NOW };

const cases: readonly { name: string; given: Facts; want: string }[] = [
  {
    name: 'adds the finalizer before anything else',
    given: { ...someFacts([]), stageSet: aStageSet({ metadata: { finalizers: [] } }) },
    want: 'add-finalizer; unchanged',
  },
  {
    name: 'leaves alone what is deleted and not held',
    given: { ...someFacts([]), stageSet: aStageSet({ metadata: { finalizers: [], deletionTimestamp: NOW } }) },
    want: 'ignore; unchanged',
  },
  {
    name: 'does nothing while suspended',
    given: { ...someFacts([]), stageSet: aStageSet({ spec: { suspend: true } }) },
    want: 'wait; suspended',
  },
  {
    name: 'refuses an invalid spec',
    given: { ...someFacts([done('a')]), invalid: 'spec.stages[0].name is wrong' },
    want: 'fail InvalidSpec; failed',
  },
  {
    name: 'pins a first run',
    given: { ...someFacts([]), stageSet: aStageSet(), sources: [{ state: 'pinned', pin: aPin('a') }] },
    want: 'pin; progressing',
  },
  {
    name: 'has nothing to deliver while a source of the first run is missing',
    given: {
      ...someFacts([]),
      stageSet: aStageSet(),
      sources: [{ state: 'unready', reason: 'ArtifactNotFound', message: 'no' }],
    },
    want: 'fail ArtifactNotFound; failed',
  },
  {
    name: 'a newer revision supersedes a run that is being verified',
    given: {
      ...someFacts([aBuiltStage('a', [anObjectFacts('x', 'same', { health: slow })])]),
      sources: [{ state: 'pinned', pin: aPin('a', 'r2') }],
    },
    want: 'pin; progressing',
  },
  {
    name: 'a newer spec supersedes too',
    given: someFacts([done('a')], { run: { generation: 0 } }),
    want: 'pin; progressing',
  },
  {
    name: 'what is deployed is kept while its source is not ready, and the source is reported',
    given: {
      ...someFacts([aBuiltStage('a', [anObjectFacts('x', 'changed')])], { run: finished }),
      sources: [{ state: 'unready', reason: 'SourceNotReady', message: 'fetching' }],
    },
    want: 'apply a upgrade x; unchanged',
  },
  {
    name: 'builds every stage before the first is applied',
    given: someFacts([
      { name: 'a', spec: aStage('a'), state: 'unbuilt', digest: 'd1', isUnderWay: false },
      aBuiltStage('b', [anObjectFacts('x', 'missing')]),
      { name: 'c', spec: aStage('c'), state: 'unbuilt', digest: 'd1', isUnderWay: false },
    ]),
    want: 'build a,c; progressing',
  },
  {
    name: 'waits for builds that are under way',
    given: someFacts([{ name: 'a', spec: aStage('a'), state: 'unbuilt', digest: 'd1', isUnderWay: true }]),
    want: 'wait; progressing',
  },
  {
    name: 'refuses two claims on one object before anything is applied',
    given: someFacts([
      aBuiltStage('a', [anObjectFacts('x', 'missing')]),
      aBuiltStage('b', [anObjectFacts('x', 'missing')]),
    ]),
    want: 'fail InvalidSpec; failed',
  },
  {
    name: 'records old and new before it applies',
    given: {
      ...someFacts([aBuiltStage('a', [anObjectFacts('x', 'missing')])]),
      inventory: [anInventory('a', ['old'])],
    },
    want: 'record a old,x; progressing',
  },
  {
    name: 'does not take what it cannot see for what is not there',
    given: someFacts([aBuiltStage('a', [anObjectFacts('a-1', 'missing'), anObjectFacts('a-2', 'unsynced')])]),
    want: 'wait; progressing',
  },
  {
    name: 'nor what is left over of a kind that it cannot see',
    given: someFacts([done('a')], {
      inventory: [anInventory('a', ['a-1', 'old', 'older'])],
      leftovers: leftoversOf({ old: 'unsynced', older: 'present' }),
    }),
    want: 'wait; progressing',
  },
  {
    name: 'writes a new stage at once',
    given: someFacts([aBuiltStage('a', [anObjectFacts('x', 'missing'), anObjectFacts('y', 'missing')])]),
    want: 'apply a create x,y; progressing',
  },
  {
    name: 'writes definitions before what they define',
    given: someFacts(
      [
        aBuiltStage('a', [
          anObjectFacts('x', 'missing'),
          anObjectFacts('crd', 'missing', { kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1' }),
        ]),
      ],
      {
        inventory: [
          {
            stage: 'a',
            recorded: true,
            position: 0,
            entries: [
              { id: 'prod_x__ConfigMap', v: 'v1' },
              { id: '_crd_apiextensions.k8s.io_CustomResourceDefinition', v: 'v1' },
            ],
          },
        ],
      },
    ),
    want: 'apply a create crd; progressing',
  },
  {
    name: 'waits until a definition is established before what it defines is written',
    given: {
      ...someFacts([
        aBuiltStage('a', [
          anObjectFacts('x', 'missing'),
          anObjectFacts('crd', 'same', {
            kind: 'CustomResourceDefinition',
            apiVersion: 'apiextensions.k8s.io/v1',
            health: slow,
          }),
        ]),
      ]),
      inventory: [
        {
          stage: 'a',
          recorded: true,
          position: 0,
          entries: [
            { id: 'prod_x__ConfigMap', v: 'v1' },
            { id: '_crd_apiextensions.k8s.io_CustomResourceDefinition', v: 'v1' },
          ],
        },
      ],
    },
    want: 'wait; progressing',
  },
  {
    name: 'the second stage waits for the first',
    given: someFacts([
      aBuiltStage('a', [anObjectFacts('x', 'same', { health: slow })]),
      aBuiltStage('b', [anObjectFacts('y', 'missing')]),
    ]),
    want: 'wait; progressing',
  },
  {
    name: 'a failed object fails the stage',
    given: someFacts([aBuiltStage('a', [anObjectFacts('x', 'same', { health: broken })])]),
    want: 'fail StageFailed; failed',
  },
  {
    name: 'an object of another owner is refused',
    given: someFacts([aBuiltStage('a', [anObjectFacts('x', 'foreign', { heldBy: 'StageSet prod/other' })])]),
    want: 'fail StageFailed; failed',
  },
  {
    name: 'a kind that the cluster lacks is told, after what can be applied',
    given: someFacts([aBuiltStage('a', [anObjectFacts('x'), anObjectFacts('y', 'unknown-kind')])]),
    want: 'fail RBACDenied; failed',
  },
  {
    name: 'drift of a finished run is put back whatever another stage waits for',
    given: (() => {
      const facts = someFacts([
        aBuiltStage('a', [anObjectFacts('x', 'same', { health: slow })]),
        aBuiltStage('b', [anObjectFacts('y', 'changed')]),
      ]);
      const status = { run: aRun(['a', 'b'], finished), stages: [aStageStatus('a'), aStageStatus('b')] };
      return { ...facts, stageSet: aStageSet({ stages: [aStage('a'), aStage('b')], status }) };
    })(),
    want: 'apply b drift y; unchanged',
  },
  {
    name: 'drift of a stage is put back while another has failed and waits for its next try',
    given: {
      ...someFacts([
        aBuiltStage('a', [anObjectFacts('x', 'changed')]),
        aBuiltStage('b', [anObjectFacts('y', 'changed')]),
      ]),
      stageSet: aStageSet({
        stages: [aStage('a'), aStage('b')],
        status: { run: aRun(['a', 'b'], finished), stages: [aStageStatus('a'), aStageStatus('b')] },
      }),
      attempt: {
        failure: { reason: 'StageFailed', stage: 'a', operation: 'apply', message: 'no', retry: 'backoff' },
        attempts: 1,
        retryAtMs: NOW_MS + 5_000,
      },
      paused: new Map([['a', NOW_MS + 5_000]]),
    },
    want: 'apply b drift y; failed',
  },
  {
    name: 'what a stage deployed before is kept while a newer release waits in the stage before it',
    given: {
      ...someFacts([aBuiltStage('a', [anObjectFacts('x', 'same', { health: slow })]), aBuiltStage('b', [])]),
      inventory: [anInventory('a', ['x']), anInventory('b', ['old'], 1)],
      deployed: [{ stage: 'b', objects: [anObjectFacts('old', 'missing')] }],
    },
    want: 'apply b drift old; progressing',
  },
  {
    name: 'a stage of which something has just failed has its time',
    given: {
      ...someFacts([aBuiltStage('a', [anObjectFacts('x', 'same', { health: slow })]), aBuiltStage('b', [])]),
      inventory: [anInventory('a', ['x']), anInventory('b', ['old'], 1)],
      deployed: [{ stage: 'b', objects: [anObjectFacts('old', 'missing')] }],
      paused: new Map([['b', NOW_MS + 1_000]]),
    },
    want: 'wait; progressing',
  },
  {
    name: 'changed variables begin a rollout of their own',
    given: (() => {
      const facts = someFacts([aBuiltStage('a', [anObjectFacts('x', 'changed')])]);
      const status = { run: aRun(['a'], finished), stages: [aStageStatus('a', { appliedDigest: 'd0' })] };
      return { ...facts, stageSet: aStageSet({ status }) };
    })(),
    want: 'pin; progressing',
  },
  {
    name: 'prunes only when every stage is ready',
    given: {
      ...someFacts([done('a'), aBuiltStage('b', [anObjectFacts('y', 'same', { health: slow })])]),
      inventory: [anInventory('a', ['a-1', 'old']), anInventory('b', ['y'], 1)],
      leftovers: leftoversOf({ old: 'present' }),
    },
    want: 'wait; progressing',
  },
  {
    name: 'says what may not be pruned when all else is done',
    given: {
      ...someFacts([done('a')]),
      inventory: [anInventory('a', ['a-1', 'old'])],
      leftovers: leftoversOf({ old: 'denied' }),
    },
    want: 'fail RBACDenied; failed',
  },
  {
    name: 'records a stage anew whose place has changed',
    given: someFacts([done('a')], { inventory: [anInventory('a', ['a-1'], 3)] }),
    want: 'record a a-1; progressing',
  },
  {
    name: 'prunes what is defined before its definition',
    given: someFacts([done('a')], {
      inventory: [anInventory('a', ['a-1', 'widget', 'widgets'])],
      leftovers: definedLeftovers('present'),
    }),
    want: 'delete a widget; progressing',
  },
  {
    name: 'and waits with the definition until that is gone',
    given: someFacts([done('a')], {
      inventory: [anInventory('a', ['a-1', 'widget', 'widgets'])],
      leftovers: definedLeftovers('terminating'),
    }),
    want: 'wait; progressing',
  },
  {
    name: 'then the definition goes',
    given: someFacts([done('a')], {
      inventory: [anInventory('a', ['a-1', 'widget', 'widgets'])],
      leftovers: definedLeftovers('gone'),
    }),
    want: 'delete a widgets; progressing',
  },
  {
    name: 'prunes the last stage first',
    given: {
      ...someFacts([done('a'), done('b')]),
      inventory: [anInventory('a', ['a-1', 'old-a']), anInventory('b', ['b-1', 'old-b'], 1)],
      leftovers: leftoversOf({ 'old-a': 'present', 'old-b': 'present' }),
    },
    want: 'delete b old-b; progressing',
  },
  {
    name: 'waits for what is being deleted before it goes on',
    given: {
      ...someFacts([done('a'), done('b')]),
      inventory: [anInventory('a', ['a-1', 'old-a']), anInventory('b', ['b-1', 'old-b'], 1)],
      leftovers: leftoversOf({ 'old-a': 'present', 'old-b': 'terminating' }),
    },
    want: 'wait; progressing',
  },
  {
    name: 'is ready, and remembers what may still come of a write that was not answered',
    given: {
      ...someFacts([done('a')]),
      inventory: [anInventory('a', ['a-1', 'old'])],
      leftovers: unsure('old', NOW_MS + 5_000),
    },
    want: 'settled; ready',
  },
  {
    name: 'shrinks the inventory to what is there, and keeps what was left on purpose',
    given: {
      ...someFacts([done('a')]),
      inventory: [anInventory('a', ['a-1', 'gone', 'kept', 'foreign'])],
      leftovers: leftoversOf({ gone: 'gone', kept: 'kept', foreign: 'foreign' }),
    },
    want: 'record a a-1,kept; progressing',
  },
  {
    name: 'an object that has moved to another stage is forgotten by the first, never deleted',
    given: {
      ...someFacts([done('a'), aBuiltStage('b', [anObjectFacts('shared')])]),
      inventory: [anInventory('a', ['a-1', 'shared']), anInventory('b', ['shared'], 1)],
    },
    want: 'record a a-1; progressing',
  },
  {
    name: 'forgets a removed stage that has nothing left',
    given: {
      ...someFacts([done('a')]),
      inventory: [anInventory('a', ['a-1']), anInventory('removed', ['old'], 1)],
      leftovers: leftoversOf({ old: 'gone' }),
    },
    want: 'forget-stage; progressing',
  },
  { name: 'settles', given: someFacts([done('a'), done('b')]), want: 'settled; ready' },
  {
    name: 'a failure is not tried again before its time',
    given: someFacts([aBuiltStage('a', [anObjectFacts('x', 'missing')])], {
      attempt: {
        failure: { reason: 'StageFailed', stage: 'a', operation: 'apply', message: 'no', retry: 'backoff' },
        attempts: 1,
        retryAtMs: NOW_MS + 1,
      },
    }),
    want: 'fail StageFailed; failed',
  },
  {
    name: 'tries it again when its time has come, without unsaying the failure',
    given: someFacts([aBuiltStage('a', [anObjectFacts('x', 'missing')])], {
      attempt: {
        failure: { reason: 'StageFailed', stage: 'a', operation: 'apply', message: 'no', retry: 'backoff' },
        attempts: 1,
        retryAtMs: NOW_MS,
      },
    }),
    want: 'apply a create x; unchanged',
  },
];

const waits = { reason: 'DependencyNotReady', message: 'waiting for StageSet prod/db', retry: 'retry' } as const;
const circle = { reason: 'Stalled', message: 'a circle', retry: 'slowly' } as const;
const lacking = [{ state: 'unready', reason: 'SourceNotReady', message: 'fetching' }] as const;
const newer = [{ state: 'pinned', pin: aPin('a', 'r2') }] as const;
const deployed = someFacts([done('a')], { run: finished });
const drifted = someFacts([aBuiltStage('a', [anObjectFacts('x', 'changed')])], { run: finished });
const asked = { annotations: { 'reconcile.fluxcd.io/requestedAt': 't1' } };

const dependencyCases: readonly { name: string; given: Facts; want: string }[] = [
  {
    name: 'hold a first run back',
    given: { ...someFacts([]), stageSet: aStageSet(), sources: [{ state: 'pinned', pin: aPin('a') }], unmet: waits },
    want: 'fail DependencyNotReady; failed',
  },
  {
    name: 'are told before a source that is missing',
    given: { ...someFacts([]), stageSet: aStageSet(), sources: lacking, unmet: waits },
    want: 'fail DependencyNotReady; failed',
  },
  {
    name: 'hold a newer revision back',
    given: { ...deployed, sources: newer, unmet: waits },
    want: 'fail DependencyNotReady; failed',
  },
  {
    name: 'hold a newer spec back',
    given: { ...someFacts([done('a')], { run: { ...finished, generation: 0 } }), unmet: waits },
    want: 'fail DependencyNotReady; failed',
  },
  {
    name: 'hold changed variables back',
    given: (() => {
      const facts = someFacts([aBuiltStage('a', [anObjectFacts('x', 'changed')])]);
      const status = { run: aRun(['a'], finished), stages: [aStageStatus('a', { appliedDigest: 'd0' })] };
      return { ...facts, stageSet: aStageSet({ status }), unmet: waits };
    })(),
    want: 'fail DependencyNotReady; failed',
  },
  { name: 'do not unsettle what is deployed', given: { ...deployed, unmet: waits }, want: 'settled; ready' },
  {
    name: 'do not keep drift from being put back',
    given: { ...drifted, unmet: waits },
    want: 'apply a upgrade x; unchanged',
  },
  {
    name: 'not even while a newer revision waits',
    given: { ...drifted, sources: newer, unmet: waits },
    want: 'apply a upgrade x; unchanged',
  },
  {
    name: 'do not stop a run half-way',
    given: { ...someFacts([aBuiltStage('a', [anObjectFacts('x', 'missing')])]), unmet: waits },
    want: 'apply a create x; progressing',
  },
  {
    name: 'do not keep a request from being answered',
    given: {
      ...deployed,
      stageSet: aStageSet({ metadata: asked, status: { run: aRun(['a'], finished) } }),
      unmet: waits,
    },
    want: 'pin; progressing',
  },
  {
    name: 'in a circle are told whatever is deployed',
    given: { ...deployed, unmet: circle },
    want: 'fail Stalled; failed',
  },
  {
    name: 'in a circle do not keep drift from being put back',
    given: { ...drifted, unmet: circle },
    want: 'apply a upgrade x; unchanged',
  },
];

describe('dependencies that are not ready', () => {
  for (const { name, given, want } of dependencyCases) test(name, () => expect(inShort(given)).toBe(want));
});

describe('plan', () => {
  for (const { name, given, want } of cases) test(name, () => expect(inShort(given)).toBe(want));
});

describe('waiting', () => {
  const waiting = someFacts(
    [
      aBuiltStage(
        'a',
        [anObjectFacts('x'), anObjectFacts('y', 'same', { health: slow, kind: 'Deployment', apiVersion: 'apps/v1' })],
        { timeout: '1s' },
      ),
    ],
    {
      inventory: [
        {
          stage: 'a',
          recorded: true,
          position: 0,
          entries: [
            { id: 'prod_x__ConfigMap', v: 'v1' },
            { id: 'prod_y_apps_Deployment', v: 'v1' },
          ],
        },
      ],
    },
  );

  test('is told with counts and names, and ends at the stage’s timeout', () => {
    const { verdict, lookAgainMs, stages } = plan(waiting);
    expect(verdict).toEqual({
      kind: 'progressing',
      message: 'stage "a": 1 of 2 ready, waiting for Deployment prod/y',
    });
    expect(lookAgainMs).toBe(NOW_MS + 1000);
    expect(stages[0]).toMatchObject({ phase: 'Verifying', verifying: true, progress: { ready: 1, total: 2 } });
  });

  test('has the whole time anew in another run', () => {
    const { stageSet } = waiting;
    const since = aStageStatus('a', { phase: 'Verifying', verifyingSince: '2025-12-31T00:00:00Z' });
    const status = { ...stageSet.status, stages: [since] };
    const { step, lookAgainMs } = plan({ ...waiting, stageSet: { ...stageSet, status } });
    expect([step.kind, lookAgainMs]).toEqual(['wait', NOW_MS + 1000]);
  });

  test('holds with the knob that decides once the time is up', () => {
    const { stageSet } = waiting;
    const since = aStageStatus('a', { phase: 'Verifying', verifyingSince: NOW });
    const late = {
      ...waiting,
      nowMs: NOW_MS + 1000,
      stageSet: { ...stageSet, status: { ...stageSet.status, stages: [since] } },
    };
    const { step, lookAgainMs, stages } = plan(late);
    expect(step).toMatchObject({ kind: 'fail', failure: { reason: 'StageProgressing' } });
    expect(step.kind === 'fail' && step.failure.message).toContain(
      '(waited 1s: stage readyChecks.timeout, else stages[].timeout, else spec.timeout)',
    );
    expect(stages[0]).toMatchObject({ phase: 'Verifying' });
    expect(lookAgainMs).toBe(late.nowMs + 600_000);
  });
});

describe('teardown', () => {
  const deleted = { deletionTimestamp: NOW };
  const inventory = [anInventory('a', ['x']), anInventory('b', ['y'], 1)];
  const facts = { ...someFacts([]), inventory, stageSet: aStageSet({ metadata: deleted }) };
  const steps: readonly { name: string; given: Facts; want: string }[] = [
    {
      name: 'deletes the last stage first',
      given: { ...facts, leftovers: leftoversOf({ x: 'present', y: 'present' }) },
      want: 'delete b y; progressing',
    },
    {
      name: 'waits until it is gone',
      given: { ...facts, leftovers: leftoversOf({ x: 'present', y: 'terminating' }) },
      want: 'wait; progressing',
    },
    {
      name: 'then the stage before it',
      given: { ...facts, leftovers: leftoversOf({ x: 'present', y: 'gone' }) },
      want: 'delete a x; progressing',
    },
    {
      name: 'waits until no write that was not answered can come any more',
      given: { ...facts, leftovers: unsure('x', NOW_MS + 5_000) },
      want: 'wait; progressing',
    },
    {
      name: 'S-144 what is out of reach holds nothing else back',
      given: { ...facts, leftovers: leftoversOf({ x: 'present', y: 'denied' }) },
      want: 'delete a x; progressing',
    },
    {
      name: 'S-143 lets go when nothing is left but what may not be deleted',
      given: { ...facts, leftovers: leftoversOf({ x: 'gone', y: 'denied' }) },
      want: 'remove-finalizer permanent; unchanged',
    },
    {
      name: 'S-143 lets go when who delivered what is left is gone',
      given: { ...facts, leftovers: leftoversOf({ x: 'denied', y: 'disowned' }) },
      want: 'remove-finalizer unauthorized; unchanged',
    },
    {
      name: 'waits for a cluster that does not answer',
      given: { ...facts, leftovers: leftoversOf({ x: 'disowned', y: 'unreachable' }) },
      want: 'fail StageFailed; failed',
    },
    {
      name: 'lets go at the end, also of what is kept or foreign',
      given: { ...facts, leftovers: leftoversOf({ x: 'kept', y: 'foreign' }) },
      want: 'remove-finalizer; unchanged',
    },
    {
      name: 'gives up after the longest wait',
      given: { ...facts, nowMs: NOW_MS + 3_600_000, leftovers: leftoversOf({ x: 'terminating', y: 'gone' }) },
      want: 'remove-finalizer timed_out; unchanged',
    },
    {
      name: 'S-143 does not give up before that',
      given: { ...facts, nowMs: NOW_MS + 60_000, leftovers: leftoversOf({ x: 'terminating', y: 'gone' }) },
      want: 'wait; progressing',
    },
    {
      name: 'S-144 when time is up, what hangs in one stage does not abandon another',
      given: { ...facts, nowMs: NOW_MS + 3_600_000, leftovers: leftoversOf({ x: 'present', y: 'terminating' }) },
      want: 'delete a x; unchanged',
    },
    {
      name: 'S-144 nor does a stage whose deletion fails',
      given: {
        ...facts,
        nowMs: NOW_MS + 3_600_000,
        leftovers: leftoversOf({ x: 'present', y: 'present' }),
        attempt: {
          failure: { reason: 'StageFailed', stage: 'b', operation: 'prune', message: '', retry: 'backoff' },
          attempts: 1,
          retryAtMs: NOW_MS + 3_700_000,
        },
      },
      want: 'delete a x; unchanged',
    },
    {
      name: 'runs for a suspended StageSet too',
      given: {
        ...facts,
        stageSet: aStageSet({ metadata: deleted, spec: { suspend: true } }),
        leftovers: leftoversOf({ x: 'present', y: 'gone' }),
      },
      want: 'delete a x; progressing',
    },
  ];
  for (const { name, given, want } of steps) test(name, () => expect(inShort(given)).toBe(want));
});

test('what may still come is looked for again when it cannot any more', () => {
  const inventory = [anInventory('a', ['x'])];
  const leftovers = unsure('x', NOW_MS + 5_000);
  const settled = { ...someFacts([aBuiltStage('a', [])]), inventory, leftovers };
  expect(plan(settled).lookAgainMs).toBe(NOW_MS + 5_000);
  const stageSet = aStageSet({ metadata: { deletionTimestamp: NOW } });
  expect(plan({ ...settled, stageSet }).lookAgainMs).toBe(NOW_MS + 5_000);
});

describe('an entry says how its object was applied', () => {
  const entryFor = (stage: Partial<Stage>, spec: Partial<StageSetSpec>) => {
    const built = aBuiltStage('a', [anObjectFacts('x', 'missing')], stage);
    const facts = someFacts([built], { inventory: [] });
    const stageSet = { ...facts.stageSet, spec: { ...facts.stageSet.spec, ...spec } };
    const { step } = plan({ ...facts, stageSet });
    return step.kind === 'record' ? step.entries[0] : undefined;
  };
  const plain = { id: 'prod_x__ConfigMap', v: 'v1' };

  test.each([
    { name: 'as the controller', stage: {}, spec: {}, want: plain },
    { name: 'as the account of all', stage: {}, spec: { serviceAccountName: 'all' }, want: { ...plain, sa: 'all' } },
    {
      name: 'as that of the stage',
      stage: { serviceAccountName: 'own' },
      spec: { serviceAccountName: 'all' },
      want: { ...plain, sa: 'own' },
    },
    { name: 'not to be pruned', stage: { prune: false }, spec: {}, want: { ...plain, prune: false } },
  ])('$name', ({ stage, spec, want }) => expect(entryFor(stage, spec)).toEqual(want));
});

describe('what comes next is said in the write of status before it', () => {
  const said = (facts: Facts) => {
    const { step, verdict, stages } = plan(facts);
    return { step: step.kind, verdict, stages };
  };

  test('a pin says what will be built', () => {
    const pinning: Facts = { ...someFacts([]), stageSet: aStageSet(), sources: [{ state: 'pinned', pin: aPin('a') }] };
    const building = someFacts([
      { name: 'a', spec: aStage('a'), state: 'unbuilt', digest: 'sha256:a', isUnderWay: false },
    ]);
    expect(said(pinning)).toMatchObject({ step: 'pin' });
    expect(said(building)).toMatchObject({ step: 'build' });
    expect(said(pinning).verdict).toEqual(said(building).verdict);
  });

  test('a record says what will be applied', () => {
    const stage = aBuiltStage('a', [anObjectFacts('new', 'missing')]);
    const recording: Facts = { ...someFacts([stage]), inventory: [] };
    const applying: Facts = { ...someFacts([stage]), inventory: [anInventory('a', ['new'])] };
    expect(said(recording)).toEqual({ ...said(applying), step: 'record' });
    expect(said(applying).step).toBe('apply');
  });
});
