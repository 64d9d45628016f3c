import type { Run, StageSetStatus, StageStatus } from '@stageset/api';
import { REASONS } from '@stageset/api';
import type { Facts } from '../plan/facts.ts';
import { requestedAt } from '../plan/plan.ts';
import type { Plan, StageReport } from '../plan/step.ts';
import { revisionsOf } from '../run/run.ts';
import { foldConditions } from './conditions.ts';

/** RFC 3339 in UTC and whole seconds, as the API writes instants. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

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
  const stages = stageSet.spec.stages.map(({ name }) =>
    foldStage(
      before.stages?.find((stage) => stage.name === name) ?? { name, phase: 'Pending' },
      plan.stages.find((report) => report.name === name),
      { now, begins: step.kind === 'pin' },
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

function runFields(facts: Pick<Facts, 'stageSet'>, { step, verdict }: Plan, before: StageSetStatus, now: string) {
  const token = requestedAt(facts);
  const handled = token === undefined ? {} : { lastHandledReconcileAt: token };
  if (step.kind === 'pin') {
    return { run: step.run, lastAttemptedRevisions: revisionsOf(step.run.pins), ...handled };
  }
  // A request is answered by a run, or by why there is none.
  if (verdict.kind === 'failed') return handled;
  const run: Run | undefined = before.run;
  if (step.kind !== 'settled' || verdict.kind !== 'ready' || run === undefined) return {};
  return {
    run: run.finishedAt === undefined ? { ...run, finishedAt: now } : run,
    lastAppliedRevisions: revisionsOf(run.pins),
  };
}

interface Moment {
  readonly now: string;
  /** Whether a run begins: what was waited for before does not count any more. */
  readonly begins: boolean;
}

function foldStage(before: StageStatus, report: StageReport | undefined, { now, begins }: Moment): StageStatus {
  if (report === undefined) {
    if (!begins || before.verifyingSince === undefined) return before;
    const { verifyingSince: _, ...rest } = before;
    return rest;
  }
  const { phase, message, verifyingSince, objects, waitingFor, ...kept } = before;
  const { applied, progress } = report;
  const since = report.verifying ? (verifyingSince ?? now) : undefined;
  const told = report.phase ?? phase;
  return {
    ...kept,
    ...(told === undefined ? {} : { phase: told }),
    ...(report.message === undefined ? {} : { message: report.message }),
    ...(applied === undefined
      ? {}
      : { appliedRevision: applied.revision, appliedDigest: applied.digest, entriesCount: applied.entries }),
    ...(since === undefined ? {} : { verifyingSince: since }),
    ...(progress === undefined
      ? objects === undefined
        ? {}
        : { objects }
      : { objects: { ready: progress.ready, total: progress.total } }),
    ...(progress === undefined || progress.waitingFor.length === 0 ? {} : { waitingFor: [...progress.waitingFor] }),
  };
}

/** What a write of status may wait for: nothing but how far a wait has come. */
export function isOnlyProgress(before: StageSetStatus, after: StageSetStatus): boolean {
  return JSON.stringify(essence(before)) === JSON.stringify(essence(after));
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
