import type { StageStatus } from '@stageset/api';
import { describe, expect, test } from 'vitest';
import type { Judgement } from '../ready/judge.ts';
import { aDesired, anObjectFacts, aPin, aStage, aStageStatus, NOW, NOW_MS } from '../testing/facts.ts';
import type { CheckFacts, Health, ObjectFacts } from './facts.ts';
import type { BuiltStage, StagePlan } from './stage-context.ts';
import { verify } from './verify.ts';

type Checks = NonNullable<BuiltStage['spec']['readyChecks']>;

const slow: Health = { status: 'InProgress', message: 'Available: 0/1' };
const broken: Health = { status: 'Failed', message: 'Progress deadline exceeded' };
const unready: Judgement = { status: 'Unready', message: 'readyChecks.exprs[0].current does not hold: x' };
const onItsWay: Judgement = { status: 'InProgress', message: 'readyChecks.exprs[0].inProgress holds: x' };
const failed: Judgement = { status: 'Failed', message: 'readyCheck failed for ConfigMap prod/x: x' };

function anObject(name: string, parts: Partial<ObjectFacts> = {}): ObjectFacts {
  return { ...anObjectFacts(name), ...parts };
}

function aCheck(name: string, parts: Partial<CheckFacts> = {}): CheckFacts {
  return { ref: aDesired(name).ref, state: 'read', health: { status: 'Current' }, ...parts };
}

interface Given {
  readonly objects?: readonly ObjectFacts[];
  readonly checks?: readonly CheckFacts[];
  readonly readyChecks?: Checks;
  readonly onTimeout?: 'Hold' | 'Rollback';
  /** Since when it waits, and for how long it may. */
  readonly lateMs?: number;
}

function planOf({ objects = [], checks = [], readyChecks = {}, onTimeout, lateMs = 0 }: Given): StagePlan {
  const stage: BuiltStage = {
    name: 'a',
    spec: aStage('a', { readyChecks, timeout: '1m', ...(onTimeout === undefined ? {} : { onTimeout }) }),
    state: 'built',
    digest: 'd1',
    objects,
    checks,
  };
  const status: StageStatus = aStageStatus('a', { verifyingSince: NOW });
  return verify(stage, {
    nowMs: NOW_MS + lateMs,
    spec: { stages: [] },
    position: 0,
    pin: aPin('a'),
    status,
    inventory: undefined,
    runStartedMs: NOW_MS,
  });
}

/** `wait 1/2: message`, `fail StageFailed: message`. */
function inShort(plan: StagePlan): string {
  const { progress, message = '' } = plan.report;
  const counts = progress === undefined ? '' : ` ${progress.ready}/${progress.total}`;
  return plan.kind === 'fail'
    ? `fail ${plan.failure.reason}${counts}: ${plan.failure.message}`
    : `${plan.kind}${counts}${message === '' ? '' : `: ${message}`}`;
}

const LATE = '(waited 1m0s: stage readyChecks.timeout, else stages[].timeout, else spec.timeout)';

