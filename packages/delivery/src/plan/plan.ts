import { FINALIZER, type Pin, type Run, STAGE_SET_ANNOTATIONS, type StageSet } from '@stageset/api';
import { own } from '@stageset/k8s';
import { actionsOf } from '../actions/identity.ts';
import { afterFailure, openClean, uninterruptible } from '../actions/interludes.ts';
import { planLedger } from '../actions/ledger.ts';
import { isDone } from '../actions/record.ts';
import { revisionKey, stageActions } from '../actions/stage-actions.ts';
import { planStageFlow, type StageFlow } from '../actions/stage-flow.ts';
import type { Failure } from '../failure/failure.ts';
import { duplicateClaims, unclaimed } from '../inventory/claims.ts';
import type { Entry } from '../inventory/entry.ts';
import { actionPinsOf, nextRun, pinsOf, type RunTrigger, triggerOf } from '../run/run.ts';
import type { SourceFact } from '../source/source.ts';
import { retryIntervalMs, steadyMs } from '../timing/intervals.ts';
import { planElsewhere } from './elsewhere.ts';
import type { Facts, InventoryFacts, StageFacts } from './facts.ts';
import { keepDeployed } from './keep-deployed.ts';
import { planLeftovers, stuckFailure, unsureUntil } from './leftovers.ts';
import { idsOf, planShrink } from './shrink.ts';
import type { Plan, StageRecord, StageReport, Step, Verdict } from './step.ts';
import { planTeardown } from './teardown.ts';

/**
 * Decides what is next for a StageSet. Total and deterministic: it reads nothing but the facts, and the same facts give
 * the same plan. One step at a time; the pass that follows sees what came of it.
 */
export function plan(facts: Facts): Plan {
  const { stageSet } = facts;
  const held = stageSet.metadata.finalizers?.includes(FINALIZER) === true;
  if (stageSet.metadata.deletionTimestamp !== undefined) {
    return held ? planTeardown(facts) : quiet({ kind: 'ignore' });
  }
  if (!held) return quiet({ kind: 'add-finalizer' });
  if (stageSet.spec.suspend === true) return { ...quiet({ kind: 'wait' }), verdict: { kind: 'suspended' } };
  if (facts.invalid !== undefined) {
    return fail(facts, { reason: 'InvalidSpec', message: facts.invalid, retry: 'slowly' });
  }
  if (!facts.synced) return quiet({ kind: 'wait' });
  const planned = planRun(facts);
  return keepDeployed(facts, planned) ?? planned;
}

function quiet(step: Step): Plan {
  return { step, verdict: { kind: 'unchanged' }, stages: [] };
}

/** When a failure is tried again: as its own attempt says, else by its kind. */
function fail(facts: Facts, failure: Failure, stages: readonly StageReport[] = [], atMs?: number): Plan {
  // Only a person can say that it may go on.
  if (failure.reason === 'ActionDirty' && failure.operation === 'action halted (dirty)') {
    return { step: { kind: 'fail', failure }, verdict: { kind: 'failed', failure }, stages };
  }
  const retryMs = retryIntervalMs(facts.stageSet.spec, facts.defaultIntervalMs);
  const delay = failure.retry === 'slowly' ? Math.min(60_000, retryMs) : retryMs;
  return {
    step: { kind: 'fail', failure },
    verdict: { kind: 'failed', failure },
    stages,
    lookAgainMs: atMs ?? facts.nowMs + delay,
  };
}

/** The token of `reconcile.fluxcd.io/requestedAt`, if there is one. */
export function requestedAt(facts: Pick<Facts, 'stageSet'>): string | undefined {
  const token = own(facts.stageSet.metadata.annotations ?? {}, STAGE_SET_ANNOTATIONS.requestedAt);
  return typeof token === 'string' && token !== '' ? token : undefined;
}

function planRun(facts: Facts): Plan {
  const { stageSet } = facts;
  const lost = recordLost(facts);
  if (lost !== undefined) return lost;
  const { pins, lacking } = pinsOf(
    [...facts.sources, ...facts.actionSources.map(({ source }) => source)],
    facts.sources,
  );
  const trigger = triggerOf(stageSet, lacking === undefined ? pins : undefined, requestedAt(facts));
  const run = stageSet.status?.run;
  const lack = lacking === undefined ? undefined : lackOf(lacking);
  const obstacle = obstacleTo(trigger, facts.unmet) ?? lack;
  if (trigger !== undefined && lacking === undefined && obstacle === undefined) {
    return uninterruptible(facts) ?? begin(facts, pins);
  }
  // Without pins for this spec there is nothing to deliver; what an earlier spec delivered is left as it is.
  if (run === undefined || trigger === 'first' || trigger === 'spec') {
    return obstacle === undefined ? quiet({ kind: 'wait' }) : fail(facts, obstacle);
  }
  const planned = deliver(facts, run);
  // A revision that cannot be had yet does not keep what is deployed from being kept.
  return obstacle !== undefined && planned.step.kind === 'settled'
    ? { ...fail(facts, obstacle), stages: planned.stages }
    : planned;
}

