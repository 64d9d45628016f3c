import type { StageSet } from '@stageset/api';
import { expect, test } from 'vitest';
import { stageSetDetail } from '../get/detail.ts';
import { releaseView } from './release-view.ts';

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
