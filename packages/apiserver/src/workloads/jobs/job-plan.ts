import { type Fields, fieldsAt, numberAt } from '../../builtin/fields.ts';
import { least } from '../replica-sets.ts';
import { backOffMs } from '../timing.ts';
import { formatIndexes } from './indexes.ts';
import { failureAction, fulfilledRule, type JobPod } from './job-policies.ts';

/** A failed pod is tried again after 10 s, then twice as long, at most 10 minutes. */
const RETRY_BACK_OFF_MS = { first: 10_000, most: 600_000 } as const;
const DEFAULT_BACKOFF_LIMIT = 6;

export interface JobInput {
  readonly spec: Fields;
  readonly pods: readonly JobPod[];
  /** When its present run began, in epoch milliseconds. */
  readonly startMs: number;
  readonly nowMs: number;
}

export interface Verdict {
  readonly reason: string;
  readonly message: string;
}

export interface JobTally {
  readonly succeeded: number;
  readonly failed: number;
  readonly terminating: number;
  readonly completedIndexes: string;
  readonly failedIndexes: string | undefined;
}

/** What a job does next. `create` holds the index of each pod to make (`undefined` in a job without indexes). */
export type JobStep =
  | { readonly kind: 'fail' | 'complete'; readonly verdict: Verdict }
  | {
      readonly kind: 'run';
      readonly create: readonly (number | undefined)[];
      readonly remove: readonly string[];
      readonly againMs: number | undefined;
    };

const COMPLETED: Verdict = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
const BACKOFF: Verdict = {
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
};
const DEADLINE: Verdict = {
  reason: 'DeadlineExceeded',
  message: 'Job was active longer than specified deadline',
};
const FAILED_INDEXES: Verdict = { reason: 'FailedIndexes', message: 'Job has failed indexes' };
const TOO_MANY_INDEXES: Verdict = {
  reason: 'MaxFailedIndexesExceeded',
  message: 'Job has exceeded the specified maximal number of failed indexes',
};

/** One look at a job's pods. */
class JobView {
  readonly spec: Fields;
  readonly isIndexed: boolean;
  readonly completions: number | undefined;
  readonly perIndex: number | undefined;
  readonly active: readonly JobPod[];
  readonly succeededPods: readonly JobPod[];
  /** Failures that count against the back-off limit. */
  readonly counted: readonly JobPod[];
  readonly failures: readonly JobPod[];
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;

  constructor({ spec, pods }: JobInput) {
    this.spec = spec;
    this.isIndexed = spec['completionMode'] === 'Indexed';
    this.completions = numberAt(spec, 'completions');
    this.perIndex = numberAt(spec, 'backoffLimitPerIndex');
    const mine = pods.filter(({ index }) => !this.isIndexed || (index ?? 0) < (this.completions ?? 0));
    this.active = mine.filter(({ state }) => state === 'active');
    this.succeededPods = mine.filter(({ state }) => state === 'succeeded');
    this.failures = mine.filter(({ state }) => state === 'failed');
    this.counted = this.failures.filter((pod) => failureAction(spec, pod).action !== 'Ignore');
    this.completed = new Set(this.isIndexed ? this.succeededPods.map(({ index = 0 }) => index) : []);
    this.failedIndexes = this.#failedIndexes();
  }

  get succeeded(): number {
    return this.isIndexed ? this.completed.size : this.succeededPods.length;
  }

  #failedIndexes(): ReadonlySet<number> {
    const failed = new Set<number>();
    if (this.perIndex === undefined) return failed;
    for (const [index = 0, pods] of Map.groupBy(this.counted, (pod) => pod.index)) {
      const isGivenUp = pods.some((pod) => failureAction(this.spec, pod).action === 'FailIndex');
      if (isGivenUp || pods.length > this.perIndex) failed.add(index);
    }
    return failed;
  }
}

export function tallyOf(input: JobInput): JobTally {
  const view = new JobView(input);
  return {
    succeeded: view.succeeded,
    failed: view.counted.length,
    terminating: input.pods.filter(({ state }) => state === 'terminating').length,
    completedIndexes: formatIndexes(view.completed),
    failedIndexes: view.perIndex === undefined ? undefined : formatIndexes(view.failedIndexes),
  };
}

/** The next step of a job that is neither finished nor suspended. */
export function nextJobStep(input: JobInput): JobStep {
  const view = new JobView(input);
  const deadlineMs = untilDeadlineMs(input);
  const failure = failureOf(view, deadlineMs);
  if (failure !== undefined) return { kind: 'fail', verdict: failure };
  const success = successOf(view);
  if (success !== undefined) return { kind: 'complete', verdict: success };
  if (view.perIndex !== undefined && view.completed.size + view.failedIndexes.size >= (view.completions ?? 0)) {
    return { kind: 'fail', verdict: FAILED_INDEXES };
  }
  return run(input, view, deadlineMs);
}

