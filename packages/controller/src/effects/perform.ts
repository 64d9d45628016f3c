import type { Pin, Run, Stage } from '@stageset/api';
import {
  count,
  DeliveryError,
  type Difference,
  type EffectState,
  entryId,
  type Facts,
  type Failure,
  type ForcedTeardown,
  intervalMs,
  type Plan,
  retryDelayMs,
  retryIntervalMs,
  type StageRecord,
  type Step,
} from '@stageset/delivery';
import { ApiError, formatFieldPath, formatRef, UnreachableError } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { attemptMark } from '../facts/attempt-marks.ts';
import { readVariables, type Variables } from '../facts/inputs.ts';
import { MAX_CORRECTIONS } from '../facts/memory.ts';
import { keyOf, type World } from '../facts/world.ts';
import type { Target } from '../tenancy/target.ts';
import { accountOf } from '../tenancy/targets.ts';
import type { Span } from '../tracing/tracer.ts';
import { buildAction } from './actions/build-action.ts';
import { carryOut } from './actions/carry-out.ts';
import { beginLifetime, completeLifetime, keepLedger, type LedgerContext, ledgerOf } from './actions/ledger.ts';
import { type ApplyEffect, applyObjects, type ObjectResult } from './apply.ts';
import { noteFailure, noteSuccess } from './attempts.ts';
import { buildDigest } from './builds.ts';
import { concurrently } from './concurrently.ts';
import { deleteObjects } from './delete.ts';
import { describe, type ObjectFailure, summarise } from './failures.ts';
import { setFinalizer } from './finalizer.ts';
import { heldElsewhere, leftBehind } from './left-behind.ts';
import { checkLocally } from './local-check.ts';
import { forgetStage, recordStage } from './record.ts';

/** What an effect came to. `failure` is what it could not do; what it did is in the cluster and in the caches. */
export interface Effect {
  readonly failure?: Failure;
  /** The objects that it failed at, by id, with the UID of each as it was seen then. */
  readonly blocked?: ReadonlyMap<string, string | undefined>;
}

type StepOf<Kind extends Step['kind']> = Extract<Step, { readonly kind: Kind }>;

/** Carries one step out. Bounded, and safe to be cut off anywhere: the next pass finds what is still to do. */
export async function perform(
  world: World,
  facts: Facts,
  { step, span }: Pick<Plan, 'step'> & { readonly span: Span },
  signal: AbortSignal,
): Promise<Effect> {
  const performer = new Performer(world, facts, { span, signal });
  try {
    switch (step.kind) {
      case 'add-finalizer':
        return await performer.finalizer('held');
      case 'remove-finalizer':
        return await performer.release(step);
      case 'build':
        return performer.build(step);
      case 'record':
        return await performer.record(step);
      case 'apply':
        return await performer.apply(step);
      case 'delete':
        return await performer.delete(step);
      case 'leave-behind':
        return await performer.leaveBehind(step);
      case 'forget-stage':
        return await performer.forget(step);
      case 'act':
        return performer.act(step);
      case 'keep-ledger':
        return await performer.keepLedger(step);
      case 'begin-lifetime':
        return await performer.beginLifetime(step);
      case 'complete-lifetime':
        return await performer.completeLifetime(step);
      case 'fail':
        return step.isNew === true ? { failure: step.failure } : {};
      case 'pin':
        return performer.build({ stages: step.run.pins.map(({ stage }) => stage) }, step.run);
      case 'settled':
        return performer.settle(step);
      case 'wait':
      case 'ignore':
        return {};
    }
  } catch (error) {
    if (signal.aborted || step.kind === 'add-finalizer' || step.kind === 'remove-finalizer') throw error;
    if (error instanceof DeliveryError) return { failure: error.failure };
    if (!(error instanceof ApiError || error instanceof UnreachableError)) throw error;
    const stage = 'stage' in step ? step.stage : undefined;
    return { failure: summariseOther(step, stage, error) };
  }
}

/** A refusal is believed for less than the time after which its failure is looked at again. */
const REFUSAL_SHARE = 0.8;

const WHY_FORCED = {
  timed_out: 'Gave up waiting for the teardown',
  permanent: 'Gave the teardown up: what is left may not be deleted any more',
  unauthorized: 'Gave the teardown up: the ServiceAccount that delivered what is left is gone',
} as const satisfies Record<ForcedTeardown, string>;

