import {
  FINALIZER,
  formatProblem,
  type Pin,
  parseStageSet,
  type Stage,
  type StageSet,
  type StageStatus,
  unsupportedFields,
} from '@stageset/api';
import {
  type CheckFacts,
  type DeployedFacts,
  type DesiredObject,
  deliveredVersion,
  type Entry,
  entryRef,
  type Facts,
  type Failure,
  type InventoryFacts,
  isOwnedBy,
  isPruneDisabled,
  type Leftover,
  type ObjectFacts,
  otherOwners,
  type StageFacts,
} from '@stageset/delivery';
import {
  formatApiVersion,
  formatRef,
  isJsonObject,
  type KubeObject,
  type ObjectRef,
  own,
  parseApiVersion,
  UnreachableError,
} from '@stageset/k8s';
import { ledgerOf } from '../effects/actions/ledger.ts';
import { buildDigest } from '../effects/builds.ts';
import { breathe } from '../render/breathe.ts';
import { deniedMessage, isRefusedIdentity, outOfReach } from '../tenancy/denied.ts';
import { kindInterest, type Target } from '../tenancy/target.ts';
import { accountOf, type TargetState, type TargetUser } from '../tenancy/targets.ts';
import { type ActionFactsContext, readActions, readAnchors, type StageReader } from './action-facts.ts';
import { type CheckContext, Judge, readChecks } from './checks.ts';
import { readVariables, type Variables } from './inputs.ts';
import { servedVersion } from './managed-objects.ts';
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
  const { stageSet, invalid } = understand(object, world.parts.settings.defaultServiceAccount);
  const reader = new FactsReader(world, stageSet, signal);
  world.interests.begin(key);
  const facts = await reader.read(invalid);
  world.interests.state(key, reader.interests);
  world.watches.release(key, reader.interests);
  world.targets.release(key, reader.used);
  world.pods.release(key, reader.interests);
  return facts;
}

interface Understood {
  readonly stageSet: StageSet;
  readonly invalid?: string;
}

/** By object: its spec is looked through once for each version of it. */
const UNDERSTOOD = new WeakMap<KubeObject, Understood>();

function understand(object: KubeObject, defaultAccount: string | undefined): Understood {
  const known = UNDERSTOOD.get(object);
  if (known !== undefined) return known;
  const parsed = parseStageSet(object);
  const problems = parsed.ok ? unsupportedFields(parsed.stageSet) : parsed.problems;
  const said = parsed.ok ? parsed.stageSet : withoutSpec(object);
  const stageSet = defaultAccount === undefined ? said : withAccount(said, defaultAccount);
  const invalid = problems.map(formatProblem).join('; ');
  const understood = invalid === '' ? { stageSet } : { stageSet, invalid };
  UNDERSTOOD.set(object, understood);
  return understood;
}

/** Whoever names no ServiceAccount gets this one. */
function withAccount(stageSet: StageSet, account: string): StageSet {
  if (accountOf(stageSet.spec, undefined) !== undefined) return stageSet;
  return { ...stageSet, spec: { ...stageSet.spec, serviceAccountName: account } };
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
    spec: { stages: kept, suspend: own(spec, 'suspend') === true, ...targetIn(spec) },
    status,
  };
}

/** Where it was delivered to, and as whom, as far as that can be read. */
function targetIn(
  spec: Readonly<Record<string, unknown>>,
): Pick<StageSet['spec'], 'serviceAccountName' | 'kubeConfig'> {
  const account = own(spec, 'serviceAccountName');
  const kubeConfig = own(spec, 'kubeConfig');
  const [secretRef, configMapRef] = ['secretRef', 'configMapRef'].map((key) => {
    const ref = isJsonObject(kubeConfig) ? own(kubeConfig, key) : undefined;
    const name = isJsonObject(ref) ? own(ref, 'name') : undefined;
    const at = isJsonObject(ref) ? own(ref, 'key') : undefined;
    return typeof name === 'string' ? { name, ...(typeof at === 'string' ? { key: at } : {}) } : undefined;
  });
  return {
    ...(typeof account === 'string' ? { serviceAccountName: account } : {}),
    ...(isJsonObject(kubeConfig)
      ? {
          kubeConfig: {
            ...(secretRef === undefined ? {} : { secretRef }),
            ...(configMapRef === undefined ? {} : { configMapRef }),
          },
        }
      : {}),
  };
}

/** How the objects of a stage are; or why they cannot be looked at. */
type Observed =
  | { readonly ok: true; readonly objects: readonly { readonly facts: ObjectFacts; readonly kind: WatchedKind }[] }
  | { readonly ok: false; readonly failure: Omit<Failure, 'stage'> };

class FactsReader {
  readonly interests = new Set<string>();
  /** Keys of the targets that this pass uses. */
  readonly used = new Set<string>();
  readonly #user: TargetUser;
  readonly #targets = new Map<string | undefined, TargetState>();
  readonly #world: World;
  readonly #stageSet: StageSet;
  readonly #signal: AbortSignal;
  readonly #memory: Memory;
  readonly #namespace: string;
  readonly #name: string;

