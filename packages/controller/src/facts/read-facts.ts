import {
  FINALIZER,
  formatProblem,
  type Pin,
  parseStageSet,
  type Stage,
  type StageSet,
  type StageSetSpec,
  type StageStatus,
  unsupportedFields,
} from '@stageset/api';
import {
  type CheckFacts,
  type DeployedFacts,
  type DesiredObject,
  type Entry,
  entryRef,
  type Facts,
  type InventoryFacts,
  isOwnedBy,
  isPruneDisabled,
  type Leftover,
  type ObjectFacts,
  otherOwners,
  type StageFacts,
  type VersionFact,
} from '@stageset/delivery';
import { formatApiVersion, isJsonObject, type KubeObject, type ObjectRef, own, parseApiVersion } from '@stageset/k8s';
import { ledgerOf } from '../effects/actions/ledger.ts';
import { buildDigest } from '../effects/builds.ts';
import { breathe } from '../render/breathe.ts';
import { type ActionFactsContext, readActions, readAnchors } from './action-facts.ts';
import { type CheckContext, Judge, readChecks } from './checks.ts';
import { kindInterest, servedVersion } from './managed-objects.ts';
import type { FailedAttempt, Memory, Search } from './memory.ts';
import type { Reader } from './named-objects.ts';
import { type ObserveContext, observe } from './observe.ts';
import { findOwned, type OwnedObjects } from './owned-objects.ts';
import type { WatchedKind } from './watched-kinds.ts';
import { keyOf, type World } from './world.ts';

/** Objects that are looked at before everybody else has a turn: a few milliseconds. */
const OBJECTS_AT_ONCE = 250;

/** What a pass starts from. `undefined` when there is no such StageSet. */
export async function readFacts(world: World, key: string, signal: AbortSignal): Promise<Facts | undefined> {
  const slash = key.indexOf('/');
  const object = world.stageSets.get(key.slice(0, slash), key.slice(slash + 1));
  if (object === undefined) return undefined;
  const { stageSet, invalid } = understand(object);
  const reader = new FactsReader(world, stageSet, signal);
  world.interests.begin(key);
  const facts = await reader.read(invalid);
  world.interests.state(key, reader.interests);
  world.inputs.release(key, reader.interests);
  world.named.release(key, reader.interests);
  world.pods.release(key, reader.interests);
  return facts;
}

interface Understood {
  readonly stageSet: StageSet;
  readonly invalid?: string;
}

/** By object: its spec is looked through once for each version of it. */
const UNDERSTOOD = new WeakMap<KubeObject, Understood>();

function understand(object: KubeObject): Understood {
  const known = UNDERSTOOD.get(object);
  if (known !== undefined) return known;
  const parsed = parseStageSet(object);
  const problems = parsed.ok ? unsupportedFields(parsed.stageSet) : parsed.problems;
  const stageSet = parsed.ok ? parsed.stageSet : withoutSpec(object);
  const invalid = problems.map(formatProblem).join('; ');
  const understood = invalid === '' ? { stageSet } : { stageSet, invalid };
  UNDERSTOOD.set(object, understood);
  return understood;
}

/** A StageSet whose spec cannot be relied on: only what it has applied before is of use, to tear it down. */
function withoutSpec(object: KubeObject): StageSet {
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const status = isJsonObject(object['status']) ? object['status'] : {};
  const stages = own(spec, 'stages');
  const kept: Stage[] = (Array.isArray(stages) ? stages : []).flatMap((stage: unknown) => {
    const name = isJsonObject(stage) ? own(stage, 'name') : undefined;
    if (!isJsonObject(stage) || typeof name !== 'string') return [];
    const prune = own(stage, 'prune');
    return [{ name, sourceRef: { name: '' }, ...(typeof prune === 'boolean' ? { prune } : {}) }];
  });
  return {
    apiVersion: 'stages.metio.wtf/v1',
    kind: 'StageSet',
    metadata: object.metadata,
    spec: { stages: kept, suspend: own(spec, 'suspend') === true },
    status,
  };
}

class FactsReader {
  readonly interests = new Set<string>();
  readonly #world: World;
  readonly #stageSet: StageSet;
  readonly #signal: AbortSignal;
  readonly #memory: Memory;
  readonly #namespace: string;
  readonly #name: string;
  #reader: Reader | undefined;

  constructor(world: World, stageSet: StageSet, signal: AbortSignal) {
    this.#world = world;
    this.#stageSet = stageSet;
    this.#signal = signal;
    this.#memory = world.memory(keyOf(stageSet));
    this.#namespace = stageSet.metadata.namespace ?? '';
    this.#name = stageSet.metadata.name;
  }

