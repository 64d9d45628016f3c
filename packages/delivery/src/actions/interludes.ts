import type { ActionIntent, Run } from '@stageset/api';
import type { Failure } from '../failure/failure.ts';
import type { Facts } from '../plan/facts.ts';
import type { Plan, StageReport } from '../plan/step.ts';
import type { JobFact } from './facts.ts';
import { continueOnFailure, planOnFailure } from './on-failure.ts';
import { type ActionPlan, instant } from './plan-actions.ts';
import { completed, ended, recordOf } from './record.ts';
import { revisionKey, type StageActions, stageActions } from './stage-actions.ts';

/** What actions make of the order of things: what goes on before a newer run, and what follows a failure. */

type OpenPlan = Exclude<ActionPlan, { kind: 'done' | 'fail' }>;

/**
 * What has to end before a newer run may take the place of this one: a Job that runs. Nothing, when there is none, or when
 * its time is up.
 */
export function uninterruptible(facts: Facts): Plan | undefined {
  for (const status of facts.stageSet.status?.stages ?? []) {
    const { name, action: intent } = status;
    const jobs = intent?.jobs ?? [];
    if (intent?.verb !== 'job' || intent.state !== 'Running' || jobs.length === 0) continue;
    const known = facts.actions.get(name)?.jobs;
    const found = jobs.map((job) => ({ job, fact: known?.get(job) ?? ({ state: 'syncing' } as const) }));
    const endsMs = Date.parse(intent.timeoutAt ?? '');
    const running = found.find(({ fact }) => fact.state === 'active' || fact.state === 'syncing');
    const broken = found.find(({ fact }) => fact.state === 'failed' || fact.state === 'absent');
    if (running !== undefined && broken === undefined && !(facts.nowMs >= endsMs)) {
      const message = `stage "${name}" action "${intent.name}": a newer run begins when Job ${running.job} has ended`;
      return {
        step: { kind: 'wait' },
        verdict:
          facts.stageSet.status?.run?.finishedAt === undefined
            ? { kind: 'progressing', message }
            : { kind: 'unchanged' },
        stages: [],
        ...(Number.isNaN(endsMs) ? {} : { lookAgainMs: endsMs }),
      };
    }
    return noteEnd(
      facts,
      name,
      intent,
      found.map(({ fact }) => fact),
    );
  }
  return undefined;
}

/** What has become of the Jobs is remembered before what they were for is forgotten. */
function noteEnd(facts: Facts, name: string, intent: ActionIntent, jobs: readonly JobFact[]): Plan {
  const status = facts.stageSet.status?.stages?.find((stage) => stage.name === name);
  const spec = facts.stageSet.spec.stages.find((stage) => stage.name === name) ?? { name, sourceRef: { name: '' } };
  const revision = status?.ledgerRevision ?? '';
  const now = instant(facts.nowMs);
  const record = recordOf({
    stage: spec,
    status,
    revision,
    version: status?.ledgerVersion,
    isFirstVersion: false,
    now,
  });
  const isComplete = jobs.every(({ state }) => state === 'complete');
  const message = 'it was given up for a newer run';
  const after = isComplete
    ? completed(record, intent, now)
    : ended(record, intent, { result: 'Failed', now, isKnown: true, message });
  // Only the StageLedger can say that an action of scope Lifetime is done: the next run has it say so.
  const told =
    isComplete && intent.scope === 'Lifetime' ? { ...record, intent: { ...intent, state: 'Done' as const } } : after;
  const report: StageReport = { name, record: told, verifying: false };
  return { step: { kind: 'wait' }, verdict: { kind: 'unchanged' }, stages: [report], lookAgainMs: facts.nowMs };
}

/** What `onFailure` of the stage that has failed needs next; the failure stays what is told of the whole. */
export function afterFailure(facts: Facts, run: Run, failure: Failure, failing: Plan): Plan | undefined {
  const actions = actionsOfStage(facts, run, failure.stage);
  if (actions === undefined) return undefined;
  const planned = planOnFailure(actions.context.stage, actions, failure, run.generation);
  return planned === undefined ? undefined : hooked(facts, actions, planned, failing);
}

/** A list of `onFailure` that has been begun is carried to its end, whatever has become of the failure. */
export function openClean(facts: Facts, run: Run): Plan | undefined {
  const open = facts.stageSet.status?.stages?.find(({ action }) => action?.list === 'onFailure');
  const actions = open === undefined ? undefined : actionsOfStage(facts, run, open.name);
  if (actions === undefined) return undefined;
  const planned = continueOnFailure(actions.context.stage, actions, run.generation);
  const quiet: Plan = { step: { kind: 'wait' }, verdict: { kind: 'unchanged' }, stages: [], lookAgainMs: facts.nowMs };
  return planned === undefined ? undefined : hooked(facts, actions, planned, quiet);
}

function actionsOfStage(facts: Facts, run: Run, name: string | undefined): StageActions | undefined {
  const stage = facts.stageSet.spec.stages.find((candidate) => candidate.name === name);
  const pin = run.pins.find((candidate) => candidate.stage === name);
  return stage === undefined || pin === undefined ? undefined : stageActions(facts, stage, revisionKey(pin));
}

function hooked(facts: Facts, { context }: StageActions, planned: ActionPlan, failing: Plan): Plan {
  const { name } = context.stage;
  const message = facts.stageSet.status?.stages?.find((stage) => stage.name === name)?.message;
  const kept = { name, verifying: false, ...(message === undefined ? {} : { message }) };
  const told = failing.stages.find((report) => report.name === name) ?? kept;
  const stages = [...failing.stages.filter((report) => report.name !== name), { ...told, record: planned.record }];
  if (planned.kind === 'done' || planned.kind === 'fail') {
    // Said at once, so that what follows does not find it open.
    return { ...failing, step: { kind: 'wait' }, stages, lookAgainMs: facts.nowMs };
  }
  return { ...failing, step: stepOf(planned), stages, ...again(planned, failing) };
}

function stepOf(planned: OpenPlan): Plan['step'] {
  return planned.kind === 'step' ? planned.step : { kind: 'wait' };
}

function again(planned: OpenPlan, failing: Plan): { readonly lookAgainMs?: number } {
  if (planned.kind === 'step') return {};
  const instants = [planned.atMs, failing.lookAgainMs].filter((at) => at !== undefined);
  return instants.length === 0 ? {} : { lookAgainMs: Math.min(...instants) };
}
