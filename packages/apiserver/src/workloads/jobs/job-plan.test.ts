import { expect, test } from 'vitest';
import type { Fields } from '../../builtin/fields.ts';
import { countIndexes, formatIndexes, namesIndex } from './indexes.ts';
import { type JobInput, type JobStep, nextJobStep, tallyOf } from './job-plan.ts';
import type { JobPod } from './job-policies.ts';

const NOW_MS = 1_000_000;
const pod = (state: JobPod['state'], more: Partial<JobPod> = {}): JobPod => ({
  name: 'p',
  namespace: 'n',
  index: undefined,
  state,
  restarts: 0,
  endedMs: NOW_MS - 3_600_000,
  exits: state === 'failed' ? [{ container: 'c', exitCode: 1 }] : [],
  conditions: [],
  ...more,
});
const at = (index: number, state: JobPod['state'], more: Partial<JobPod> = {}): JobPod =>
  pod(state, { index, ...more });
const input = (spec: Fields, pods: readonly JobPod[] = [], startMs = NOW_MS): JobInput => ({
  spec: { parallelism: 1, completions: 1, backoffLimit: 6, ...spec },
  pods,
  startMs,
  nowMs: NOW_MS,
});
const run = (create: readonly (number | undefined)[], more: object = {}) => ({
  kind: 'run',
  create,
  remove: [],
  againMs: undefined,
  ...more,
});
const completed = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
const backoff = { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
const indexed = (completions: number, more: Fields = {}): Fields => ({
  completionMode: 'Indexed',
  completions,
  ...more,
});

const steps: readonly { name: string; given: JobInput; want: JobStep | object }[] = [
  { name: 'begins', given: input({ completions: 3, parallelism: 2 }), want: run([undefined, undefined]) },
  { name: 'waits', given: input({}, [pod('active')]), want: run([]) },
  {
    name: 'starts no more than are still of use',
    given: input({ completions: 3, parallelism: 3 }, [pod('succeeded'), pod('succeeded')]),
    want: run([undefined]),
  },
  {
    name: 'takes away what is too much',
    given: input({ parallelism: 1, completions: 5 }, [pod('active', { name: 'a' }), pod('active', { name: 'b' })]),
    want: run([], { remove: ['b'] }),
  },
  { name: 'is complete', given: input({}, [pod('succeeded')]), want: { kind: 'complete', verdict: completed } },
  {
    name: 'without completions: starts nothing after the first success',
    given: input({ completions: undefined, parallelism: 2 }, [pod('succeeded'), pod('active')]),
    want: run([]),
  },
  {
    name: 'without completions: is complete when the last has ended',
    given: input({ completions: undefined, parallelism: 2 }, [pod('succeeded'), pod('failed')]),
    want: { kind: 'complete', verdict: completed },
  },
  {
    name: 'tries again ten seconds after a failure',
    given: input({}, [pod('failed', { endedMs: NOW_MS - 4000 })]),
    want: run([], { againMs: 6000 }),
  },
  {
    name: 'tries again after twice as long',
    given: input({}, [pod('failed'), pod('failed', { endedMs: NOW_MS })]),
    want: run([], { againMs: 20_000 }),
  },
  { name: 'tries again when the time has come', given: input({}, [pod('failed')]), want: run([undefined]) },
  {
    name: 'gives up beyond the limit',
    given: input({ backoffLimit: 1 }, [pod('failed'), pod('failed')]),
    want: { kind: 'fail', verdict: backoff },
  },
  {
    name: 'counts restarts where pods are restarted',
    given: input({ backoffLimit: 3, template: { spec: { restartPolicy: 'OnFailure' } } }, [
      pod('active', { restarts: 3 }),
    ]),
    want: { kind: 'fail', verdict: backoff },
  },
  {
    name: 'looks at its deadline',
    given: input({ activeDeadlineSeconds: 60 }, [pod('active')], NOW_MS - 50_000),
    want: run([], { againMs: 10_000 }),
  },
  {
    name: 'fails at its deadline',
    given: input({ activeDeadlineSeconds: 60 }, [pod('active')], NOW_MS - 60_000),
    want: {
      kind: 'fail',
      verdict: { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' },
    },
  },
  {
    name: 'waits for pods on their way out where it replaces failed ones only',
    given: input({ podReplacementPolicy: 'Failed' }, [pod('terminating')]),
    want: run([]),
  },
  {
    name: 'starts the lowest indexes that are missing',
    given: input(indexed(4, { parallelism: 2 }), [at(0, 'succeeded'), at(2, 'active')]),
    want: run([1]),
  },
  { name: 'counts an index once', given: input(indexed(2), [at(0, 'succeeded'), at(0, 'succeeded')]), want: run([1]) },
  {
    name: 'fails by an exit code',
    given: input(
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }] } },
      [pod('failed')],
    ),
    want: {
      kind: 'fail',
      verdict: {
        reason: 'PodFailurePolicy',
        message: 'Container c for pod n/p failed with exit code 1 matching FailJob rule at index 0',
      },
    },
  },
  {
    name: 'does not count what is ignored',
    given: input(
      {
        backoffLimit: 0,
        podFailurePolicy: {
          rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
        },
      },
      [pod('failed', { conditions: [{ type: 'DisruptionTarget', status: 'True' }] })],
    ),
    want: run([undefined]),
  },
  {
    name: 'counts what no rule names',
    given: input(
      {
        backoffLimit: 0,
        podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'NotIn', values: [1] } }] },
      },
      [pod('failed')],
    ),
    want: { kind: 'fail', verdict: backoff },
  },
  {
    name: 'gives up an index',
    given: input(indexed(2, { backoffLimitPerIndex: 0, backoffLimit: undefined }), [at(0, 'failed')]),
    want: run([1]),
  },
  {
    name: 'fails when every index has ended and some have failed',
    given: input(indexed(2, { backoffLimitPerIndex: 0, backoffLimit: undefined }), [
      at(0, 'failed'),
      at(1, 'succeeded'),
    ]),
    want: { kind: 'fail', verdict: { reason: 'FailedIndexes', message: 'Job has failed indexes' } },
  },
  {
    name: 'fails when too many indexes have',
    given: input(indexed(3, { backoffLimitPerIndex: 0, maxFailedIndexes: 0, backoffLimit: undefined }), [
      at(0, 'failed'),
    ]),
    want: {
      kind: 'fail',
      verdict: {
        reason: 'MaxFailedIndexesExceeded',
        message: 'Job has exceeded the specified maximal number of failed indexes',
      },
    },
  },
  {
    name: 'succeeds by its policy',
    given: input(indexed(4, { successPolicy: { rules: [{ succeededIndexes: '2-3', succeededCount: 1 }] } }), [
      at(3, 'succeeded'),
    ]),
    want: { kind: 'complete', verdict: { reason: 'SuccessPolicy', message: 'Matched rules at index 0' } },
  },
  {
    name: 'does not succeed by a policy that is not met',
    given: input(indexed(2, { successPolicy: { rules: [{ succeededIndexes: '0-1' }] } }), [at(0, 'succeeded')]),
    want: run([1]),
  },
];
for (const { name, given, want } of steps) test(`a job ${name}`, () => expect(nextJobStep(given)).toEqual(want));

test('a job counts what has become of its pods', () => {
  const given = input(indexed(5, { backoffLimitPerIndex: 0 }), [
    at(0, 'succeeded'),
    at(1, 'succeeded'),
    at(2, 'succeeded'),
    at(3, 'failed'),
    at(4, 'terminating'),
    at(7, 'succeeded'),
  ]);
  expect(tallyOf(given)).toEqual({
    succeeded: 3,
    failed: 1,
    terminating: 1,
    completedIndexes: '0-2',
    failedIndexes: '3',
  });
});

test('indexes are written short, and read again', () => {
  expect(formatIndexes([5, 0, 1, 2, 7, 8])).toBe('0-2,5,7,8');
  expect(formatIndexes([])).toBe('');
  expect([0, 2, 3, 5].map((index) => namesIndex('0-2,5', index))).toEqual([true, true, false, true]);
  expect(namesIndex('', 0)).toBe(false);
  expect(countIndexes('0-2,5')).toBe(4);
  expect(countIndexes('')).toBe(0);
});