function failureOf(view: JobView, deadlineMs: number | undefined): Verdict | undefined {
  for (const pod of view.failures) {
    const { action, message } = failureAction(view.spec, pod);
    if (action === 'FailJob') return { reason: 'PodFailurePolicy', message };
  }
  const most = numberAt(view.spec, 'maxFailedIndexes');
  if (most !== undefined && view.failedIndexes.size > most) return TOO_MANY_INDEXES;
  if (isPastBackoff(view)) return BACKOFF;
  return deadlineMs === 0 ? DEADLINE : undefined;
}

function isPastBackoff(view: JobView): boolean {
  const absent = view.perIndex === undefined ? DEFAULT_BACKOFF_LIMIT : Number.POSITIVE_INFINITY;
  const limit = numberAt(view.spec, 'backoffLimit') ?? absent;
  if (view.counted.length > limit) return true;
  if (fieldsAt(view.spec, 'template', 'spec')['restartPolicy'] !== 'OnFailure') return false;
  const restarts = view.active.reduce((total, pod) => total + pod.restarts, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function successOf(view: JobView): Verdict | undefined {
  const rule = view.isIndexed ? fulfilledRule(view.spec, view.completed) : undefined;
  if (rule !== undefined) return { reason: 'SuccessPolicy', message: `Matched rules at index ${rule}` };
  const isEnough =
    view.completions === undefined
      ? view.succeeded > 0 && view.active.length === 0
      : view.succeeded >= view.completions;
  return isEnough ? COMPLETED : undefined;
}

/** 0 when the deadline has passed. */
function untilDeadlineMs({ spec, startMs, nowMs }: JobInput): number | undefined {
  const seconds = numberAt(spec, 'activeDeadlineSeconds');
  return seconds === undefined ? undefined : Math.max(0, startMs + seconds * 1000 - nowMs);
}

function run(input: JobInput, view: JobView, deadlineMs: number | undefined): JobStep {
  const parallelism = numberAt(view.spec, 'parallelism') ?? 1;
  // Without a number of completions, the first success is the last start.
  const open = view.completions === undefined ? (view.succeeded > 0 ? 0 : parallelism) : openOf(view);
  const most = view.completions === undefined && view.succeeded > 0 ? view.active.length : Math.min(parallelism, open);
  const remove = view.active.slice(Math.max(0, most)).map(({ name }) => name);
  const isReplacing = input.pods.some(({ state }) => state === 'terminating');
  const waitsForEnd = isReplacing && view.spec['podReplacementPolicy'] === 'Failed';
  const { create, waitMs } = waitsForEnd
    ? { create: [], waitMs: undefined }
    : starts(input, view, Math.max(0, most - view.active.length));
  return { kind: 'run', create, remove, againMs: least(deadlineMs, waitMs) };
}

/** How many pods could still be of use. */
function openOf(view: JobView): number {
  return (view.completions ?? 0) - view.succeeded - view.failedIndexes.size;
}

interface Starts {
  readonly create: readonly (number | undefined)[];
  readonly waitMs: number | undefined;
}

function starts({ nowMs }: JobInput, view: JobView, missing: number): Starts {
  if (missing === 0) return { create: [], waitMs: undefined };
  const untilMs = (failures: readonly JobPod[]): number => {
    if (failures.length === 0) return 0;
    const lastMs = Math.max(...failures.map(({ endedMs }) => endedMs));
    return Math.max(0, lastMs + backOffMs(failures.length - 1, RETRY_BACK_OFF_MS) - nowMs);
  };
  if (!view.isIndexed) {
    const waitMs = untilMs(view.failures);
    return waitMs > 0
      ? { create: [], waitMs }
      : { create: Array<undefined>(missing).fill(undefined), waitMs: undefined };
  }
  const waitAllMs = view.perIndex === undefined ? untilMs(view.failures) : 0;
  if (waitAllMs > 0) return { create: [], waitMs: waitAllMs };
  const busy = new Set(view.active.map(({ index }) => index));
  const create: number[] = [];
  let waitMs: number | undefined;
  for (let index = 0; index < (view.completions ?? 0) && create.length < missing; index++) {
    if (busy.has(index) || view.completed.has(index) || view.failedIndexes.has(index)) continue;
    const indexMs = view.perIndex === undefined ? 0 : untilMs(view.failures.filter((pod) => pod.index === index));
    if (indexMs > 0) waitMs = least(waitMs, indexMs);
    else create.push(index);
  }
  return { create, waitMs };
}
