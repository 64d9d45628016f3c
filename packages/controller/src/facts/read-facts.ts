import { FINALIZER, type Stage } from '@stageset/api';
import { deliveredVersion, type Facts, type InventoryFacts, type Leftover, unclaimed } from '@stageset/delivery';
import { ledgerOf } from '../effects/actions/ledger.ts';
import { accountOf } from '../tenancy/targets.ts';
import { type ActionFactsContext, readActions, readAnchors, type StageReader } from './action-facts.ts';
import { isUnblocked, markOf } from './attempt-marks.ts';
import { LeftoverReader } from './leftover-facts.ts';
import { LostInventories } from './lost-inventories.ts';
import { PassScope, whyNot } from './pass-scope.ts';
import { idsOf, StagesReader } from './stage-facts.ts';
import { understand } from './understood.ts';
import type { World } from './world.ts';

/** What a pass starts from. `undefined` when there is no such StageSet. */
export async function readFacts(world: World, key: string, signal: AbortSignal): Promise<Facts | undefined> {
  const slash = key.indexOf('/');
  const object = world.stageSets.get(key.slice(0, slash), key.slice(slash + 1));
  if (object === undefined) return undefined;
  const { stageSet, invalid } = understand(object, world.parts.settings.defaultServiceAccount);
  const pass = new PassScope(world, stageSet, signal);
  world.interests.begin(key);
  const facts = await new FactsReader(pass).read(invalid);
  world.interests.state(key, pass.interests);
  world.watches.release(key, pass.interests);
  world.targets.release(key, pass.used);
  world.pods.release(key, pass.interests);
  return facts;
}

class FactsReader {
  readonly #pass: PassScope;
  readonly #stages: StagesReader;
  readonly #leftovers: LeftoverReader;

  constructor(pass: PassScope) {
    this.#pass = pass;
    this.#stages = new StagesReader(pass);
    this.#leftovers = new LeftoverReader(pass);
  }