/** Steps that write what this controller remembers. */
const RECORDING: ReadonlySet<Step['kind']> = new Set([
  'record',
  'leave-behind',
  'forget-stage',
  'keep-ledger',
  'begin-lifetime',
  'complete-lifetime',
]);

/** A failure of the controller's own bookkeeping. */
function summariseOther(step: Step, stage: string | undefined, error: Error): Failure {
  return {
    reason: 'StageFailed',
    ...(stage === undefined ? {} : { stage }),
    ...(RECORDING.has(step.kind) ? { operation: 'record inventory' as const } : {}),
    message: error.message,
    retry: 'backoff',
  };
}

class Performer {
  readonly #world: World;
  readonly #facts: Facts;
  readonly #signal: AbortSignal;
  readonly #cluster: Cluster;
  /** Of the pass that this is a part of. */
  readonly #span: Span;

  constructor(world: World, facts: Facts, { span, signal }: { readonly span: Span; readonly signal: AbortSignal }) {
    this.#span = span;
    this.#world = world;
    this.#facts = facts;
    this.#signal = signal;
    this.#cluster = world.parts.cluster.forCaller(keyOf(facts.stageSet));
  }

  get #key() {
    const { namespace = '', name } = this.#facts.stageSet.metadata;
    return { namespace, name };
  }

  async finalizer(wanted: 'held' | 'released'): Promise<Effect> {
    this.#world.rememberStageSet(await setFinalizer(this.#cluster, this.#facts.stageSet, wanted, this.#signal));
    return {};
  }

  async release({ forced }: StepOf<'remove-finalizer'>): Promise<Effect> {
    const { stageSet } = this.#facts;
    const written = await setFinalizer(this.#cluster, stageSet, 'released', this.#signal);
    // With no finalizer left, the answer is the last that will ever be heard of the object.
    if ((written.metadata.finalizers ?? []).length > 0) this.#world.rememberStageSet(written);
    const { events, metrics, logger } = this.#world.parts;
    const { namespace, name } = this.#key;
    if (forced === undefined) return {};
    metrics.teardownForced(namespace, name, forced);
    const note = `${WHY_FORCED[forced]}; objects may be left, find them by their labels stages.metio.wtf/name and /namespace`;
    events.record(stageSet, { type: 'Warning', reason: 'TeardownForced', note });
    logger.warn(note, { stageSet: keyOf(stageSet) });
    return {};
  }

  /**
   * Builds go on beside the pass; each has the StageSet looked at when it has ended. They change nothing in the cluster, so
   * those of a run begin while its pins are being written.
   */
  build({ stages }: { readonly stages: readonly string[] }, run = this.#facts.stageSet.status?.run): Effect {
    for (const name of stages) this.#beginBuild(name, run);
    return {};
  }

  #beginBuild(name: string, run: Run | undefined): void {
    const { stageSet } = this.#facts;
    const stage = this.#stage(name);
    const pin = run?.pins.find((candidate) => candidate.stage === name);
    const variables = stage === undefined ? undefined : this.#variables(stage);
    // An input that has just gone is told of by the next pass.
    if (stage === undefined || pin === undefined || variables?.state !== 'known') return;
    const { signal, wake } = this.#world.parts;
    const digest = buildDigest(pin, stage, variables);
    // A run that delivers what the one before has delivered finds it built.
    if (this.#world.builds.find(stageSet, stage, digest) !== undefined) return;
    const mark = attemptMark(run?.id, name, digest);
    const ended = (failure: Failure | undefined): void => {
      if (failure !== undefined) noteFailure(this.#world, stageSet, failure, mark);
      else noteSuccess(this.#world, stageSet, BUILD_OPERATIONS, name);
      wake(keyOf(stageSet));
    };
    this.#world.builds.begin(
      stageSet,
      stage,
      { pin: this.#whereItIs(pin), variables },
      { ended, span: this.#span, signal },
    );
  }

  /** What was pinned may have moved: its source offers the same bytes at another place. */
  #whereItIs(pin: Pin): Pin {
    for (const source of this.#facts.sources) {
      if (source.state !== 'pinned') continue;
      const { stage, digest, url } = source.pin;
      if (stage === pin.stage && digest === pin.digest) return { ...pin, url };
    }
    return pin;
  }

  #variables(stage: Stage): Variables | undefined {
    const { stageSet } = this.#facts;
    const { watches, targets } = this.#world;
    const user = { key: keyOf(stageSet), interests: new Set<string>(), used: new Set<string>() };
    const local = targets.local(stageSet, accountOf(stageSet.spec, undefined), user);
    if (local.state !== 'open') return undefined;
    return readVariables(stageSet, stage, { watches, target: local.target, interests: user.interests });
  }

  async record(step: StepOf<'record'>): Promise<Effect> {
    const { stageSet, inventory, nowMs, defaultIntervalMs } = this.#facts;
    const { events } = this.#world.parts;
    const lost = inventory.some(({ stage, recorded }) => stage === step.stage && !recorded);
    await this.#record([step, ...(step.others ?? [])]);
    if (lost) {
      this.#world.memory(keyOf(stageSet)).prunePostponedUntilMs = nowMs + intervalMs(stageSet.spec, defaultIntervalMs);
      const note = `The inventory of stage "${step.stage}" was gone and has been rebuilt from ${count(step.entries.length, 'object')} by their labels; nothing is pruned until the next interval`;
      events.record(stageSet, { type: 'Warning', reason: 'InventoryReconstructed', note });
    }
    return {};
  }

  async #record(records: readonly StageRecord[]): Promise<void> {
    const { settings } = this.#world.parts;
    const context = {
      cluster: this.#cluster,
      inventories: this.#world.inventories,
      stageSet: this.#facts.stageSet,
      capacity: settings.inventoryShardCap,
      signal: this.#signal,
    };
    await concurrently(records, settings.concurrency, (record) => recordStage(record, context));
  }

  async forget({ stage }: StepOf<'forget-stage'>): Promise<Effect> {
    const { stageSet } = this.#facts;
    const { inventories } = this.#world;
    await forgetStage(stage, { cluster: this.#cluster, inventories, stageSet, signal: this.#signal });
    return {};
  }

  /** Told before it is recorded no longer: a crash in between tells it twice. */
  async leaveBehind({ at, left, records }: StepOf<'leave-behind'>): Promise<Effect> {
    const { stageSet } = this.#facts;
    const { events, logger } = this.#world.parts;
    const note = leftBehind(stageSet, { at, left });
    events.record(stageSet, { type: 'Warning', reason: 'LeftBehind', note });
    logger.warn(note, { stageSet: keyOf(stageSet) });
    await this.#record(records);
    return {};
  }

  /** What is left elsewhere and cannot be removed now, is told once a run and place. */
  settle({ held }: StepOf<'settled'>): Effect {
    if (held === undefined) return {};
    const { stageSet } = this.#facts;
    const { told } = this.#world.memory(keyOf(stageSet));
    const mark = `${stageSet.status?.run?.id ?? ''} ${held.at ?? ''}`;
    if (told.has(mark)) return {};
    told.clear();
    told.add(mark);
    const note = heldElsewhere(stageSet, held);
    this.#world.parts.events.record(stageSet, { type: 'Warning', reason: 'LeftBehind', note });
    return {};
  }

  async delete({ stage, objects, why }: StepOf<'delete'>): Promise<Effect> {
    const { stageSet } = this.#facts;
    const { settings, logger } = this.#world.parts;
    const memory = this.#world.memory(keyOf(stageSet));
    const retryMs = retryIntervalMs(stageSet.spec, this.#facts.defaultIntervalMs);
    const retryDelay = retryDelayMs('slowly', { attempts: 1, random: 0, retryMs });
    const failures = await deleteObjects(objects, {
      targetOf: ({ entry }) => this.#world.targetOfEntry(stageSet, entry, stage),
      clusterOf: (name) => this.#world.clusterOf(stageSet, this.#stage(name)),
      isElsewhere: why === 'prune' && objects.some(({ entry }) => entry.at !== this.#facts.location),
      caller: keyOf(stageSet),
      memory,
      refusedUntilMs: this.#facts.nowMs + REFUSAL_SHARE * retryDelay,
      concurrency: settings.concurrency,
      signal: this.#signal,
    });
    logger.info('deleted', { stageSet: keyOf(stageSet), stage, why, objects: objects.length - failures.length });
    return failures.length === 0 ? {} : { failure: summarise(stage, 'prune', failures) };
  }

  async apply(step: StepOf<'apply'>): Promise<Effect> {
    const { stageSet } = this.#facts;
    const { settings, logger } = this.#world.parts;
    const stage = this.#stage(step.stage);
    if (stage === undefined) return {};
    const target = this.#world.targetOf(stageSet, accountOf(stageSet.spec, stage), stage.name);
    const refused = await this.#check(step, target);
    if (refused.length > 0) return { failure: summarise(step.stage, 'apply', refused) };
    const span = this.#span.child('stage.apply', { stage: step.stage, 'stage.objectCount': step.objects.length });
    const effect = await applyObjects(step, {
      cluster: target.cluster.forCaller(keyOf(stageSet)),
      stage,
      key: this.#key,
      memory: this.#world.memory(keyOf(stageSet)),
      nowMs: this.#facts.nowMs,
      clock: this.#world.parts.clock,
      concurrency: settings.concurrency,
      isAlive: this.#world.isAlive,
      remember: (object) => target.objects.remember(object),
      expire: (ref) => target.objects.expire(ref),
      signal: this.#signal,
    });
    const [failed] = effect.failures;
    span.end(failed === undefined ? undefined : new Error(describe(failed)));
    this.#report(step, effect);
    for (const failure of effect.failures) {
      const object = formatRef(failure.ref);
      logger.warn('not applied', { stageSet: keyOf(stageSet), stage: step.stage, object, error: describe(failure) });
    }
    if (effect.failures.length === 0) return {};
    const ids = new Set(effect.failures.map(({ ref }) => entryId(ref)));
    const blocked = [...step.objects, ...step.check].filter(({ desired }) => ids.has(desired.id));
    return {
      failure: summarise(step.stage, 'apply', effect.failures),
      blocked: new Map(blocked.map(({ desired, uid }) => [desired.id, uid])),
    };
  }

  /** All of a stage is checked before the first of it is written; once for each build. */
  async #check({ stage, mode }: StepOf<'apply'>, target: Target): Promise<readonly ObjectFailure[]> {
    const facts = this.#facts.stages.find(({ name }) => name === stage);
    const { checked } = this.#world.memory(keyOf(this.#facts.stageSet));
    if (mode === 'drift' || facts?.state !== 'built' || checked.get(stage) === facts.digest) return [];
    const objects = facts.objects.filter(({ state }) => state === 'missing' || state === 'changed');
    // What is served is the same for all on one cluster; another cluster's definitions are not watched.
    const served = target.isRemote
      ? { cluster: target.cluster.forCaller(keyOf(this.#facts.stageSet)), crds: { items: () => [].values() } }
      : { cluster: this.#cluster, crds: this.#world.crds };
    const failures = await checkLocally(objects, { ...served, signal: this.#signal });
    if (failures.length === 0) checked.set(stage, facts.digest);
    return failures;
  }

  /** Effects of actions go on beside the pass; each has the StageSet looked at when it has ended. */
  act({ stage: name, action, intent, what, isRepeated }: StepOf<'act'>): Effect {
    const { stageSet } = this.#facts;
    const stage = this.#stage(name) ?? { name, sourceRef: { name: '' } };
    const { calls, gate, clock, logger, settings, signal, wake } = this.#world.parts;
    const key = keyOf(stageSet);
    const pin = stageSet.status?.run?.actionPins?.find((known) => known.stage === name && known.action === action.name);
    const context = {
      cluster: this.#world.clusterOf(stageSet, stage),
      calls,
      gate,
      clock,
      stageSet,
      stage,
      action,
      intent,
      isRepeated,
      ledgerUid: this.#facts.ledger.object?.metadata.uid,
      concurrency: settings.concurrency,
    };
    const said = { stageSet: key, stage: name, action: action.name, verb: intent.verb, key: intent.key };
    logger.info('action', { ...said, what, tries: intent.tries });
    const ended = (state: EffectState): void => {
      if (state.state === 'succeeded') noteSuccess(this.#world, stageSet, ACTION_OPERATIONS, name);
      else if (state.state === 'failed') logger.warn('action failed', { ...said, message: state.message });
      wake(key);
    };
    const begun = (stop: AbortSignal) =>
      carryOut(what, {
        ...context,
        build: () =>
          buildAction(
            this.#world,
            { stageSet, stage, action, pin, variables: this.#variables(stage), tries: intent.tries },
            stop,
          ),
        signal: stop,
      });
    this.#world.tasks.begin({ stageSet: key, stage: name }, intent, begun, { ended, signal });
    return {};
  }

  get #ledger(): LedgerContext {
    const { stageSet, nowMs } = this.#facts;
    const { cluster } = this.#world.parts;
    return { cluster, ledgers: this.#world.ledgers, stageSet, nowMs, signal: this.#signal };
  }

  async keepLedger(step: StepOf<'keep-ledger'>): Promise<Effect> {
    const { stageSet } = this.#facts;
    const { events, metrics } = this.#world.parts;
    if (!(await keepLedger(step, this.#ledger))) return {};
    for (const { reason, note } of step.notes) {
      const about = reason === 'BaselineInvalid' ? (ledgerOf(this.#world.ledgers, stageSet) ?? stageSet) : stageSet;
      events.record(about, { type: reason === 'LedgerInvalidated' ? 'Normal' : 'Warning', reason, note });
      if (reason === 'LedgerAnchorUnreadable') metrics.ledgerAnchorFailed(this.#key.namespace, this.#key.name);
    }
    return {};
  }

  async beginLifetime(step: StepOf<'begin-lifetime'>): Promise<Effect> {
    await beginLifetime(step, this.#ledger);
    return {};
  }

  async completeLifetime(step: StepOf<'complete-lifetime'>): Promise<Effect> {
    const cluster = this.#world.clusterOf(this.#facts.stageSet, this.#stage(step.stage));
    await completeLifetime(step, cluster, this.#ledger);
    return {};
  }

  #stage(name: string): Stage | undefined {
    return this.#facts.stageSet.spec.stages.find((stage) => stage.name === name);
  }

  /** What was put back although neither revision nor spec has changed is told as drift. */
  #report({ stage, mode }: StepOf<'apply'>, { results }: ApplyEffect): void {
    const { stageSet } = this.#facts;
    const { events, metrics, logger } = this.#world.parts;
    const changed = results.filter(({ action }) => action === 'created' || action === 'configured');
    logger.info('applied', {
      stageSet: keyOf(stageSet),
      stage,
      mode,
      objects: results.length,
      changed: changed.length,
    });
    const drifted = changed.filter(
      ({ action, differences }) => action === 'created' || differences.some(({ kind }) => kind !== 'ownership'),
    );
    if (mode !== 'drift' || drifted.length === 0) return;
    metrics.driftCorrected(this.#key.namespace, this.#key.name, stage, drifted.length);
    const named = drifted.slice(0, 5).map(describeDrift).join(', ');
    const rest = drifted.length > 5 ? ` and ${drifted.length - 5} more` : '';
    const note = `stage "${stage}" corrected out-of-band drift on ${count(drifted.length, 'object')}: ${named}${rest}`;
    events.record(stageSet, { type: 'Warning', reason: 'DriftCorrected', note });
    for (const { ref, corrections } of drifted) {
      if (corrections?.times !== MAX_CORRECTIONS) continue;
      const by = corrections.others.length === 0 ? 'somebody' : corrections.others.join(', ');
      const fight = `${formatRef(ref)} was put back ${MAX_CORRECTIONS} times within a minute and is changed again each time by ${by}; it is left alone until the next interval, let only one of the two write these fields`;
      events.record(stageSet, { type: 'Warning', reason: 'DriftCorrected', note: fight });
      logger.warn(fight, { stageSet: keyOf(stageSet), stage });
    }
  }
}

/** `Deployment prod/web (spec.replicas)`; the fields only, never their values. */
function describeDrift({ ref, action, differences }: ObjectResult): string {
  if (action === 'created') return `${formatRef(ref)} (was deleted)`;
  const fields = differences
    .filter(({ kind }: Difference) => kind !== 'ownership')
    .slice(0, 3)
    .map(({ path }) => formatFieldPath(path));
  return fields.length === 0 ? formatRef(ref) : `${formatRef(ref)} (${fields.join(', ')})`;
}

const ACTION_OPERATIONS: ReadonlySet<string> = new Set(['pre-action', 'post-action']);
const BUILD_OPERATIONS: ReadonlySet<string> = new Set(['fetch artifact', 'build']);

/** Which operations a step is about: its success makes an earlier failure of them a thing of the past. */
export function operationsOf(step: Step): ReadonlySet<string> {
  switch (step.kind) {
    case 'apply':
      return new Set(['apply', 'conflict policy']);
    case 'record':
    case 'leave-behind':
    case 'forget-stage':
    case 'keep-ledger':
    case 'begin-lifetime':
    case 'complete-lifetime':
      return new Set(['record inventory', ...ACTION_OPERATIONS]);
    case 'delete':
      return new Set(['prune']);
    default:
      return new Set();
  }
}
