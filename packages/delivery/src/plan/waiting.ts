import { MAX_WAITING_FOR, type WaitingFor } from '@stageset/api';
import { formatDuration, formatRef, type ObjectRef } from '@stageset/k8s';
import type { Failure } from '../failure/failure.ts';
import { verifyTimeoutMs } from '../timing/intervals.ts';
import type { Health, ObjectFacts } from './facts.ts';
import { type BuiltStage, type StageContext, type StagePlan, stageFailed } from './stage-context.ts';
import type { StageReport } from './step.ts';
import { count, nameSome } from './words.ts';

/** One object that a stage waits for. */
export interface Awaited {
  readonly ref: ObjectRef;
  readonly health: Health;
}

export function awaited({ desired: { ref }, health }: ObjectFacts): Awaited {
  return { ref, health };
}

interface Wait {
  /** Those that are not as they have to be. */
  readonly unready: readonly Awaited[];
  readonly total: number;
  /** What has to happen before the stage is applied in full; without it, the stage is applied and waited for. */
  readonly until?: string;
  /** Why the first of them waits, where its name alone does not tell. */
  readonly because?: string;
  /** What it means when the time is up; progress that may be held, when absent. */
  readonly overdue?: Pick<Failure, 'reason' | 'retry'>;
}

/** Says what is waited for; once the stage's time is up, says that instead. */
export function waitFor(stage: BuiltStage, context: StageContext, wait: Wait): StagePlan {
  const { name } = stage;
  const { unready, total, until, because } = wait;
  const ready = total - unready.length;
  const names = nameSome(unready.map(({ ref }) => ref));
  const why = because === undefined ? '' : ` (${because})`;
  const message = `${ready} of ${total} ready, waiting for ${names}${until === undefined ? '' : ` ${until}`}${why}`;
  const deadline = deadlineOf(stage, context);
  const report: StageReport = {
    name,
    phase: until === undefined ? 'Verifying' : 'Applying',
    message,
    progress: { ready, total, waitingFor: waitingList(unready) },
    verifying: true,
  };
  if (!deadline.passed) {
    const turns = unready.flatMap(({ health }) => health.turnsAtMs ?? []).filter((atMs) => atMs > context.nowMs);
    return { kind: 'wait', report, lookAgainMs: Math.min(deadline.atMs, ...turns) };
  }
  const { overdue = heldOrFailed(stage, context) } = wait;
  const told = unready[0]?.health.message ?? '';
  const reason = because === undefined && told !== '' ? ` (${told})` : '';
  return {
    kind: 'fail',
    failure: {
      ...overdue,
      stage: name,
      operation: 'verify',
      message: `${message}${reason} (waited ${formatDuration(deadline.timeoutMs)}: stage readyChecks.timeout, else stages[].timeout, else spec.timeout)`,
    },
    report: {
      ...report,
      phase: overdue.reason === 'StageProgressing' ? 'Verifying' : 'Failed',
      message: `verify: ${message}`,
    },
  };
}

/** What is still progressing when the time is up is held, or counts as failed: that is for the user to say. */
function heldOrFailed({ spec }: BuiltStage, context: StageContext): Pick<Failure, 'reason' | 'retry'> {
  const rollback = (spec.onTimeout ?? context.spec.onTimeout) === 'Rollback';
  return { reason: rollback ? 'StageFailed' : 'StageProgressing', retry: 'retry' };
}

/** When the stage's time is up, and whether it is. The clock starts with the first pass that waits. */
function deadlineOf(stage: BuiltStage, { status, nowMs, runStartedMs, spec }: StageContext) {
  const said = status?.verifyingSince === undefined ? Number.NaN : Date.parse(status.verifyingSince);
  // Instants in status have no milliseconds.
  const since = Number.isNaN(said) || said < Math.floor(runStartedMs / 1000) * 1000 ? nowMs : said;
  const timeoutMs = verifyTimeoutMs(spec, stage.spec);
  return { timeoutMs, atMs: since + timeoutMs, passed: nowMs >= since + timeoutMs };
}

/** The first few, in the form that status tells. */
export function waitingList(objects: readonly Awaited[]): WaitingFor[] {
  return objects.slice(0, MAX_WAITING_FOR).map(({ ref, health }) => ({
    ...ref,
    status: health.status,
    ...(health.reason === undefined ? {} : { reason: health.reason }),
    ...(health.message === undefined ? {} : { message: health.message }),
  }));
}

/** The plan of a stage that cannot become ready, since objects of it have failed. */
export function failedHealth(stage: BuiltStage, objects: readonly Awaited[]): Extract<StagePlan, { kind: 'fail' }> {
  const reasons = objects
    .slice(0, 3)
    .map(({ ref, health }) => `${formatRef(ref)} has failed: ${health.message ?? health.reason ?? 'no reason given'}`);
  const rest = objects.length > 3 ? ` (and ${count(objects.length - 3, 'other object')})` : '';
  return stageFailed(stage, {
    reason: 'StageFailed',
    operation: 'verify',
    message: `${reasons.join('; ')}${rest}`,
    retry: 'retry',
  });
}
