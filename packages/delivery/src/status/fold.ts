import type { Run, StageSet, StageSetStatus, StageStatus } from '@stageset/api';
import { REASONS } from '@stageset/api';
import { deepEqual } from '@stageset/k8s';
import { hasOpenJobs, RECORD_FIELDS, recordFields } from '../actions/record.ts';
import { freshForces, freshResetScope } from '../actions/requests.ts';
import type { Facts } from '../plan/facts.ts';
import { requestedAt } from '../plan/plan.ts';
import type { Plan, StageReport } from '../plan/step.ts';
import { revisionsOf } from '../run/run.ts';
import { foldConditions } from './conditions.ts';
import { formatInstant } from './instant.ts';

/**
 * The status that a plan leads to; the same as before where there is nothing new to say. It is written before the
 * plan's effect is carried out: so pins are there before anything is applied, and a wait is told while it lasts.
 */
export function foldStatus(facts: Pick<Facts, 'stageSet' | 'nowMs'>, plan: Plan): StageSetStatus {
  const { stageSet, nowMs } = facts;
  const before: StageSetStatus = stageSet.status ?? {};
  const now = formatInstant(nowMs);
  const generation = stageSet.metadata.generation ?? 0;
  const { verdict, step } = plan;
  if (verdict.kind === 'unchanged' && plan.stages.length === 0) return before;
  const conditions = foldConditions(before.conditions ?? [], verdict, {
    now,
    generation,
    stages: stageSet.spec.stages.length,
  });
  const begins = step.kind === 'pin' ? { forces: freshForces(stageSet), reset: freshResetScope(stageSet) } : undefined;
  const stages = [...stageSet.spec.stages, ...withOpenJobs(stageSet)].map(({ name }) =>
    foldStage(
      before.stages?.find((stage) => stage.name === name) ?? { name, phase: 'Pending' },
      plan.stages.find((report) => report.name === name),
      { now, begins },
    ),
  );
  const told = verdict.kind === 'ready' || verdict.kind === 'failed';
  return {
    ...before,
    conditions,
    ...(verdict.kind === 'suspended' ? {} : { stages }),
    ...(told ? { observedGeneration: generation } : {}),
    ...runFields(facts, plan, before, now),
  };
}

/** Stages that have left the spec and whose Job still runs: its end is waited for, so that it is not forgotten. */
function withOpenJobs({ spec, status }: StageSet): readonly StageStatus[] {
  const names = new Set(spec.stages.map(({ name }) => name));
  return (status?.stages ?? []).filter(({ name, action }) => !names.has(name) && hasOpenJobs(action));
}

function runFields(facts: Pick<Facts, 'stageSet'>, plan: Plan, before: StageSetStatus, now: string) {
  const { step, verdict, actionFailures, version } = plan;
  const token = requestedAt(facts);
  const handled = token === undefined ? {} : { lastHandledReconcileAt: token };
  if (step.kind === 'pin') {
    const reset = freshResetScope(facts.stageSet);
    // A person has looked: what has failed is tried again from the start.
    const isAsked = token !== undefined && token !== before.lastHandledReconcileAt;
    return {
      run: step.run,
      lastAttemptedRevisions: revisionsOf(step.run.pins),
      ...handled,
      ...(reset === undefined ? {} : { lastHandledResetScope: reset }),
      ...(isAsked ? noFailures(before) : {}),
    };
  }
  // A request is answered by a run, or by why there is none.
  if (verdict.kind === 'failed') {
    return { ...handled, ...(actionFailures === undefined ? {} : { actionFailureCount: actionFailures }) };
  }
  const run: Run | undefined = before.run;
  if (step.kind !== 'settled' || verdict.kind !== 'ready' || run === undefined) return {};
  return {
    run: run.finishedAt === undefined ? { ...run, finishedAt: now } : run,
    lastAppliedRevisions: revisionsOf(run.pins),
    ...noFailures(before),
    ...(version === undefined ? {} : { version }),
  };
}

function noFailures({ actionFailureCount }: StageSetStatus): Pick<StageSetStatus, 'actionFailureCount'> {
  return actionFailureCount === undefined ? {} : { actionFailureCount: 0 };
}

interface Moment {
  readonly now: string;
  /** A run begins, and what it was asked for: what was waited for before does not count any more. */
  readonly begins: { readonly forces: ReadonlyMap<string, string>; readonly reset: string | undefined } | undefined;
}