  async read(invalid: string | undefined): Promise<Facts> {
    const { settings, clock } = this.#world.parts;
    const nowMs = clock.now();
    const { synced } = this.#world;
    const { metadata, spec, status } = this.#stageSet;
    const deleting = metadata.deletionTimestamp !== undefined;
    const idle = !synced || (!deleting && (invalid !== undefined || spec.suspend === true));
    const run = status?.run;
    if (run !== undefined && !deleting) this.#memory.begin(run.id);
    const { prunePostponedUntilMs } = this.#memory;
    const ledger = ledgerOf(this.#world.ledgers, this.#stageSet);
    const base = {
      nowMs,
      defaultIntervalMs: settings.defaultIntervalMs,
      maxTeardownWaitMs: settings.maxTeardownWaitMs,
      stageSet: this.#stageSet,
      synced,
      sources: [],
      actionSources: [],
      actions: new Map(),
      ledger: { anchors: [], ...(ledger === undefined ? {} : { object: ledger }) },
      version: versionOf(spec.version),
      stages: [],
      inventory: [],
      leftovers: new Map<string, Leftover>(),
      ...(prunePostponedUntilMs === undefined ? {} : { prunePostponedUntilMs }),
    };
    if (idle || metadata.finalizers?.includes(FINALIZER) !== true) {
      return invalid === undefined ? base : { ...base, invalid };
    }
    const recorded = await this.#withLost(this.#world.inventories.read(this.#namespace, this.#name));
    this.#memory.inherited ??= {
      ids: new Set(this.#mayBeComing(recorded)),
      sinceMs: nowMs,
      run: run === undefined ? undefined : { id: run.id, startedMs: Date.parse(run.startedAt) },
    };
    this.#memory.isLeaving = deleting;
    if (deleting) {
      const entries = recorded.flatMap((inventory) => inventory.entries.map((entry) => ({ entry, inventory })));
      const leftovers = await this.#leftovers(entries);
      const attempt = this.#attempt('teardown');
      return { ...base, inventory: recorded, leftovers, ...(attempt === undefined ? {} : { attempt }) };
    }
    const { unmet } = this.#world.dependencies.read(this.#stageSet, this.interests);
    const sources = await this.#world.sources.read(this.#stageSet, this.interests, this.#signal);
    const actionSources = await this.#world.sources.readActions(this.#stageSet, this.interests, this.#signal);
    const current = run?.generation === metadata.generation ? run : undefined;
    const stages = current === undefined ? [] : await this.#stages(current.pins, nowMs);
    const inventory = recorded;
    const claimed = new Set(stages.flatMap((stage) => (stage.state === 'built' ? idsOf(stage.objects) : [])));
    const unwanted = inventory.flatMap((facts) =>
      facts.entries.filter(({ id }) => !claimed.has(id)).map((entry) => ({ entry, inventory: facts })),
    );
    const complete = stages.length > 0 && stages.every(({ state }) => state === 'built');
    const leftovers = complete ? await this.#leftovers(unwanted) : base.leftovers;
    if (complete) this.#memory.keepOnly(new Set([...claimed, ...unwanted.map(({ entry }) => entry.id)]));
    const mark = markOf(current?.id, stages, this.#memory.attempt?.failure.stage);
    const attempt = isUnblocked(stages, this.#memory.attempt) ? this.#attempt('') : this.#attempt(mark);
    const context = this.#actionContext();
    const actions = await readActions(context);
    const anchors = await readAnchors(ledger, context);
    const acted = { actionSources, actions, ledger: { ...base.ledger, anchors } };
    const deployed = await this.#deployed(stages, nowMs);
    return {
      ...base,
      ...acted,
      sources,
      stages,
      deployed,
      paused: new Map(this.#memory.pauses),
      inventory,
      leftovers,
      ...(unmet === undefined ? {} : { unmet }),
      ...(attempt === undefined ? {} : { attempt }),
    };
  }

  #actionContext(): ActionFactsContext {
    const { named, tasks, parts } = this.#world;
    const user = keyOf(this.#stageSet);
    const reader = { cluster: parts.cluster.forCaller(user), identity: '', user };
    const { interests } = this;
    return { stageSet: this.#stageSet, tasks, named, readerOf: () => reader, interests, signal: this.#signal };
  }

  /**
   * What another process has recorded and may have sent just before it ended. A StageSet at rest has nothing on its way.
   */
  #mayBeComing(recorded: readonly InventoryFacts[]): string[] {
    const { run, stages = [] } = this.#stageSet.status ?? {};
    const isAtRest =
      run?.finishedAt !== undefined && stages.every(({ phase }) => phase === 'Ready' || phase === 'Pruning');
    return isAtRest ? [] : recorded.flatMap(({ entries }) => entries.map(({ id }) => id));
  }

  /** The last failed attempt, if it was at what is wanted now. */
  #attempt(mark: string) {
    const { attempt } = this.#memory;
    if (attempt !== undefined && attempt.mark === mark) return attempt;
    this.#memory.attempt = undefined;
    return undefined;
  }

  /**
   * What stages deployed before a newer release came, of those that it has not come to: as long as their build is kept,
   * and without objects that another stage has taken over or that have been written since.
   */
  async #deployed(stages: readonly StageFacts[], nowMs: number): Promise<DeployedFacts[]> {
    const deployed: DeployedFacts[] = [];
    for (const { name: stage, appliedDigest } of this.#stageSet.status?.stages ?? []) {
      const spec = this.#stageSet.spec.stages.find(({ name }) => name === stage);
      const current = stages.find(({ name }) => name === stage);
      const isCurrent = current !== undefined && 'digest' in current && current.digest === appliedDigest;
      if (spec === undefined || appliedDigest === undefined || isCurrent) continue;
      const taken = new Set(
        stages.flatMap((other) => (other.state === 'built' && other.name !== stage ? idsOf(other.objects) : [])),
      );
      const wanted = (this.#world.builds.find(this.#stageSet, spec, appliedDigest) ?? []).filter(({ id, hash }) => {
        const written = this.#memory.applied.get(id)?.hash ?? hash;
        return !taken.has(id) && written === hash && !this.#memory.unanswered.has(id);
      });
      const observed = await this.#observe(spec, wanted, {
        nowMs,
        seen: this.#memory.observedDeployed,
        wasReady: true,
      });
      deployed.push({ stage, objects: observed.map(({ facts }) => facts) });
    }
    if (deployed.length === 0) this.#memory.observedDeployed.clear();
    return deployed;
  }

  async #observe(
    stage: Stage,
    wanted: readonly DesiredObject[],
    given: Pick<ObserveContext, 'nowMs' | 'seen' | 'wasReady'>,
  ): Promise<{ readonly facts: ObjectFacts; readonly kind: WatchedKind }[]> {
    const context = {
      key: { namespace: this.#namespace, name: this.#name },
      stage,
      ...given,
      memory: this.#memory,
      isAlive: this.#world.isAlive,
    };
    const objects: { readonly facts: ObjectFacts; readonly kind: WatchedKind }[] = [];
    for (const desired of wanted) {
      const kind = await this.#kind(desired.ref);
      objects.push({ facts: observe(desired, kind, context), kind });
      // What changes meanwhile wakes the key once more.
      if (objects.length % OBJECTS_AT_ONCE === 0) await breathe();
    }
    return objects;
  }

  async #stages(pins: readonly Pin[], nowMs: number): Promise<StageFacts[]> {
    const facts: StageFacts[] = [];
    for (const stage of this.#stageSet.spec.stages) {
      const pin = pins.find((candidate) => candidate.stage === stage.name);
      if (pin !== undefined) facts.push(await this.#stage(stage, pin, nowMs));
    }
    return facts;
  }

  async #stage(spec: Stage, pin: Pin, nowMs: number): Promise<StageFacts> {
    const { name } = spec;
    const variables = this.#world.inputs.read(this.#stageSet, spec, this.interests);
    if (variables.state === 'syncing') return { name, spec, state: 'syncing', waitingFor: variables.waitingFor };
    if (variables.state === 'missing') {
      return { name, spec, state: 'unbuildable', mayHeal: true, failure: variables.failure };
    }
    const digest = buildDigest(pin, spec, variables);
    const wanted = this.#world.builds.find(this.#stageSet, spec, digest);
    if (wanted === undefined) {
      return {
        name,
        spec,
        state: 'unbuilt',
        digest,
        isUnderWay: this.#world.builds.isUnderWay(this.#stageSet, spec, digest),
      };
    }
    const judge = new Judge(spec);
    const observed = await this.#observe(spec, wanted, {
      nowMs,
      seen: this.#memory.observed,
      wasReady: this.#wasReady(name, digest),
    });
    const objects = observed.map(({ facts, kind }) => this.#lookCloser(facts, liveOf(facts, kind), judge));
    const checks = await this.#checks({ stage: spec, nowMs, judge, objects });
    return { name, spec, state: 'built', digest, objects, checks };
  }

  #wasReady(stage: string, digest: string): boolean {
    const { run, stages } = this.#stageSet.status ?? {};
    const status = stages?.find(({ name }) => name === stage);
    return status?.appliedDigest === digest && (status.phase === 'Ready' || run?.finishedAt !== undefined);
  }

  /** What pods tell of a workload that is in progress, and what expressions ask of any object. */
  #lookCloser(facts: ObjectFacts, live: KubeObject | undefined, judge: Judge): ObjectFacts {
    if (live === undefined) return facts;
    const health = this.#world.pods.healthOf(live, facts.health, this.#asStage(), this.interests);
    if (judge.isIdle && health === facts.health) return facts;
    return { ...facts, health, ...judge.of(live) };
  }

  #checks(context: Pick<CheckContext, 'stage' | 'nowMs' | 'judge' | 'objects'>): Promise<CheckFacts[]> {
    const { named, pods } = this.#world;
    const more = { namespace: this.#namespace, reader: this.#asStage(), pods, interests: this.interests };
    return readChecks(named, { ...context, ...more }, this.#signal);
  }

  #asStage(): Reader {
    const key = keyOf(this.#stageSet);
    this.#reader ??= { cluster: this.#world.parts.cluster.forCaller(key), identity: '', user: key };
    return this.#reader;
  }

  async #kind(ref: ObjectRef): Promise<WatchedKind> {
    this.interests.add(kindInterest(ref));
    const kind = this.#world.managed.known(ref) ?? (await this.#world.managed.find(ref, this.#signal));
    if (kind.state === 'unknown') this.interests.add(`crd:${parseApiVersion(ref.apiVersion).group}/${ref.kind}`);
    return kind;
  }

  /**
   * What is recorded, and what is not although it is in the cluster: where an inventory has gone, the objects of its stage
   * are found by the labels of what is live.
   */
  async #withLost(recorded: readonly InventoryFacts[]): Promise<readonly InventoryFacts[]> {
    const key = keyOf(this.#stageSet);
    const { inventories } = this.#world;
    const stages = this.#stageSet.status?.stages ?? [];
    const known = new Map(recorded.map((facts) => [facts.stage, facts]));
    const unknown = stages.filter((stage) => hasBegun(stage) && !known.has(stage.name)).map(({ name }) => name);
    const isRobbed = inventories.isRobbed(key);
    if (unknown.length === 0 && !isRobbed) {
      this.#memory.search = undefined;
      return recorded;
    }
    const found = await this.#search(JSON.stringify([this.#stageSet.status?.run?.id, unknown, isRobbed]));
    const complete = [...new Set([...known.keys(), ...unknown, ...found.keys()])].flatMap((name): InventoryFacts[] => {
      const before = known.get(name);
      const entries = before?.entries ?? [];
      const ids = new Set(entries.map(({ id }) => id));
      const missing = [...(found.get(name)?.values() ?? [])].filter(({ id }) => !ids.has(id));
      if (missing.length === 0 && before !== undefined) return [before];
      const index = stages.findIndex((stage) => stage.name === name);
      // A stage that was interrupted before its first record has lost nothing.
      if (missing.length === 0 && stages[index]?.appliedRevision === undefined) return [];
      const position = before?.position ?? (index < 0 ? stages.length : index);
      return [{ stage: name, recorded: false, position, entries: [...entries, ...missing] }];
    });
    if (complete.every((facts) => facts.recorded)) inventories.restored(key);
    return complete;
  }

  /** Searches the cluster once for each reason to. */
  async #search(reason: string): Promise<OwnedObjects['byStage']> {
    const before = this.#memory.search;
    const search: Search =
      before?.reason === reason ? before : { reason, found: { byStage: new Map(), searched: new Set<string>() } };
    this.#memory.search = search;
    if (search.isComplete === true) return search.found.byStage;
    const cluster = this.#world.parts.cluster.forCaller(keyOf(this.#stageSet));
    await findOwned(cluster, { namespace: this.#namespace, name: this.#name }, search.found, this.#signal);
    this.#memory.search = { ...search, isComplete: true };
    return search.found.byStage;
  }

  async #leftovers(
    wanted: readonly { readonly entry: Entry; readonly inventory: InventoryFacts }[],
  ): Promise<Map<string, Leftover>> {
    const leftovers = new Map<string, Leftover>();
    const { metrics } = this.#world.parts;
    for (const { entry, inventory } of wanted) {
      const ref = entryRef(entry);
      if (ref === undefined) metrics.inventoryEntrySkipped(this.#namespace, this.#name, inventory.stage);
      else leftovers.set(entry.id, await this.#leftover(entry, ref, inventory.stage));
    }
    return leftovers;
  }

  async #leftover(entry: Entry, recorded: ObjectRef, stage: string): Promise<Leftover> {
    let ref = recorded;
    let kind = await this.#kind(ref);
    if (kind.state === 'unknown') {
      const version =
        servedVersion(this.#world.crds, ref) ?? (await this.#world.managed.servedVersion(ref, this.#signal));
      if (version !== undefined) {
        ref = { ...ref, apiVersion: formatApiVersion(parseApiVersion(ref.apiVersion).group, version) };
        kind = await this.#kind(ref);
      }
    }
    // A kind that is not served has no objects.
    if (kind.state === 'unknown') return { entry, ref, state: 'gone' };
    if (!kind.store.synced) return { entry, ref, state: 'unsynced' };
    const live = kind.store.get(ref.namespace, ref.name);
    if (live === undefined) {
      const unsureUntilMs = this.#memory.unsureUntilMs(entry.id, this.#world.parts.clock.now());
      return unsureUntilMs === undefined
        ? { entry, ref, state: 'gone' }
        : { entry, ref, state: 'unsure', unsureUntilMs };
    }
    this.#memory.inherited?.ids.delete(entry.id);
    const uid = live.metadata.uid ?? '';
    const key = { namespace: this.#namespace, name: this.#name };
    if (!isOwnedBy(live, key) || otherOwners(live, key).some(({ kind: owner }) => owner !== 'StageSet')) {
      return { entry, ref, uid, state: 'foreign' };
    }
    if (isPruneDisabled(live) || this.#prunes(entry, stage) === false) return { entry, ref, uid, state: 'kept' };
    const leaving = live.metadata.deletionTimestamp !== undefined || this.#memory.leaving.get(entry.id) === uid;
    return { entry, ref, uid, state: leaving ? 'terminating' : 'present' };
  }

  /** As the stage says now; for one that has left the spec, as it said when it applied the object. */
  #prunes(entry: Entry, stage: string): boolean {
    const spec = this.#stageSet.spec.stages.find(({ name }) => name === stage);
    return spec === undefined ? entry.prune !== false : spec.prune !== false;
  }
}

/** The version that is delivered, where the spec says it. */
function versionOf(version: StageSetSpec['version']): VersionFact {
  const value = version?.value?.trim() ?? '';
  return value === '' ? { state: 'none' } : { state: 'known', version: value };
}

/** Whether an object that an attempt failed at has been deleted, or another has taken its place. */
function isUnblocked(stages: readonly StageFacts[], attempt: FailedAttempt | undefined): boolean {
  if (attempt === undefined || attempt.blocked.size === 0) return false;
  return stages.some(
    (stage) =>
      stage.state === 'built' &&
      stage.objects.some(({ desired, uid, state }) => {
        const isKnown = attempt.blocked.has(desired.id) && state !== 'unsynced' && state !== 'terminating';
        return isKnown && attempt.blocked.get(desired.id) !== uid;
      }),
  );
}

/** Whether a stage may have put something into the cluster, as far as its status tells. */
function hasBegun({ phase, appliedRevision }: StageStatus): boolean {
  return (appliedRevision ?? '') !== '' || phase === 'Applying' || phase === 'Verifying' || phase === 'Pruning';
}

function liveOf({ desired: { ref } }: ObjectFacts, kind: WatchedKind): KubeObject | undefined {
  return kind.state === 'watched' ? kind.store.get(ref.namespace, ref.name) : undefined;
}

function idsOf(objects: readonly ObjectFacts[]): string[] {
  return objects.map(({ desired }) => desired.id);
}

/** Names what an attempt is at: the run, and the build of the stage that failed. */
export function markOf(runId: string | undefined, stages: readonly StageFacts[], stage: string | undefined): string {
  const facts = stages.find(({ name }) => name === stage);
  return attemptMark(runId, stage, facts !== undefined && 'digest' in facts ? facts.digest : '');
}

export function attemptMark(runId: string | undefined, stage: string | undefined, digest: string): string {
  return `${runId ?? ''}|${stage ?? ''}|${digest}`;
}
