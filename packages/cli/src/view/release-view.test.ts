import type { StageSet } from '@stageset/api';
import { describe, expect, test } from 'vitest';
import { stageSetDetail } from '../get/detail.ts';
import { paint } from '../output/paint.ts';
import { releaseView } from './release-view.ts';
import { EMPTY_TIMELINE } from './rollout.ts';
import { summary } from './summary.ts';

function aStageSet(status: NonNullable<StageSet['status']>): StageSet {
  return {
    apiVersion: 'stages.metio.wtf/v1',
    kind: 'StageSet',
    metadata: { name: 'shop', namespace: 'releases', generation: 1 },
    spec: { stages: [{ name: 'data', sourceRef: { name: 'data' } }] },
    status,
  };
}

function ready(status: 'True' | 'False' | 'Unknown', reason: string, message = '') {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  return [{ type: 'Ready', status, reason, message, observedGeneration: 1, lastTransitionTime }];
}

test.each([
  ['DependencyNotReady', 'False', { state: 'progressing', isHeld: true }],
  ['SourceNotReady', 'False', { state: 'progressing', isHeld: true }],
  ['Soaking', 'False', { state: 'progressing', isHeld: true }],
  ['Stalled', 'False', { state: 'failed', isHeld: false }],
  ['StageFailed', 'False', { state: 'failed', isHeld: false }],
  ['Progressing', 'Unknown', { state: 'progressing', isHeld: false }],
  ['Succeeded', 'True', { state: 'ready', isHeld: false }],
] as const)('%s is told as it is', (reason, status, want) => {
  expect(releaseView(aStageSet({ conditions: ready(status, reason) }))).toMatchObject(want);
});

test('the check that waits is named, with its reason in words', () => {
  const message = 'readyChecks.exprs[0].current does not hold: status.phase == "Up"';
  const database = { apiVersion: 'example.com/v1', kind: 'Database', namespace: 'releases', name: 'main' };
  const stageSet = aStageSet({
    conditions: ready('Unknown', 'Progressing'),
    stages: [
      {
        name: 'data',
        phase: 'Verifying',
        objects: { ready: 1, total: 2 },
        waitingFor: [{ ...database, status: 'InProgress', reason: 'ReadyCheck', message }],
      },
    ],
  });
  expect(releaseView(stageSet).stages[0]?.waitingFor).toBe(`Database releases/main: ${message}`);
  expect(stageSetDetail(stageSet)).toContain(`data waits for Database releases/main: ${message}`);
});

test('what onFailure has come to is told, once it is over', () => {
  const action = (name: string) => ({ name, http: { url: 'http://hooks.example.com' } });
  const ran = (name: string, result: 'Succeeded' | 'Failed') => {
    const message = result === 'Failed' ? { message: 'hooks.example.com answered 500' } : {};
    const run = { name, result, scope: 'Revision', digest: 'd', key: 'k', attempts: 1, ...message } as const;
    return { ...run, finishedAt: '2026-01-01T00:00:00Z' };
  };
  const failed = (onFailureRanFor: string) => {
    const actionRuns = [ran('off', 'Succeeded'), ran('tell', 'Failed')];
    const stage = { name: 'data', phase: 'Failed' as const, ledgerRevision: 'r1', onFailureRanFor, actionRuns };
    const run = { id: '1', generation: 1, startedAt: '2026-01-01T00:00:00Z', pins: [] };
    const stageSet = aStageSet({ conditions: ready('False', 'StageFailed', 'no'), run, stages: [stage] });
    const onFailure = ['off', 'tell', 'rest'].map(action);
    return releaseView({
      ...stageSet,
      spec: { stages: [{ name: 'data', sourceRef: { name: 'data' }, actions: { onFailure } }] },
    });
  };
  const told = 'off done, tell failed (hooks.example.com answered 500), rest left out';
  expect(failed('1/r1').stages[0]?.cleanUp).toBe(told);
  expect(failed('1/r0').stages[0]?.cleanUp).toBeUndefined();
  const options = { paint: paint(false), now: 0 };
  expect(summary({ releases: [failed('1/r1')] }, EMPTY_TIMELINE, options)).toContain(`    onFailure   ${told}`);
});

describe('a status that is older than the rollout that is awaited', () => {
  const pin = {
    stage: 'data',
    apiVersion: 'v1',
    kind: 'ExternalArtifact',
    namespace: 'releases',
    name: 'data',
    url: '',
  };
  const run = (revision: string) => ({
    id: '3',
    generation: 1,
    startedAt: '2026-01-01T00:00:00Z',
    pins: [{ ...pin, revision, digest: '' }],
  });
  const stage = (phase: 'Ready' | 'Failed', appliedRevision: string) => [
    { name: 'data', phase, appliedRevision, entriesCount: 2, message: 'as it was' },
  ];
  const revisions = new Map([['data', 'new']]);
  const failed = ready('False', 'StageFailed', 'no');

  test.each([
    {
      name: 'a failure before the request was acted on is not told',
      status: { conditions: failed, run: run('new'), stages: stage('Failed', 'new'), lastHandledReconcileAt: 'before' },
      awaited: { revisions, requestedAt: 'now' },
      want: { state: 'progressing', reason: '', message: '', stages: [{ phase: 'Pending', message: '' }] },
    },
    {
      name: 'a failure of the run that was asked for is told',
      status: { conditions: failed, run: run('new'), stages: stage('Failed', 'new'), lastHandledReconcileAt: 'now' },
      awaited: { revisions, requestedAt: 'now' },
      want: { state: 'failed', reason: 'StageFailed', stages: [{ phase: 'Failed', message: 'as it was' }] },
    },
    {
      name: 'a failure of a run that delivers another revision is not told',
      status: { conditions: failed, run: run('old'), stages: stage('Failed', 'old') },
      awaited: { revisions },
      want: { state: 'progressing' },
    },
    {
      name: 'what keeps a run from beginning is told, whatever was pinned before',
      status: { conditions: ready('False', 'InvalidSpec'), run: run('old') },
      awaited: { revisions },
      want: { state: 'failed' },
    },
    {
      name: 'a source that may not be read keeps a run from beginning',
      status: { conditions: ready('False', 'RBACDenied'), run: run('old') },
      awaited: { revisions },
      want: { state: 'failed' },
    },
    {
      name: 'ready at another revision is on its way, and its stage has not begun',
      status: { conditions: ready('True', 'Succeeded'), run: run('old'), stages: stage('Ready', 'old') },
      awaited: { revisions },
      want: { state: 'progressing', stages: [{ phase: 'Pending', ready: 0, total: 2 }] },
    },
    {
      name: 'a stage that failed in the run before has not begun in this one',
      status: { conditions: ready('Unknown', 'Progressing'), run: run('new'), stages: stage('Failed', 'old') },
      awaited: { revisions },
      want: { state: 'progressing', stages: [{ phase: 'Pending' }] },
    },
    {
      name: 'ready at what is awaited is ready',
      status: { conditions: ready('True', 'Succeeded'), run: run('new'), stages: stage('Ready', 'new') },
      awaited: { revisions },
      want: { state: 'ready', stages: [{ phase: 'Ready' }] },
    },
  ])('$name', ({ status, awaited, want }) => {
    expect(releaseView(aStageSet(status), awaited)).toMatchObject(want);
  });
});