/**
 * Dependencies hold back what is new: not a run that has begun, not what is deployed, and no request to look at it again. A
 * circle of them is told whatever is the case, for nothing but a change of the spec mends it.
 */
function obstacleTo(trigger: RunTrigger | undefined, unmet: Failure | undefined): Failure | undefined {
  if (unmet?.reason === 'Stalled') return unmet;
  return trigger === undefined || trigger === 'request' ? undefined : unmet;
}

/**
 * What was found of a stage that has left the spec, and whose inventory is gone, is recorded first of all: status tells of
 * such a stage for the last time.
 */
function recordLost({ stageSet, inventory }: Facts): Plan | undefined {
  const known = new Set(stageSet.spec.stages.map(({ name }) => name));
  const lost = inventory.find(({ stage, recorded, entries }) => !recorded && entries.length > 0 && !known.has(stage));
  if (lost === undefined) return undefined;
  const { stage, position, entries } = lost;
  return quiet({ kind: 'record', stage, position, entries });
}

function building(stages: readonly string[]): string {
  return `building ${stages.map((name) => `stage "${name}"`).join(', ')}`;
}

/** What comes next is said with it: that is one write of status instead of two. */
function begin(facts: Facts, pins: readonly Pin[]): Plan {
  const startedAt = new Date(facts.nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const run = nextRun(facts.stageSet, pins, actionPinsOf(facts.actionSources), startedAt);
  return { step: { kind: 'pin', run }, verdict: progressing(building(pins.map(({ stage }) => stage))), stages: [] };
}

/**
 * Whether what a stage renders now is not what was applied: its variables have changed since the run finished. That is
 * a rollout of its own, stage after stage, and no drift.
 */
function isChanged({ status }: StageSet, stage: StageFacts): boolean {
  if (stage.state !== 'built') return false;
  const applied = status?.stages?.find(({ name }) => name === stage.name)?.appliedDigest;
  return applied !== undefined && applied !== stage.digest;
}

function lackOf(source: SourceFact): Failure | undefined {
  if (source.state !== 'unready') return undefined;
  const { reason, message } = source;
  return { reason, message, retry: reason === 'RBACDenied' || reason === 'ResolveFailed' ? 'slowly' : 'retry' };
}

function progressing(message: string): Verdict {
  return { kind: 'progressing', message };
}

/** Carries a pinned run on: build, then stage by stage, then what is left over. */
function deliver(facts: Facts, run: Run): Plan {
  return beforeStages(facts, run) ?? stageByStage(facts, run);
}

/** What has to be settled before any stage is looked at. */
function beforeStages(facts: Facts, run: Run): Plan | undefined {
  const { attempt, stages, stageSet } = facts;
  const finished = run.finishedAt !== undefined;
  const kept = planLedger(stageSet, facts.ledger, facts.nowMs);
  // What could not be written waits as any failure does.
  const isHeldBack = attempt !== undefined && attempt.retryAtMs > facts.nowMs && attempt.failure.stage === undefined;
  if (kept !== undefined && !isHeldBack) {
    return { step: kept, verdict: whileWorking(facts, run, 'recording what counts as done'), stages: [] };
  }
  const cleaning = openClean(facts, run);
  if (cleaning !== undefined) return cleaning;
  if (attempt !== undefined && attempt.retryAtMs > facts.nowMs) {
    const failing = fail(facts, attempt.failure, [reportOfFailure(attempt.failure)], attempt.retryAtMs);
    return afterFailure(facts, run, attempt.failure, failing) ?? failing;
  }
  const unbuilt = stages.filter((stage) => stage.state === 'unbuilt');
  if (unbuilt.length > 0) {
    const asked = unbuilt.filter(({ isUnderWay }) => !isUnderWay).map(({ name }) => name);
    return {
      step: asked.length > 0 ? { kind: 'build', stages: asked } : { kind: 'wait' },
      verdict: whileWorking(facts, run, building(unbuilt.map(({ name }) => name))),
      stages: [],
    };
  }
  // A release that cannot be built is not begun.
  const hopeless = stages.find((stage) => stage.state === 'unbuildable' && !stage.mayHeal);
  if (hopeless?.state === 'unbuildable' && !finished) {
    return fail(facts, hopeless.failure, [reportOfFailure(hopeless.failure)]);
  }
  const duplicates = duplicateClaims(
    stages.flatMap((stage) => (stage.state === 'built' ? [{ stage: stage.name, ids: idsOf(stage) }] : [])),
  );
  if (duplicates.size > 0) return fail(facts, claimedTwice(duplicates));
  if (facts.version.state === 'pending') return quiet({ kind: 'wait' });
  if (facts.version.state === 'invalid') return fail(facts, facts.version.failure);
  const changed = finished && stages.some((stage) => isChanged(stageSet, stage) || isReopened(facts, run, stage));
  if (!changed) return undefined;
  return facts.unmet === undefined ? begin(facts, run.pins) : fail(facts, facts.unmet);
}

/** Whether an action of a finished run is to be done (again): its witness is gone, or the version is another. */
function isReopened(facts: Facts, run: Run, stage: StageFacts): boolean {
  const pin = pinOf(run, stage.name);
  const actions = pin === undefined ? undefined : stageActions(facts, stage.spec, revisionKey(pin));
  if (actions === undefined) return false;
  const { record, context } = actions;
  return (['pre', 'post'] as const).some((list) =>
    actionsOf(stage.spec, list).some((action) => !isDone(record, action, context.lifetime)),
  );
}

/** The first stage that has something to do, does it; a stage that waits holds those after it back. */
function stageByStage(facts: Facts, run: Run): Plan {
  const finished = run.finishedAt !== undefined;
  const reports: StageReport[] = [];
  let first: { readonly name: string; readonly planned: StageFlow } | undefined;
  for (const [position, stage] of facts.stages.entries()) {
    const planned = planOne(facts, run, stage, position);
    if (planned === undefined) break;
    // What is being read anew, after a restart, is no news of what is deployed.
    if (!finished || planned.report.phase !== undefined) reports.push(planned.report);
    if (planned.kind === 'done') continue;
    if (planned.kind === 'step') {
      const what = planned.report.message ?? 'recording what it will apply';
      return {
        step: withOtherRecords(facts, run, planned.step, position),
        verdict: whileWorking(facts, run, `stage "${stage.name}": ${what}`),
        // Putting drift back is told by its event; status would only flicker.
        stages: finished ? reports.filter(({ phase }) => phase === 'Ready') : reports,
      };
    }
    first ??= { name: stage.name, planned };
    // What is deployed is kept as it is whatever another stage waits for; what is not yet, goes in order.
    if (!finished) break;
  }
  return first === undefined ? finish(facts, run, reports) : waiting(facts, run, first, reports);
}

/**
 * A record of one stage waits for nothing, so those of the stages after it are written with it: one wait instead of many.
 * An inventory that is lost is recorded in its turn, since that is told.
 */
function withOtherRecords(facts: Facts, run: Run, step: Step, position: number): Step {
  if (step.kind !== 'record') return step;
  const others = facts.stages.slice(position + 1).flatMap((stage, index): StageRecord[] => {
    const known = facts.inventory.find((inventory) => inventory.stage === stage.name);
    const planned = known?.recorded === false ? undefined : planOne(facts, run, stage, position + 1 + index);
    if (planned?.kind !== 'step' || planned.step.kind !== 'record') return [];
    const { stage: name, position: at, entries } = planned.step;
    return [{ stage: name, position: at, entries }];
  });
  return others.length === 0 ? step : { ...step, others };
}

function planOne(facts: Facts, run: Run, stage: StageFacts, position: number): StageFlow | undefined {
  const { name } = stage;
  if (stage.state === 'unbuilt') return undefined;
  if (stage.state === 'syncing') {
    return { kind: 'wait', report: { name, message: `reading ${stage.waitingFor}` } };
  }
  if (stage.state === 'unbuildable') {
    return { kind: 'fail', failure: stage.failure, report: reportOfFailure(stage.failure) };
  }
  const pin = pinOf(run, name);
  if (pin === undefined) return undefined;
  const { spec, status } = facts.stageSet;
  const context = {
    nowMs: facts.nowMs,
    spec,
    position,
    pin,
    status: status?.stages?.find((known) => known.name === name),
    inventory: facts.inventory.find((inventory) => inventory.stage === name),
    runStartedMs: Date.parse(run.startedAt),
    ...(facts.location === undefined ? {} : { location: facts.location }),
  };
  const actions = stageActions(facts, stage.spec, revisionKey(pin));
  return planStageFlow(stage, context, actions, status?.actionFailureCount ?? 0);
}

function pinOf(run: Run, stage: string): Pin | undefined {
  return run.pins.find((pin) => pin.stage === stage);
}

/** While a finished run is put back as it was, it stays ready; a failure is unsaid only by success. */
function whileWorking(facts: Facts, run: Run, message: string): Verdict {
  if (run.finishedAt !== undefined || facts.attempt !== undefined) return { kind: 'unchanged' };
  return progressing(message);
}

function waiting(
  facts: Facts,
  run: Run,
  { name, planned }: { readonly name: string; readonly planned: StageFlow },
  reports: readonly StageReport[],
): Plan {
  if (planned.kind === 'fail') {
    const { failure, isNew, actionFailures } = planned;
    const failing = fail(facts, failure, reports);
    if (isNew === true) {
      const counted = actionFailures === undefined ? {} : { actionFailures };
      return { ...failing, step: { kind: 'fail', failure, isNew: true }, lookAgainMs: facts.nowMs, ...counted };
    }
    return afterFailure(facts, run, failure, failing) ?? failing;
  }
  const message = `stage "${name}": ${planned.report.message ?? 'waiting'}`;
  const atMs = planned.kind === 'wait' ? planned.lookAgainMs : undefined;
  return {
    step: { kind: 'wait' },
    verdict: run.finishedAt === undefined ? progressing(message) : { kind: 'unchanged' },
    stages: reports,
    ...(atMs === undefined ? {} : { lookAgainMs: atMs }),
  };
}

function claimedTwice(duplicates: ReadonlyMap<string, readonly string[]>): Failure {
  const named = [...duplicates].slice(0, 3).map(([id, stages]) => `${objectOf(id)} by ${stages.join(' and ')}`);
  const rest = duplicates.size > named.length ? ` and ${duplicates.size - named.length} more` : '';
  return {
    reason: 'InvalidSpec',
    message:
      `${duplicates.size} object(s) are claimed by more than one stage: ` +
      `${named.join(', ')}${rest}; nothing was applied, leave each object to one stage`,
    retry: 'slowly',
  };
}

/** `Kind namespace/name` of an inventory id. */
function objectOf(id: string): string {
  const [namespace = '', name = '', , kind = ''] = id.split('_');
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function reportOfFailure(failure: Failure): StageReport {
  const message = failure.operation === undefined ? failure.message : `${failure.operation}: ${failure.message}`;
  return { name: failure.stage ?? '', phase: 'Failed', message, verifying: false };
}

/** Every stage is applied and ready: what nobody wants any more goes, then the inventories shrink to what is. */
function finish(facts: Facts, run: Run, reports: readonly StageReport[]): Plan {
  const claimed = new Set(facts.stages.flatMap(idsOf));
  const unwanted = (stage: InventoryFacts): readonly Entry[] =>
    unclaimed(stage.entries, claimed, facts.location).filter(({ at }) => at === facts.location);
  let elsewhere: ReturnType<typeof planElsewhere> | undefined;
  const { prunePostponedUntilMs = Number.NEGATIVE_INFINITY } = facts;
  const isPostponed = prunePostponedUntilMs > facts.nowMs;
  if (!isPostponed) {
    const planned = planLeftovers(facts.inventory, unwanted, facts.leftovers, 'prune');
    if (planned.kind === 'step') {
      const pruning = phase(reports, planned.stage, planned.message);
      return { step: planned.step, verdict: whileWorking(facts, run, planned.message), stages: pruning };
    }
    if (planned.kind === 'wait') {
      const pruning = phase(reports, planned.stage, planned.message);
      return { step: { kind: 'wait' }, verdict: whileWorking(facts, run, planned.message), stages: pruning };
    }
    if (planned.kind === 'stuck') {
      const failure = stuckFailure(planned.stage, planned.left);
      return fail(facts, failure, phase(reports, planned.stage, `prune: ${failure.message}`));
    }
    const shrink = planShrink(facts, claimed);
    if (shrink !== undefined) {
      return { step: shrink, verdict: whileWorking(facts, run, 'recording what is left'), stages: reports };
    }
    elsewhere = planElsewhere(facts);
    if (elsewhere.kind === 'step') {
      const { stage, step, message } = elsewhere;
      return { step, verdict: whileWorking(facts, run, message), stages: phase(reports, stage, message) };
    }
  }
  const steadyAtMs = facts.nowMs + steadyMs(facts.stageSet.spec, facts.defaultIntervalMs);
  const instants = [steadyAtMs, unsureUntil(facts.leftovers), isPostponed ? prunePostponedUntilMs : undefined];
  if (elsewhere?.kind === 'held') instants.push(elsewhere.lookAgainMs);
  return {
    step: {
      kind: 'settled',
      ...(elsewhere?.kind === 'held' && elsewhere.held !== undefined ? { held: elsewhere.held } : {}),
    },
    verdict: { kind: 'ready' },
    stages: reports,
    ...(facts.version.state === 'known' ? { version: facts.version.version } : {}),
    lookAgainMs: Math.min(...instants.filter((instant) => instant !== undefined)),
  };
}

function phase(reports: readonly StageReport[], stage: string, message: string): StageReport[] {
  return reports.map((report) => (report.name === stage ? { ...report, phase: 'Pruning', message } : report));
}