function foldStage(before: StageStatus, report: StageReport | undefined, { now, begins }: Moment): StageStatus {
  if (report === undefined) {
    return begins === undefined ? before : foldBegin(before, begins);
  }
  const { phase, message, verifyingSince, objects, waitingFor, ...kept } = before;
  const { applied, progress } = report;
  const { verifying = verifyingSince !== undefined } = report;
  const since = verifying ? (verifyingSince ?? now) : undefined;
  const told = report.phase ?? phase;
  return {
    ...(report.record === undefined ? kept : { ...without(kept, RECORD_FIELDS), ...recordFields(report.record) }),
    ...(told === undefined ? {} : { phase: told }),
    ...(report.message === undefined ? {} : { message: report.message }),
    ...(applied === undefined
      ? {}
      : {
          appliedRevision: applied.revision,
          appliedDigest: applied.digest,
          entriesCount: applied.entries,
          ...(applied.shards === undefined ? {} : { shards: applied.shards }),
        }),
    ...(since === undefined ? {} : { verifyingSince: since }),
    ...(progress === undefined
      ? objects === undefined
        ? {}
        : { objects }
      : { objects: { ready: progress.ready, total: progress.total } }),
    ...(progress === undefined || progress.waitingFor.length === 0 ? {} : { waitingFor: [...progress.waitingFor] }),
  };
}

/** What is asked to be done again is forgotten, and with it what was begun; the clean-up of an earlier failure is over. */
function foldBegin(before: StageStatus, { forces, reset }: NonNullable<Moment['begins']>): StageStatus {
  const isOver = before.action?.list === 'onFailure';
  const kept = without(before, [
    'verifyingSince',
    ...(isOver ? (['action'] as const) : []),
    ...(reset === undefined ? [] : (['executedVersionActions'] as const)),
  ]);
  const token = forces.get(before.name);
  if (token === undefined) return kept;
  return { ...without(kept, ['executedActions', 'action', 'onFailureRanFor']), forcedBy: token };
}

function without(stage: Omit<StageStatus, 'phase'>, fields: readonly (keyof StageStatus)[]): StageStatus {
  const left = Object.entries(stage).filter(([field]) => !fields.some((name) => name === field));
  return Object.fromEntries(left) as StageStatus;
}

/** What a write of status may wait for: nothing but how far a wait has come. */
export function isOnlyProgress(before: StageSetStatus, after: StageSetStatus): boolean {
  // A server gives the fields back in an order of its own.
  return deepEqual(essence(before), essence(after));
}

function essence(status: StageSetStatus) {
  return {
    ...status,
    conditions: status.conditions?.map(({ type, status: value, reason, observedGeneration, message }) => ({
      type,
      value,
      reason,
      observedGeneration,
      message: value === 'Unknown' || type === 'Reconciling' ? '' : message,
    })),
    stages: status.stages?.map(({ message, objects: _objects, waitingFor: _waitingFor, ...rest }) => ({
      ...rest,
      message: rest.phase === 'Failed' ? message : '',
    })),
  };
}

/** A change of the condition Ready that people and dashboards are told of. */
export interface Transition {
  readonly status: 'True' | 'False';
  readonly reason: keyof typeof REASONS;
  readonly message: string;
}

/** The verdict that a new status brings, when its status or reason is another than before. Progress is none. */
export function transitionOf(before: StageSetStatus | undefined, after: StageSetStatus): Transition | undefined {
  const ready = after.conditions?.find(({ type }) => type === 'Ready');
  const old = before?.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined || ready.status === 'Unknown' || !Object.hasOwn(REASONS, ready.reason)) return undefined;
  if (old !== undefined && old.status === ready.status && old.reason === ready.reason) return undefined;
  const { status, reason, message } = ready;
  return { status, reason: reason as keyof typeof REASONS, message };
}

/** Stages that are ready at another digest, or in another run, than before. */
export function stagesCompleted(before: StageSetStatus | undefined, after: StageSetStatus): string[] {
  const old = new Map(before?.stages?.map((stage) => [stage.name, stage]));
  return (after.stages ?? [])
    .filter(({ name, phase, appliedDigest }) => {
      const was = old.get(name);
      return phase === 'Ready' && (was?.phase !== 'Ready' || was.appliedDigest !== appliedDigest);
    })
    .map(({ name }) => name);
}
