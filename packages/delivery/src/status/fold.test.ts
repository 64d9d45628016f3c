import type { Condition, StageSetStatus } from '@stageset/api';
import { describe, expect, test } from 'vitest';
import type { Plan, StageReport, Verdict } from '../plan/step.ts';
import { aRun, aStage, aStageSet, aStageStatus, NOW, NOW_MS } from '../testing/facts.ts';
import { foldStatus, isOnlyProgress, stagesCompleted, transitionOf } from './fold.ts';

const LATER_MS = NOW_MS + 90_000;
const LATER = '2026-01-01T00:01:30Z';

function fold(
  status: StageSetStatus,
  parts: Partial<Plan> & { readonly verdict: Verdict },
  token?: string,
): StageSetStatus {
  const annotations = token === undefined ? {} : { annotations: { 'reconcile.fluxcd.io/requestedAt': token } };
  const stageSet = aStageSet({ stages: [aStage('a'), aStage('b')], status, metadata: annotations });
  return foldStatus({ stageSet, nowMs: LATER_MS }, { step: { kind: 'wait' }, stages: [], ...parts });
}

const told = (conditions: readonly Condition[] | undefined) =>
  conditions?.map(({ type, status, reason }) => `${type}=${status}/${reason}`);

const progressing = { kind: 'progressing', message: 'r1: starting' } as const;
const failed = (reason: 'StageFailed' | 'InvalidSpec') =>
  ({ kind: 'failed', failure: { reason, message: 'no', retry: 'retry' } }) as const;

describe('conditions', () => {
  const cases: readonly { name: string; verdict: Verdict; want: readonly string[] }[] = [
    { name: 'on the way', verdict: progressing, want: ['Reconciling=True/Progressing', 'Ready=Unknown/Progressing'] },
    { name: 'ready', verdict: { kind: 'ready' }, want: ['Ready=True/Succeeded'] },
    {
      name: 'tried again',
      verdict: failed('StageFailed'),
      want: ['Reconciling=True/ProgressingWithRetry', 'Ready=False/StageFailed'],
    },
    { name: 'stalled', verdict: failed('InvalidSpec'), want: ['Stalled=True/InvalidSpec', 'Ready=False/InvalidSpec'] },
    { name: 'suspended', verdict: { kind: 'suspended' }, want: ['Ready=False/Suspended'] },
  ];
  const before: StageSetStatus = fold({}, { verdict: failed('StageFailed') });
  for (const { name, verdict, want } of cases) {
    test(name, () => expect(told(fold(before, { verdict }).conditions)).toEqual(want));
  }

  test('the time of a transition is kept while the status is', () => {
    const condition = {
      type: 'Ready',
      status: 'False',
      reason: 'StageFailed',
      message: '',
      lastTransitionTime: NOW,
    } as const;
    const [, ready] = fold({ conditions: [condition] }, { verdict: failed('StageFailed') }).conditions ?? [];
    expect(ready).toMatchObject({ lastTransitionTime: NOW, message: expect.stringContaining('runbook') });
  });

  test('messages are no longer than the server takes, and lead to the runbook all the same', () => {
    const verdict = {
      kind: 'failed',
      failure: { ...failed('StageFailed').failure, message: 'x'.repeat(40_000) },
    } as const;
    for (const { type, message } of fold({}, { verdict }).conditions ?? []) {
      expect(message.length).toBe(32_768);
      expect(message).toMatch(type === 'Ready' ? /xxx\.\.\. \(runbook: https.*\/stagefailed\/\)$/ : /xxx\.\.\.$/);
    }
  });

  test('those of others stay', () => {
    const other = { type: 'Healthy', status: 'True', reason: 'X', message: '', lastTransitionTime: NOW } as const;
    expect(told(fold({ conditions: [other] }, { verdict: { kind: 'ready' } }).conditions)).toContain('Healthy=True/X');
  });
});

describe('a run', () => {
  test('is pinned with its revisions, and answers the request that asked for it', () => {
    const run = aRun(['a', 'b']);
    const before = { stages: [aStageStatus('a', { verifyingSince: NOW })] };
    const status = fold(before, { step: { kind: 'pin', run }, verdict: progressing }, 't1');
    expect(status).toMatchObject({
      run,
      lastHandledReconcileAt: 't1',
      lastAttemptedRevisions: { 'prod/source-a': 'r1', 'prod/source-b': 'r1' },
    });
    expect(status.stages?.[0]).not.toHaveProperty('verifyingSince');
    expect(status.stages?.[1]).toEqual({ name: 'b', phase: 'Pending' });
    expect(status.observedGeneration).toBeUndefined();
  });

  test('is finished once, when all is ready', () => {
    const status = fold({ run: aRun(['a', 'b']) }, { step: { kind: 'settled' }, verdict: { kind: 'ready' } });
    expect(status).toMatchObject({
      run: { finishedAt: LATER },
      observedGeneration: 1,
      lastAppliedRevisions: { 'prod/source-a': 'r1' },
    });
    expect(fold(status, { step: { kind: 'settled' }, verdict: { kind: 'ready' } })).toEqual(status);
  });

  test('a suspended StageSet answers no request', () => {
    expect(fold({}, { verdict: { kind: 'suspended' } }, 't1')).not.toHaveProperty('lastHandledReconcileAt');
  });
});