  constructor(world: World, stageSet: StageSet, signal: AbortSignal) {
    this.#world = world;
    this.#stageSet = stageSet;
    this.#signal = signal;
    this.#memory = world.memory(keyOf(stageSet));
    this.#namespace = stageSet.metadata.namespace ?? '';
    this.#name = stageSet.metadata.name;
    this.#user = { key: keyOf(stageSet), interests: this.interests, used: this.used };
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
      version: deliveredVersion(this.#stageSet),
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
    const { named, tasks } = this.#world;
    const readerOf = (stage: Stage | undefined): StageReader => {
      const state = this.#target(accountOf(this.#stageSet.spec, stage));
      if (state.state === 'syncing') return { state: 'syncing' };
      if (state.state === 'failed') return { state: 'failed', message: whyNot(state) };
      return { state: 'open', reader: { target: state.target, user: this.#user.key } };
    };
    const look: ActionFactsContext['look'] = async (stage, ref) => {
      const state = this.#target(accountOf(this.#stageSet.spec, stage));
      if (state.state !== 'open') return undefined;
      const kind = await this.#kind(ref, state.target);
      if (kind.state !== 'watched' || !kind.store.synced) return undefined;
      const object = kind.store.get(kind.info.namespaced ? ref.namespace : undefined, ref.name);
      return object === undefined ? {} : { object };
    };
    const nowMs = this.#world.parts.clock.now();
    return {
      stageSet: this.#stageSet,
      tasks,
      named,
      readerOf,
      look,
      nowMs,
      interests: this.interests,
      signal: this.#signal,
    };
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
      const delivered = this.#target(accountOf(this.#stageSet.spec, spec));
      if (delivered.state !== 'open') continue;
      const observed = await this.#observe(spec, wanted, delivered.target, {
        nowMs,
        seen: this.#memory.observedDeployed,
        wasReady: true,
      });
      if (observed.ok) deployed.push({ stage, objects: observed.objects.map(({ facts }) => facts) });
    }
    if (deployed.length === 0) this.#memory.observedDeployed.clear();
    return deployed;
  }

