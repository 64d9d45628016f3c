import type { Action, ActionIntent } from '@stageset/api';
import { expect, test } from 'vitest';
import { aStage, NOW, NOW_MS } from '../testing/facts.ts';
import { type EffectState, type JobFact, NO_ACTION_FACTS, type TargetFact } from './facts.ts';
import { actionDigest, effectKey } from './identity.ts';
import { type ActionPlan, planActions } from './plan-actions.ts';
import { recordOf } from './record.ts';

const TELL: Action = { name: 'act', timeout: '5s', http: { url: 'http://hooks.example.com' } };
const MIGRATE: Action = { name: 'act', timeout: '5s', job: { sourceRef: { name: 'jobs' } } };
const TURN: Action = { name: 'act', timeout: '5s', patch: { target: { kind: 'ConfigMap', name: 'x' }, patch: '{}' } };

interface Given {
  readonly action: Action;
  readonly state: ActionIntent['state'];
  readonly effect?: EffectState;
  readonly job?: JobFact;
}

/** Plans an action that was begun in its first try, so long after that. */
function planAfter(seconds: number, { action, state, effect, job }: Given): ActionPlan {
  const digest = actionDigest(action);
  const identity = {
    owner: 'u1',
    stage: 'a',
    action: 'act',
    scope: 'Revision',
    of: 'r1',
    digest,
    attempts: 0,
  } as const;
  const verb = action.http !== undefined ? 'http' : action.job !== undefined ? 'job' : 'patch';
  const intent: ActionIntent = {
    name: 'act',
    list: 'pre',
    verb,
    scope: 'Revision',
    key: effectKey(identity),
    digest,
    state,
    startedAt: NOW,
    attemptedAt: NOW,
    tries: 1,
    timeoutAt: new Date(NOW_MS + 5000).toISOString(),
    ...(verb === 'job' ? { jobs: ['j'] } : {}),
  };
  const stage = aStage('a', { actions: { pre: [action] } });
  const status = { name: 'a', phase: 'Applying' as const, ledgerRevision: 'r1', action: intent };
  const moment = { revision: 'r1', version: undefined, isFirstVersion: false, now: NOW };
  const facts = {
    ...NO_ACTION_FACTS,
    ...(effect === undefined ? {} : { effect: { key: intent.key, tries: 1, ...effect } }),
    jobs: new Map(job === undefined ? [] : [['j', job]]),
  };
  const context = {
    nowMs: NOW_MS + seconds * 1000,
    stage,
    owner: 'u1',
    facts,
    lifetime: new Set<string>(),
    pending: new Map(),
  };
  return planActions('pre', recordOf({ stage, status, ...moment }), context);
}

const underWay: EffectState = { state: 'under-way' };
const failed = (retryAfterMs?: number): EffectState => ({
  state: 'failed',
  message: 'no',
  isKnown: true,
  isLasting: false,
  isDenied: false,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const stuck: JobFact = {
  state: 'active',
  progress: '0 of 1 complete, 1 running; Pod p: container c waits (ErrImagePull)',
};

const cases: readonly { name: string; after: number; given: Given; want: unknown }[] = [
  {
    name: 'a request is waited for until its time is over',
    after: 1,
    given: { action: TELL, state: 'Started', effect: underWay },
    want: { kind: 'wait', atMs: NOW_MS + 5000 },
  },
  {
    name: 'a request whose time is over is given up, and nobody knows what came of it',
    after: 5,
    given: { action: TELL, state: 'Started', effect: underWay },
    want: {
      kind: 'fail',
      message: 'action "act": timed out after 5s',
      record: { intent: undefined, runs: [{ result: 'Failed', attempts: 0 }] },
    },
  },
  {
    name: 'a write to a cluster is waited for to its end, and wakes by that alone',
    after: 6,
    given: { action: TURN, state: 'Started', effect: underWay },
    want: { kind: 'wait', message: 'action "act": patching' },
  },
  {
    name: 'a Job tells how far it is',
    after: 1,
    given: { action: MIGRATE, state: 'Running', job: stuck },
    want: { kind: 'wait', message: `action "act": waiting for Job j (${stuck.progress})`, atMs: NOW_MS + 5000 },
  },
  {
    name: 'a Job whose time is over is stopped',
    after: 5,
    given: { action: MIGRATE, state: 'Running', job: stuck },
    want: { kind: 'step', step: { kind: 'act', what: 'stop', intent: { state: 'Stopping', tries: 2 } } },
  },
  {
    name: 'that it is being stopped is waited for, and wakes by that alone',
    after: 6,
    given: { action: MIGRATE, state: 'Stopping', effect: underWay, job: stuck },
    want: { kind: 'wait', message: 'action "act": stopping what it has begun' },
  },
  {
    name: 'why it came to nothing is told with what its pods say',
    after: 6,
    given: { action: MIGRATE, state: 'Stopping', effect: { state: 'succeeded', words: 'Pod p: no' }, job: stuck },
    want: { kind: 'fail', message: 'action "act": timed out after 5s; Pod p: no' },
  },
  {
    name: 'a Job that cannot be stopped says so',
    after: 6,
    given: { action: MIGRATE, state: 'Stopping', effect: failed(), job: { state: 'failed', message: 'broken' } },
    want: { kind: 'fail', message: 'action "act": Job j has failed: broken; it could not be stopped: no' },
  },
  {
    name: 'whoever asks for patience gets it',
    after: 1,
    given: { action: { name: 'act', retries: 1, http: { url: 'http://x' } }, state: 'Started', effect: failed(60_000) },
    want: { kind: 'wait', atMs: NOW_MS + 1000 + 60_000 },
  },
  {
    name: 'but five minutes at most',
    after: 1,
    given: { action: { name: 'act', retries: 1, http: { url: 'http://x' } }, state: 'Started', effect: failed(1e23) },
    want: { kind: 'wait', atMs: NOW_MS + 1000 + 300_000 },
  },
];
for (const { name, after, given, want } of cases) {
  test(name, () => {
    const planned = planAfter(after, given);
    expect(planned).toMatchObject(want as object);
    // An instant that has passed would have it planned again and again until the effect has ended.
    if (planned.kind === 'wait' && planned.atMs !== undefined)
      expect(planned.atMs).toBeGreaterThan(NOW_MS + after * 1000);
  });
}

test.each<{ name: string; targets: ReadonlyMap<string, TargetFact>; isSoon: boolean }>([
  { name: 'that nobody has looked at yet is looked at soon', targets: new Map(), isSoon: true },
  { name: 'that is being read wakes by itself', targets: new Map([['act', { state: 'syncing' }]]), isSoon: false },
])('an object $name', ({ targets, isSoon }) => {
  const target = { kind: 'ConfigMap', name: 'x' };
  for (const action of [
    { name: 'act', wait: { expr: 'true', target } },
    { name: 'act', delete: { target } },
  ] as const) {
    const stage = aStage('a', { actions: { pre: [action] } });
    const status = { name: 'a', phase: 'Applying' as const, ledgerRevision: 'r1' };
    const moment = { revision: 'r1', version: undefined, isFirstVersion: false, now: NOW };
    const facts = { ...NO_ACTION_FACTS, targets };
    const known = { lifetime: new Set<string>(), pending: new Map() };
    const plan = planActions('pre', recordOf({ stage, status, ...moment }), {
      nowMs: NOW_MS,
      stage,
      owner: 'u1',
      facts,
      ...known,
    });
    expect(plan.kind).toBe('wait');
    const atMs = plan.kind === 'wait' ? plan.atMs : undefined;
    expect(atMs === NOW_MS + 100).toBe(isSoon);
  }
});
