import { describe, expect, test } from 'vitest';
import { paint } from '../output/paint.ts';
import { columnsOf } from '../output/width.ts';
import { frame } from './frame.ts';
import {
  EMPTY_TIMELINE,
  formatElapsed,
  observe,
  type ReleaseView,
  type RolloutView,
  type StageView,
} from './rollout.ts';
import { transitionJson, transitionLine, transitions } from './transitions.ts';

const stage = (name: string, changes: Partial<StageView> = {}): StageView => ({
  name,
  phase: 'Pending',
  ready: 0,
  total: 0,
  revision: '',
  waitingFor: undefined,
  action: undefined,
  message: '',
  ...changes,
});
const release = (stages: readonly StageView[], changes: Partial<ReleaseView> = {}): RolloutView => ({
  releases: [
    {
      id: 'releases/platform',
      state: 'progressing',
      reason: 'Progressing',
      message: '',
      isHeld: false,
      isCleaningUp: false,
      stages,
      ...changes,
    },
  ],
});
const half = release([
  stage('crds', { phase: 'Ready', ready: 2, total: 2 }),
  stage('operator', {
    phase: 'Verifying',
    ready: 5,
    total: 7,
    waitingFor: 'Deployment platform-system/platform-operator: 1 of 2 replicas are available',
  }),
  stage('workloads'),
]);

describe('the live view', () => {
  const draw = (columns: number, rows = 24) =>
    frame(half, observe(EMPTY_TIMELINE, half, 1000), { columns, rows, paint: paint(false), now: 2500 });

  test('shows stages top to bottom with phase, objects, elapsed time and, on a line of its own where it is long, the wait', () => {
    expect(draw(120)).toMatchInlineSnapshot(`
      [
        "releases/platform                                                                                                  1.5s",
        "  ✓ crds       ━━━━━━━━━━━━  2/2     Ready                                                                         0.0s",
        "  ⠙ operator   ━━━━━━━━────  5/7     Verifying                                                                     1.5s",
        "      Deployment platform-system/platform-operator: 1 of 2 replicas are available",
        "  · workloads  ────────────          Pending",
      ]
    `);
  });

  test('on a narrow terminal the bar goes', () => {
    expect(draw(60)).toMatchInlineSnapshot(`
      [
        "releases/platform                                      1.5s",
        "  ✓ crds       2/2     Ready                           0.0s",
        "  ⠙ operator   5/7     Verifying                       1.5s",
        "      Deployment platform-system/platform-operator: 1 of 2…",
        "  · workloads          Pending",
      ]
    `);
  });

  test('no line is ever wider than the terminal, and there are no more than fit', () => {
    for (let columns = 20; columns < 200; columns += 1) {
      const lines = draw(columns, 4);
      expect(lines.length).toBeLessThanOrEqual(3);
      expect(Math.max(...draw(columns).map(columnsOf))).toBeLessThan(columns + 1);
    }
  });
});

describe('transitions', () => {
  test('are one line a change', () => {
    const before = release([stage('crds'), stage('operator'), stage('workloads')]);
    expect(transitions(before, half).map(transitionLine)).toEqual([
      'releases/platform crds Ready 2/2',
      'releases/platform operator Verifying 5/7 waiting for Deployment platform-system/platform-operator: 1 of 2 replicas are available',
    ]);
    expect(transitions(half, half)).toEqual([]);
  });

  test('tell what a release waits for outside of its stages', () => {
    const held = release([stage('crds')], {
      reason: 'DependencyNotReady',
      message: 'waiting for StageSet releases/db, which is not ready (StageFailed)',
      isHeld: true,
    });
    const line = 'DependencyNotReady: waiting for StageSet releases/db, which is not ready (StageFailed)';
    expect(transitions(release([stage('crds')]), held).map(transitionLine)).toEqual([
      `releases/platform progressing ${line}`,
    ]);
    const drawn = frame(held, EMPTY_TIMELINE, { columns: 120, rows: 24, paint: paint(false), now: 0 });
    expect(drawn.at(-1)).toBe(`  ${line}`);
  });

  test('end in the verdict', () => {
    const failed = release([stage('crds', { phase: 'Failed', message: 'apply: no' })], {
      state: 'failed',
      reason: 'StageFailed',
      message: 'stage "crds" apply: no',
    });
    expect(transitions(release([]), failed).map(transitionLine)).toEqual([
      'releases/platform crds Failed apply: no',
      'releases/platform failed StageFailed: stage "crds" apply: no',
    ]);
    const [first] = transitions(release([]), failed);
    if (first === undefined) throw new Error('no transition');
    expect(JSON.parse(transitionJson(first, '2026-01-01T00:00:00Z'))).toMatchObject({
      stage: 'crds',
      phase: 'Failed',
      message: 'apply: no',
    });
  });
});

test('elapsed times', () => {
  expect([0, 449, 12_340, 59_960, 245_000, 7_380_000].map(formatElapsed)).toEqual([
    '0.0s',
    '0.4s',
    '12.3s',
    '1m00s',
    '4m05s',
    '2h03m',
  ]);
});