  async read(invalid: string | undefined): Promise<Facts> {
    const { settings, clock } = this.#pass.world.parts;
    const nowMs = clock.now();
    const { synced } = this.#pass.world;
    const { metadata, spec, status } = this.#pass.stageSet;
    const deleting = metadata.deletionTimestamp !== undefined;
    const idle = !synced || (!deleting && (invalid !== undefined || spec.suspend === true));
    const run = status?.run;
    if (run !== undefined && !deleting) this.#pass.memory.begin(run.id);
    const { prunePostponedUntilMs } = this.#pass.memory;
    const ledger = ledgerOf(this.#pass.world.ledgers, this.#pass.stageSet);
    const base = {
      nowMs,
      defaultIntervalMs: settings.defaultIntervalMs,
      maxTeardownWaitMs: settings.maxTeardownWaitMs,
      stageSet: this.#pass.stageSet,
      synced,
      sources: [],
      actionSources: [],
      actions: new Map(),
      ledger: { anchors: [], ...(ledger === undefined ? {} : { object: ledger }) },
      version: deliveredVersion(this.#pass.stageSet),
      stages: [],
      inventory: [],
      leftovers: new Map<string, Leftover>(),
      ...(prunePostponedUntilMs === undefined ? {} : { prunePostponedUntilMs }),
    };
    if (idle || metadata.finalizers?.includes(FINALIZER) !== true) {
      return invalid === undefined ? base : { ...base, invalid };
    }
    const recorded = await new LostInventories(this.#pass).complete(
      this.#pass.world.inventories.read(this.#pass.namespace, this.#pass.name),
    );
    this.#pass.memory.inherited ??= {
      ids: new Set(this.#mayBeComing(recorded)),
      sinceMs: nowMs,
      run: run === undefined ? undefined : { id: run.id, startedMs: Date.parse(run.startedAt) },
    };
    this.#pass.memory.isLeaving = deleting;
    if (deleting) {
      const entries = recorded.flatMap((inventory) => inventory.entries.map((entry) => ({ entry, inventory })));
      const leftovers = await this.#leftovers.read(entries, []);
      const attempt = this.#attempt('teardown');
      return { ...base, inventory: recorded, leftovers, ...(attempt === undefined ? {} : { attempt }) };
    }
    const { unmet } = this.#pass.world.dependencies.read(this.#pass.stageSet, this.#pass.interests);
    const sources = await this.#pass.world.sources.read(this.#pass.stageSet, this.#pass.interests, this.#pass.signal);
    const actionSources = await this.#pass.world.sources.readActions(
      this.#pass.stageSet,
      this.#pass.interests,
      this.#pass.signal,
    );
    const current = run?.generation === metadata.generation ? run : undefined;
    const stages = current === undefined ? [] : await this.#stages.stages(current.pins, nowMs);
    const inventory = recorded;
    const { location } = this.#pass;
    const claimed = new Set(stages.flatMap((stage) => (stage.state === 'built' ? idsOf(stage.objects) : [])));
    const unwanted = inventory.flatMap((facts) =>
      unclaimed(facts.entries, claimed, location).map((entry) => ({ entry, inventory: facts })),
    );
    const complete = stages.length > 0 && stages.every(({ state }) => state === 'built');
    const leftovers = complete ? await this.#leftovers.read(unwanted, stages) : base.leftovers;
    if (complete) this.#pass.memory.keepOnly(new Set([...claimed, ...unwanted.map(({ entry }) => entry.id)]));
    const mark = markOf(current?.id, stages, this.#pass.memory.attempt?.failure.stage);
    const attempt = isUnblocked(stages, this.#pass.memory.attempt) ? this.#attempt('') : this.#attempt(mark);
    const context = this.#actionContext();
    const actions = await readActions(ledger, context);
    const anchors = await readAnchors(ledger, context);
    const acted = { actionSources, actions, ledger: { ...base.ledger, anchors } };
    const deployed = await this.#stages.deployed(stages, nowMs);
    return {
      ...base,
      ...acted,
      sources,
      stages,
      deployed,
      paused: new Map(this.#pass.memory.pauses),
      inventory,
      leftovers,
      ...(location === undefined ? {} : { location }),
      outOfReachSince: this.#pass.memory.outOfReachSince,
      ...(unmet === undefined ? {} : { unmet }),
      ...(attempt === undefined ? {} : { attempt }),
    };
  }

  #actionContext(): ActionFactsContext {
    const { named, pods, tasks } = this.#pass.world;
    const readerOf = (stage: Stage | undefined): StageReader => {
      const state = this.#pass.target(accountOf(this.#pass.stageSet.spec, stage));
      if (state.state === 'syncing') return { state: 'syncing' };
      if (state.state === 'failed') return { state: 'failed', message: whyNot(state) };
      return { state: 'open', reader: { target: state.target, user: this.#pass.user.key } };
    };
    const look: ActionFactsContext['look'] = async (stage, ref) => {
      const state = this.#pass.target(accountOf(this.#pass.stageSet.spec, stage));
      if (state.state !== 'open') return undefined;
      const kind = await this.#pass.kind(ref, state.target);
      if (kind.state !== 'watched' || !kind.store.synced) return undefined;
      const object = kind.store.get(kind.info.namespaced ? ref.namespace : undefined, ref.name);
      return object === undefined ? {} : { object };
    };
    const nowMs = this.#pass.world.parts.clock.now();
    return {
      stageSet: this.#pass.stageSet,
      tasks,
      named,
      pods,
      readerOf,
      look,
      nowMs,
      interests: this.#pass.interests,
      signal: this.#pass.signal,
    };
  }

  /**
   * What another process has recorded and may have sent just before it ended. A StageSet at rest has nothing on its way.
   */
  #mayBeComing(recorded: readonly InventoryFacts[]): string[] {
    const { run, stages = [] } = this.#pass.stageSet.status ?? {};
    const isAtRest =
      run?.finishedAt !== undefined && stages.every(({ phase }) => phase === 'Ready' || phase === 'Pruning');
    return isAtRest ? [] : recorded.flatMap(({ entries }) => entries.map(({ id }) => id));
  }

  /** The last failed attempt, if it was at what is wanted now. */
  #attempt(mark: string) {
    const { attempt } = this.#pass.memory;
    if (attempt !== undefined && attempt.mark === mark) return attempt;
    this.#pass.memory.attempt = undefined;
    return undefined;
  }
}