  async #observe(
    stage: Stage,
    wanted: readonly DesiredObject[],
    target: Target,
    given: Pick<ObserveContext, 'nowMs' | 'seen' | 'wasReady'>,
  ): Promise<Observed> {
    const context = {
      key: { namespace: this.#namespace, name: this.#name },
      stage,
      ...given,
      memory: this.#memory,
      isAlive: this.#world.isAlive,
    };
    const objects: { readonly facts: ObjectFacts; readonly kind: WatchedKind }[] = [];
    const denied: { readonly ref: ObjectRef; readonly message: string }[] = [];
    for (const desired of wanted) {
      const kind = await this.#kind(desired.ref, target);
      if (kind.state === 'failed') return { ok: false, failure: unreachable(target, kind.error) };
      if (kind.state === 'denied') denied.push({ ref: desired.ref, message: deniedMessage(kind.error) });
      else objects.push({ facts: observe(desired, kind, context), kind });
      // What changes meanwhile wakes the key once more.
      if (objects.length % OBJECTS_AT_ONCE === 0) await breathe();
    }
    return denied.length > 0 ? { ok: false, failure: deniedReads(denied) } : { ok: true, objects };
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
    const delivered = this.#target(accountOf(this.#stageSet.spec, spec));
    if (delivered.state === 'syncing') return { name, spec, state: 'syncing', waitingFor: delivered.waitingFor };
    if (delivered.state === 'failed') return unbuildable(spec, delivered.failure);
    const { target } = delivered;
    const variables = this.#variables(spec);
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
    const reader: Reader = { target, user: this.#user.key };
    const seen = await this.#observe(spec, wanted, target, {
      nowMs,
      seen: this.#memory.observed,
      wasReady: this.#wasReady(name, digest),
    });
    if (!seen.ok) return unbuildable(spec, seen.failure);
    const objects = seen.objects.map(({ facts, kind }) => this.#lookCloser(facts, liveOf(facts, kind), judge, reader));
    const checks = await this.#checks({ stage: spec, nowMs, judge, objects }, reader);
    return { name, spec, state: 'built', digest, objects, checks };
  }

  #wasReady(stage: string, digest: string): boolean {
    const { run, stages } = this.#stageSet.status ?? {};
    const status = stages?.find(({ name }) => name === stage);
    return status?.appliedDigest === digest && (status.phase === 'Ready' || run?.finishedAt !== undefined);
  }

  /** What pods tell of a workload that is in progress, and what expressions ask of any object. */
  #lookCloser(facts: ObjectFacts, live: KubeObject | undefined, judge: Judge, reader: Reader): ObjectFacts {
    if (live === undefined) return facts;
    const health = this.#world.pods.healthOf(live, facts.health, reader, this.interests);
    if (judge.isIdle && health === facts.health) return facts;
    return { ...facts, health, ...judge.of(live) };
  }

  #checks(context: Pick<CheckContext, 'stage' | 'nowMs' | 'judge' | 'objects'>, reader: Reader): Promise<CheckFacts[]> {
    const { named, pods } = this.#world;
    const more = { namespace: this.#namespace, reader, pods, interests: this.interests };
    return readChecks(named, { ...context, ...more }, this.#signal);
  }

  #target(account: string | undefined): TargetState {
    const known = this.#targets.get(account) ?? this.#world.targets.of(this.#stageSet, account, this.#user);
    this.#targets.set(account, known);
    return known;
  }

  /** Inputs are read where the StageSet is, in its own name and never in that of a stage. */
  #variables(stage: Stage): Variables {
    const account = accountOf(this.#stageSet.spec, undefined);
    const local = this.#world.targets.local(this.#stageSet, account, this.#user);
    if (local.state === 'syncing') return local;
    if (local.state === 'failed') return { state: 'missing', failure: { ...local.failure, stage: stage.name } };
    const reader = { watches: this.#world.watches, target: local.target, interests: this.interests };
    return readVariables(this.#stageSet, stage, reader);
  }

  async #kind(ref: ObjectRef, { key, objects }: Target): Promise<WatchedKind> {
    this.interests.add(kindInterest(key, ref));
    const kind = objects.known(ref) ?? (await objects.find(ref, this.#signal));
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
      const account = accountOf(
        this.#stageSet.spec,
        this.#stageSet.spec.stages.find((stage) => stage.name === name),
      );
      const missing = [...(found.get(name)?.values() ?? [])]
        .filter(({ id }) => !ids.has(id))
        .map((entry) => (account === undefined ? entry : { ...entry, sa: account }));
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
    const { spec } = this.#stageSet;
    for (const account of new Set([
      accountOf(spec, undefined),
      ...spec.stages.map((stage) => accountOf(spec, stage)),
    ])) {
      const state = this.#target(account);
      if (state.state !== 'open') throw new UnreachableError(whyNot(state));
      const { key, cluster } = state.target;
      const owner = { namespace: this.#namespace, name: this.#name };
      await findOwned({ key, cluster: cluster.forCaller(keyOf(this.#stageSet)) }, owner, search.found, this.#signal);
    }
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
    const state = this.#target(entry.sa);
    if (state.state === 'syncing') return { entry, ref: recorded, state: 'unsynced' };
    if (state.state === 'failed') return { entry, ref: recorded, state: 'unreachable', why: whyNot(state) };
    const { target } = state;
    let ref = recorded;
    let kind = await this.#kind(ref, target);
    if (kind.state === 'unknown') {
      const defined = target.isRemote ? undefined : servedVersion(this.#world.crds, ref);
      const version = defined ?? (await target.objects.servedVersion(ref, this.#signal));
      if (version !== undefined) {
        ref = { ...ref, apiVersion: formatApiVersion(parseApiVersion(ref.apiVersion).group, version) };
        kind = await this.#kind(ref, target);
      }
    }
    // A kind that is not served has no objects.
    if (kind.state === 'unknown') return { entry, ref, state: 'gone' };
    if (kind.state === 'denied') return { entry, ref, state: 'denied', why: deniedMessage(kind.error) };
    if (kind.state === 'failed') return { entry, ref, ...outOfReach(kind.error) };
    if (kind.state === 'asking' || !kind.store.synced) return { entry, ref, state: 'unsynced' };
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
    if (leaving) return { entry, ref, uid, state: 'terminating' };
    const refusal = this.#memory.refusalOf(entry.id, this.#world.parts.clock.now());
    return { entry, ref, uid, ...(refusal ?? { state: 'present' }) };
  }

  /** As the stage says now; for one that has left the spec, as it said when it applied the object. */
  #prunes(entry: Entry, stage: string): boolean {
    const spec = this.#stageSet.spec.stages.find(({ name }) => name === stage);
    return spec === undefined ? entry.prune !== false : spec.prune !== false;
  }
}

function unbuildable(spec: Stage, failure: Omit<Failure, 'stage'>): StageFacts {
  // What is lacking is granted, created or mended outside of the spec, and may be at any time.
  return { name: spec.name, spec, state: 'unbuildable', mayHeal: true, failure: { ...failure, stage: spec.name } };
}

function unreachable({ who }: Target, error: Error): Omit<Failure, 'stage'> {
  const message = isRefusedIdentity(error) ? error.message : `as ${who}: ${error.message}`;
  return { reason: 'StageFailed', operation: 'connect to target cluster', message, retry: 'slowly' };
}

function deniedReads(denied: readonly { readonly ref: ObjectRef; readonly message: string }[]): Omit<Failure, 'stage'> {
  const told = denied.slice(0, 3).map(({ ref, message }) => `${formatRef(ref)}: ${message}`);
  const rest = denied.length > told.length ? `; and ${denied.length - told.length} more` : '';
  return { reason: 'RBACDenied', operation: 'apply', message: `${told.join('; ')}${rest}`, retry: 'slowly' };
}

function whyNot(state: Exclude<TargetState, { state: 'open' }>): string {
  return state.state === 'failed' ? state.failure.message : `${state.waitingFor} is being read`;
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