describe('a stage', () => {
  const waiting = { name: 'a', phase: 'Verifying', message: '0 of 1 ready', verifying: true } as const;

  test('has been waited for since it was first said', () => {
    const first = fold({}, { verdict: progressing, stages: [waiting] });
    expect(first.stages?.[0]).toMatchObject({ verifyingSince: LATER });
    const since = fold(
      { stages: [aStageStatus('a', { verifyingSince: NOW })] },
      { verdict: progressing, stages: [waiting] },
    );
    expect(since.stages?.[0]).toMatchObject({ verifyingSince: NOW });
  });

  test('is waited for as long as before by what is silent about it', () => {
    const reading = { name: 'a', message: 'reading' } as const;
    const before = { stages: [aStageStatus('a', { verifyingSince: NOW })] };
    expect(fold(before, { verdict: progressing, stages: [reading] }).stages?.[0]?.verifyingSince).toBe(NOW);
    expect(fold({}, { verdict: progressing, stages: [reading] }).stages?.[0]?.verifyingSince).toBeUndefined();
    const applying = { ...reading, verifying: false };
    expect(fold(before, { verdict: progressing, stages: [applying] }).stages?.[0]?.verifyingSince).toBeUndefined();
  });

  test('that has failed before it was applied keeps the revision that is', () => {
    const report = { name: 'a', phase: 'Failed', message: 'build: no', verifying: false } as const;
    const { stages } = fold(
      { stages: [aStageStatus('a', { appliedRevision: 'r0' })] },
      { verdict: failed('StageFailed'), stages: [report] },
    );
    expect(stages?.[0]).toMatchObject({ phase: 'Failed', appliedRevision: 'r0' });
  });

  test('keeps what else is known of it, whatever is said', () => {
    const known = {
      entriesCount: 3,
      shards: 1,
      executedActions: ['migrate'],
      ledgerRevision: 'r1',
      executedVersionActions: ['announce'],
      ledgerVersion: '1.0.0',
      lastHandledReconcileAt: 't1',
      lastHandledPromotion: 't2',
      promotionState: { phase: 'Soaking', since: NOW, soakUntil: LATER },
    } as const;
    const before = { stages: [aStageStatus('a', known)] };
    const reports: readonly StageReport[] = [
      { name: 'a', phase: 'Failed', message: 'apply: no', verifying: false },
      { name: 'a', phase: 'Failed', message: 'connect to target cluster: no' },
      { name: 'a', phase: 'Verifying', message: '0 of 3 ready', verifying: true },
      { name: 'a', phase: 'Applying', message: 'applying 1 of 3 objects', verifying: false },
      { name: 'a', phase: 'Pruning', message: 'deleting' },
      { name: 'b', phase: 'Failed', message: 'build: no' },
    ];
    for (const report of reports) {
      const verdict = report.phase === 'Failed' ? failed('StageFailed') : progressing;
      expect(fold(before, { verdict, stages: [report] }).stages?.[0], JSON.stringify(report)).toMatchObject(known);
    }
    const run = aRun(['a', 'b']);
    expect(fold(before, { step: { kind: 'pin', run }, verdict: progressing }).stages?.[0]).toMatchObject(known);
  });

  test('that has left the spec is told no more, and one that has not begun is pending', () => {
    const before = { stages: [aStageStatus('gone'), aStageStatus('b')] };
    const { stages } = fold(before, { verdict: progressing });
    expect(stages?.map(({ name, phase }) => `${name} ${phase}`)).toEqual(['a Pending', 'b Ready']);
  });

  test('counts as completed when it becomes ready, or ready with something else', () => {
    const before = { stages: [aStageStatus('a'), aStageStatus('b', { phase: 'Verifying' })] };
    const after = { stages: [aStageStatus('a', { appliedDigest: 'd2' }), aStageStatus('b')] };
    expect(stagesCompleted(before, after)).toEqual(['a', 'b']);
    expect(stagesCompleted(after, after)).toEqual([]);
  });
});

test('progress alone is told apart from news', () => {
  const one = fold(
    {},
    {
      verdict: { kind: 'progressing', message: '1 of 3' },
      stages: [{ name: 'a', phase: 'Verifying', message: '1 of 3', verifying: true }],
    },
  );
  const two = fold(one, {
    verdict: { kind: 'progressing', message: '2 of 3' },
    stages: [{ name: 'a', phase: 'Verifying', message: '2 of 3', verifying: true }],
  });
  expect(isOnlyProgress(one, two)).toBe(true);
  // A server keeps no order of fields.
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, child]) => [key, sorted(child)]),
          )
        : value;
  expect(isOnlyProgress(sorted(one) as StageSetStatus, two)).toBe(true);
  expect(isOnlyProgress(two, fold(two, { verdict: failed('StageFailed') }))).toBe(false);
});

test('a transition is another status or reason, and never progress', () => {
  const ready = fold({}, { verdict: { kind: 'ready' } });
  const way = fold(ready, { verdict: progressing });
  expect(transitionOf(undefined, ready)).toMatchObject({ status: 'True', reason: 'Succeeded' });
  expect(transitionOf(ready, ready)).toBeUndefined();
  expect(transitionOf(ready, way)).toBeUndefined();
  expect(transitionOf(way, ready)).toMatchObject({ reason: 'Succeeded' });
});
