import type { ActionIntent, Run, Stage } from '@stageset/api';
import type { Failure } from '../failure/failure.ts';
import type { Facts } from '../plan/facts.ts';
import type { Plan, StageReport } from '../plan/step.ts';
import { actionsOf } from './identity.ts';
import { continueOnFailure, planOnFailure } from './on-failure.ts';
import { type ActionPlan, instant } from './plan-actions.ts';
import { type ActionRecord, completed, ended, hasOpenJobs, recordOf } from './record.ts';
import { revisionKey, type StageActions, stageActions } from './stage-actions.ts';

/** What actions make of the order of things: what goes on before a newer run, and what follows a failure. */

type OpenPlan = Exclude<ActionPlan, { kind: 'done' | 'fail' }>;

/**
 * What has to end before a newer run may take the place of this one: a Job that runs. When its time is up it is stopped
 * first, since nobody would do so later. Nothing, when there is none.
 */
export function uninterruptible(facts: Facts): Plan | undefined {
  for (const { name, action: intent } of facts.stageSet.status?.stages ?? []) {
    if (intent === undefined || !hasOpenJobs(intent)) continue;
    return intent.state === 'Running' ? runningJobs(facts, name, intent) : stoppingJobs(facts, name, intent);
  }
  return undefined;
}

function runningJobs(facts: Facts, name: string, intent: ActionIntent): Plan {
  const known = facts.actions.get(name)?.jobs;
  const found = (intent.jobs ?? []).map((job) => ({ job, fact: known?.get(job) ?? ({ state: 'syncing' } as const) }));
  if (found.every(({ fact }) => fact.state === 'complete')) return noteEnd(facts, name, intent, 'complete');
  const broken = found.find(({ fact }) => fact.state === 'failed' || fact.state === 'absent');
  const running = found.find(({ fact }) => fact.state === 'active' || fact.state === 'syncing');
  if (running === undefined) return noteEnd(facts, name, intent, GIVEN_UP);
  const endsMs = Date.parse(intent.timeoutAt ?? '');
  if (broken !== undefined || facts.nowMs >= endsMs) return stop(facts, name, intent, false);
  const progress = running.fact.state === 'active' ? ` (${running.fact.progress})` : '';
  const when = `a newer run begins when Job ${running.job} has ended${progress}; delete it to begin at once`;
  const plan = held(facts, `stage "${name}" action "${intent.name}": ${when}`);
  return Number.isNaN(endsMs) ? plan : { ...plan, lookAgainMs: endsMs };
}

/** What has been begun to stop is stopped, whoever began it. */
function stoppingJobs(facts: Facts, name: string, intent: ActionIntent): Plan {
  const effect = facts.actions.get(name)?.effect;
  if (effect?.key !== intent.key || effect.tries !== intent.tries) return stop(facts, name, intent, true);
  if (effect.state === 'under-way') {
    return held(facts, `stage "${name}" action "${intent.name}": a newer run begins when its Jobs are stopped`);
  }
  const words = effect.state === 'failed' ? effect.message : effect.words;
  return noteEnd(facts, name, intent, words === undefined ? GIVEN_UP : `${GIVEN_UP}; ${words}`);
}

const GIVEN_UP = 'it was given up for a newer run';

function held({ stageSet }: Facts, message: string): Plan {
  const isOpen = stageSet.status?.run?.finishedAt === undefined;
  return {
    step: { kind: 'wait' },
    verdict: isOpen ? { kind: 'progressing', message } : { kind: 'unchanged' },
    stages: [],
  };
}

function stop(facts: Facts, name: string, before: ActionIntent, isRepeated: boolean): Plan {
  const intent: ActionIntent = { ...before, state: 'Stopping', tries: before.tries + 1 };
  const { spec, record } = remembered(facts, name);
  const list = actionsOf(spec, intent.list);
  // Of an action that has left the spec only its name is needed.
  const action = list.find((candidate) => candidate.name === intent.name) ?? { name: intent.name };
  const report: StageReport = { name, record: { ...record, intent }, verifying: false };
  return {
    step: { kind: 'act', stage: name, action, intent, what: 'stop', isRepeated },
    verdict: { kind: 'unchanged' },
    stages: [report],
  };
}

/** What is remembered of a stage, also of one that has left the spec. */
function remembered(facts: Facts, name: string): { readonly spec: Stage; readonly record: ActionRecord } {
  const status = facts.stageSet.status?.stages?.find((stage) => stage.name === name);
  const spec = facts.stageSet.spec.stages.find((stage) => stage.name === name) ?? { name, sourceRef: { name: '' } };
  const record = recordOf({
    stage: spec,
    status,
    revision: status?.ledgerRevision ?? '',
    version: status?.ledgerVersion,
    isFirstVersion: false,
    now: instant(facts.nowMs),
  });
  return { spec, record };
}

/** What has become of the Jobs is remembered before what they were for is forgotten. */
function noteEnd(facts: Facts, name: string, intent: ActionIntent, end: string): Plan {
  const { record } = remembered(facts, name);
  const now = instant(facts.nowMs);
  const isComplete = end === 'complete';
  const after = isComplete
    ? completed(record, intent, now)
    : ended(record, intent, { result: 'Failed', now, isKnown: true, message: end });
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