const cases: readonly { name: string; given: Given; want: string }[] = [
  { name: 'all is healthy', given: { objects: [anObject('x')], checks: [aCheck('y')] }, want: 'done 2/2' },
  { name: 'nothing to wait for', given: {}, want: 'done 0/0' },
  {
    name: 'an object of the stage is waited for',
    given: { objects: [anObject('x', { health: slow })] },
    want: 'wait 0/1: 0 of 1 ready, waiting for ConfigMap prod/x',
  },
  {
    name: 'not when that is switched off',
    given: { objects: [anObject('x', { health: slow })], readyChecks: { disableWait: true } },
    want: 'done 1/1',
  },
  {
    name: 'nor does it fail the stage then',
    given: { objects: [anObject('x', { health: broken })], readyChecks: { disableWait: true } },
    want: 'done 1/1',
  },
  {
    name: 'what a check names is waited for beside them',
    given: { objects: [anObject('x')], checks: [aCheck('y', { health: { status: 'NotFound' } })] },
    want: 'wait 1/2: 1 of 2 ready, waiting for ConfigMap prod/y',
  },
  {
    name: 'a check counts although waiting for objects is switched off',
    given: {
      objects: [anObject('x', { health: slow }), anObject('z', { health: slow })],
      checks: [aCheck('x', { health: slow })],
      readyChecks: { disableWait: true },
    },
    want: 'wait 1/2: 1 of 2 ready, waiting for ConfigMap prod/x',
  },
  {
    name: 'what a check names fails the stage when it has failed',
    given: { checks: [aCheck('y', { health: broken })] },
    want: 'fail StageFailed 0/1: ConfigMap prod/y has failed: Progress deadline exceeded',
  },
  {
    name: 'what may not be read is told at once, not after the timeout',
    given: {
      objects: [anObject('x', { health: slow })],
      checks: [aCheck('y', { state: 'denied', health: { status: 'Unknown', message: 'forbidden' } })],
    },
    want: 'fail RBACDenied: forbidden',
  },
  {
    name: 'a kind that the cluster lacks is told while it is waited for',
    given: { checks: [aCheck('y', { state: 'unknown-kind', health: { status: 'Unknown', message: 'no kind Y' } })] },
    want: 'wait 0/1: 0 of 1 ready, waiting for ConfigMap prod/y (no kind Y)',
  },
  {
    name: 'and is no slow progress when the time is up',
    given: {
      checks: [aCheck('y', { state: 'unknown-kind', health: { status: 'Unknown', message: 'no kind Y' } })],
      lateMs: 60_000,
    },
    want: `fail RBACDenied 0/1: 0 of 1 ready, waiting for ConfigMap prod/y (no kind Y) ${LATE}`,
  },
  {
    name: 'an expression is waited for, and says why',
    given: { objects: [anObject('x', { judgement: unready }), anObject('y')] },
    want: `wait 1/2: 1 of 2 ready, waiting for ConfigMap prod/x (${unready.message})`,
  },
  {
    name: 'expressions are asked when everything is healthy',
    given: { objects: [anObject('x', { judgement: failed }), anObject('y', { health: slow })] },
    want: 'wait 1/2: 1 of 2 ready, waiting for ConfigMap prod/y',
  },
  {
    name: 'also of what is not waited for',
    given: {
      objects: [anObject('x', { judgement: unready, health: slow })],
      readyChecks: { disableWait: true },
    },
    want: `wait 0/1: 0 of 1 ready, waiting for ConfigMap prod/x (${unready.message})`,
  },
  {
    name: 'also of what a check names',
    given: { checks: [aCheck('y', { judgement: unready })] },
    want: `wait 0/1: 0 of 1 ready, waiting for ConfigMap prod/y (${unready.message})`,
  },
  {
    name: 'an expression fails the stage at once',
    given: { objects: [anObject('y', { judgement: unready }), anObject('x', { judgement: failed })] },
    want: 'fail StageFailed 0/2: readyCheck failed for ConfigMap prod/x: x',
  },
  {
    name: 'what nobody says is in progress has failed when the time is up',
    given: { objects: [anObject('x', { judgement: unready })], lateMs: 60_000 },
    want: `fail StageFailed 0/1: 0 of 1 ready, waiting for ConfigMap prod/x (${unready.message}) ${LATE}`,
  },
  {
    name: 'what is in progress is held then',
    given: { objects: [anObject('x', { judgement: onItsWay })], lateMs: 60_000 },
    want: `fail StageProgressing 0/1: 0 of 1 ready, waiting for ConfigMap prod/x (${onItsWay.message}) ${LATE}`,
  },
  {
    name: 'unless a timeout is to mean failure',
    given: { objects: [anObject('x', { judgement: onItsWay })], lateMs: 60_000, onTimeout: 'Rollback' },
    want: `fail StageFailed 0/1: 0 of 1 ready, waiting for ConfigMap prod/x (${onItsWay.message}) ${LATE}`,
  },
  {
    name: 'one that moves does not hide another that is stuck',
    given: {
      objects: [anObject('x', { judgement: onItsWay }), anObject('y', { judgement: unready })],
      lateMs: 60_000,
    },
    want: `fail StageFailed 0/2: 0 of 2 ready, waiting for ConfigMap prod/y, ConfigMap prod/x (${unready.message}) ${LATE}`,
  },
];

describe('verify', () => {
  for (const { name, given, want } of cases) test(name, () => expect(inShort(planOf(given))).toBe(want));

  test('health and expressions share one time', () => {
    const early = planOf({ objects: [anObject('x', { health: slow })] });
    const later = planOf({ objects: [anObject('x', { judgement: unready })], lateMs: 59_999 });
    expect(early).toMatchObject({ kind: 'wait', lookAgainMs: NOW_MS + 60_000 });
    expect(later).toMatchObject({ kind: 'wait', lookAgainMs: NOW_MS + 60_000 });
  });

  test('status tells which check waits', () => {
    expect(planOf({ objects: [anObject('x', { judgement: unready })] }).report.progress?.waitingFor).toEqual([
      { ...aDesired('x').ref, status: 'InProgress', reason: 'ReadyCheck', message: unready.message },
    ]);
  });

  test('a stage that has failed is applied all the same, and its time goes on', () => {
    expect(planOf({ objects: [anObject('x', { judgement: failed })] }).report).toMatchObject({
      phase: 'Failed',
      verifying: true,
      applied: { digest: 'd1', revision: 'r1', entries: 1 },
    });
  });
});
