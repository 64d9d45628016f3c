import { API_VERSION, type Stage, type StageSet } from '@stageset/api';
import { DeliveryError, type Entry, type Owner } from '@stageset/delivery';
import { type GroupKind, isForbidden, isNotFound, type KubeObject, UnknownKindError } from '@stageset/k8s';
import type { Artifacts, Clock, Cluster, HttpCalls, Store, Tenants, WatchEvent, WriteGate } from '@stageset/ports';
import { ActionTasks } from '../effects/actions/tasks.ts';
import { Builds } from '../effects/builds.ts';
import type { EventRecorder } from '../events/events.ts';
import type { Logger } from '../logging/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { StageRenderer } from '../render/stage-renderer.ts';
import { parseLocation } from '../tenancy/kube-config.ts';
import { ObjectWatches } from '../tenancy/object-watches.ts';
import type { Target } from '../tenancy/target.ts';
import { accountOf, Targets } from '../tenancy/targets.ts';
import { noTracer, type Tracer } from '../tracing/tracer.ts';
import { DependencyIndex } from './dependencies.ts';
import { Interests } from './interests.ts';
import { Inventories } from './inventories.ts';
import { followIn, listIn } from './joined-store.ts';
import { isEstablished, servedBy } from './managed-objects.ts';
import { Memory } from './memory.ts';
import { NamedObjects } from './named-objects.ts';
import { Sources } from './sources.ts';
import { WorkloadPods } from './workload-pods.ts';

/** Settings of deliveries, all with their effective values. */
export interface DeliverySettings {
  readonly defaultIntervalMs: number;
  readonly maxTeardownWaitMs: number;
  readonly inventoryShardCap: number;
  readonly crossNamespaceRefs: boolean;
  /** StageSets of these namespaces alone are looked at; of all when absent. */
  readonly watchNamespaces?: readonly string[];
  /** Acts for StageSets that name no ServiceAccount; the controller itself when absent. */
  readonly defaultServiceAccount?: string;
  /** Requests in flight for one StageSet. */
  readonly concurrency: number;
}

/** Whether somebody waits for what is to be done, or it may stand back behind those who do. */
export type Urgency = 'user' | 'background';

export interface WorldParts {
  readonly cluster: Cluster;
  /** Clusters in other names; without them the controller acts in its own name alone. */
  readonly tenants: Tenants | undefined;
  readonly artifacts: Artifacts;
  readonly renderer: StageRenderer;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventRecorder;
  /** Says whether this process may still act for a StageSet. */
  readonly gate?: WriteGate;
  /** Requests to hosts outside the cluster. */
  readonly calls: HttpCalls;
  readonly settings: DeliverySettings;
  readonly signal: AbortSignal;
  /** Nobody looks when absent. */
  readonly tracer?: Tracer;
  /** Has a StageSet, named `<namespace>/<name>`, looked at. */
  readonly wake: (key: string, priority?: Urgency) => void;
}

/** When a kind is asked for again whose definition has just been Established. */
const DISCOVERY_DELAYS_MS = [300, 1_000, 3_000, 10_000] as const;

/**
 * All that is known of the cluster, kept by watches, and who is to be woken by what. A pass reads from here and nowhere
 * else, so that it costs no request.
 */
export class World {
  readonly parts: WorldParts;
  readonly tracer: Tracer;
  readonly interests: Interests;
  readonly stageSets: Store;
  readonly crds: Store;
  readonly inventories: Inventories;
  readonly targets: Targets;
  /** Objects that specs name, such as those of ready checks. */
  readonly named: NamedObjects;
  readonly pods: WorkloadPods;
  readonly watches: ObjectWatches;
  readonly sources: Sources;
  readonly dependencies: DependencyIndex;
  readonly builds: Builds;
  readonly ledgers: Store;
  /** Effects of actions, beside the passes. */
  readonly tasks = new ActionTasks();
  readonly #memories = new Map<string, Memory>();
  /** By StageSet: what of it a pass acts on. */
  readonly #told = new Map<string, string>();
  /** Definitions, by uid, that were seen to be Established. */
  readonly #established = new Set<string>();

  constructor(parts: WorldParts) {
    const { cluster, clock, logger, metrics, signal, wake } = parts;
    this.parts = parts;
    this.tracer = parts.tracer ?? noTracer;
    this.interests = new Interests(wake);
    this.builds = new Builds(parts.artifacts, parts.renderer);
    const { watchNamespaces } = parts.settings;
    const kinds = { cluster, clock, logger, metrics, signal };
    const follow = (kind: string): Store => followIn(watchNamespaces, parts, { apiVersion: API_VERSION, kind });
    this.sources = new Sources(kinds, this.interests, parts.settings);
    this.watches = new ObjectWatches(this.interests);
    this.named = new NamedObjects(clock, this.watches);
    this.targets = new Targets({
      ...kinds,
      tenants: parts.tenants,
      interests: this.interests,
      watches: this.watches,
      wake: (key) => wake(key, this.#urgencyOf(key)),
      onFallback: (user, note) => this.#tellFallback(user, note),
      byNamespace: watchNamespaces !== undefined,
    });
    this.pods = new WorkloadPods(clock, this.interests);
    this.crds = cluster.follow({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }, signal);
    this.inventories = new Inventories(follow('StageInventory'), wake);
    this.ledgers = follow('StageLedger');
    this.stageSets = follow('StageSet');
    this.dependencies = new DependencyIndex(this.stageSets, this.interests, parts.settings);
    tellWhatIsMissing('CustomResourceDefinition', this.crds, parts);
    tellWhatIsMissing('StageSet', this.stageSets, parts);
    this.crds.subscribe((event) => this.#takeCrd(event));
    this.ledgers.subscribe((event) => this.#takeLedger(event));
    this.stageSets.subscribe((event) => {
      this.#takeStageSet(event);
      this.dependencies.take(event);
    });
  }

  /** What happens to the objects of a release that is delivered is drift, if anything; in a rollout it is progress. */
  #urgencyOf(key: string): Urgency {
    const slash = key.indexOf('/');
    const object = this.stageSets.get(key.slice(0, slash), key.slice(slash + 1));
    const status = object?.['status'] as StageSet['status'];
    const isAtRest = status?.run?.finishedAt !== undefined && status.run.generation === object?.metadata.generation;
    return isAtRest ? 'background' : 'user';
  }

  /** Whether the caches that every decision rests on are filled. */
  get synced(): boolean {
    return this.stageSets.synced && this.inventories.synced && this.crds.synced && this.ledgers.synced;
  }

  /** Resolves when they are, and has every StageSet looked at then; rejects when the watches are stopped before. */
  async whenSynced(): Promise<void> {
    await Promise.all([this.stageSets, this.inventories, this.crds, this.ledgers].map((store) => store.whenSynced()));
    for (const stageSet of this.stageSets.items()) this.parts.wake(keyOf(stageSet));
  }

  /**
   * Reads anew what another process may have written until now: what is pinned, what is recorded and what the sources
   * say. Rejects when something cannot be read.
   */
  async catchUp(signal: AbortSignal): Promise<void> {
    await Promise.all([this.stageSets.whenSynced(), this.inventories.whenSynced()]);
    const cluster = this.parts.cluster.forCaller('catch up');
    const { watchNamespaces } = this.parts.settings;
    const list = (kind: string) => listIn(watchNamespaces, { cluster, signal }, { apiVersion: API_VERSION, kind });
    const [stageSets, inventories] = await Promise.all([
      list('StageSet'),
      list('StageInventory'),
      this.sources.catchUp(signal),
    ]);
    for (const item of stageSets) this.stageSets.remember(item);
    for (const item of inventories) this.inventories.remember(item);
  }

  memory(key: string): Memory {
    const memory = this.#memories.get(key) ?? new Memory();
    this.#memories.set(key, memory);
    return memory;
  }

  /**
   * The cluster that a stage is delivered to, as the identity that acts for it there; that of the whole StageSet without a
   * stage. Everything that a spec names is read and written through it, by effects and facts alike. Throws
   * `DeliveryError` when it cannot be had as things are.
   */
  clusterOf(stageSet: StageSet, stage: Pick<Stage, 'name' | 'serviceAccountName'> | undefined): Cluster {
    const target = this.targetOf(stageSet, accountOf(stageSet.spec, stage), stage?.name);
    return target.cluster.forCaller(keyOf(stageSet));
  }

  /** The same by account, with what is known of the objects there. `stage` is who asks, for the message. */
  targetOf(stageSet: StageSet, account: string | undefined, stage: string | undefined): Target {
    return this.targets.opened(stageSet, account) ?? closed(stage);
  }

  /** The same for what an inventory has recorded: where it is, as the account that applied it. */
  targetOfEntry(stageSet: StageSet, { sa, at }: Pick<Entry, 'sa' | 'at'>, stage: string): Target {
    const ref = at === undefined ? undefined : parseLocation(at)?.ref;
    return this.targets.openedAt(stageSet, sa, ref) ?? closed(stage);
  }

  /** Begins with a StageSet that has come from another replica: what passes of before remember is not true any more. */
  begin(key: string): void {
    this.#memories.delete(key);
  }

  /** Drops everything that is kept for a StageSet that is gone. */
  forget(key: string): void {
    this.#memories.delete(key);
    this.#told.delete(key);
    this.interests.forget(key);
    this.builds.forget(key);
    this.tasks.forget(key);
    this.watches.release(key, new Set());
    this.targets.release(key, new Set());
    this.pods.release(key, new Set());
    this.inventories.restored(key);
    const slash = key.indexOf('/');
    this.parts.metrics.forget(key.slice(0, slash), key.slice(slash + 1));
  }

  /**
   * Takes in a StageSet that a write has returned. It may carry what somebody else has changed meanwhile, which no pass
   * has acted on: its event wakes as any other does.
   */
  rememberStageSet(object: KubeObject): void {
    this.stageSets.remember(object);
  }

  /** Whether an owner that a label names exists. Of owners that this controller does not see, it has to be believed. */
  isAlive = ({ kind, namespace, name }: Owner): boolean =>
    kind !== 'StageSet' || !this.#looksInto(namespace) || this.stageSets.get(namespace, name) !== undefined;

  #looksInto(namespace: string): boolean {
    return this.parts.settings.watchNamespaces?.includes(namespace) ?? true;
  }

  #tellFallback(user: string, note: string): void {
    const slash = user.indexOf('/');
    const stageSet = this.stageSets.get(user.slice(0, slash), user.slice(slash + 1));
    if (stageSet !== undefined) this.parts.events.record(stageSet, { type: 'Warning', reason: 'WatchDenied', note });
  }

  #takeStageSet(event: WatchEvent): void {
    if (event.type === 'synced') {
      // Also those that went while nobody was watching.
      for (const key of this.#memories.keys()) this.parts.wake(key);
      for (const item of event.items) this.parts.wake(keyOf(item));
    } else if (event.type === 'deleted') {
      this.#told.delete(keyOf(event.object));
      this.parts.wake(keyOf(event.object));
    } else if (event.type === 'applied') {
      const key = keyOf(event.object);
      const said = essence(event.object);
      if (this.#told.get(key) === said) return;
      this.#told.set(key, said);
      this.parts.wake(key);
    }
  }

  /** A StageLedger has the name of its StageSet. */
  #takeLedger(event: WatchEvent): void {
    if (event.type === 'applied' || event.type === 'deleted') this.parts.wake(keyOf(event.object));
  }

  #takeCrd(event: WatchEvent): void {
    const objects = event.type === 'synced' ? event.items : event.type === 'applied' ? [event.object] : [];
    for (const crd of objects) {
      const served = isEstablished(crd) ? servedBy(crd) : undefined;
      if (served === undefined) continue;
      this.#refresh(served);
      const uid = crd.metadata.uid ?? '';
      if (event.type === 'applied' && !this.#established.has(uid)) this.#refreshAgain(served);
      this.#established.add(uid);
    }
    if (event.type === 'deleted') this.#established.delete(event.object.metadata.uid ?? '');
  }

  #refresh({ group, kind }: GroupKind): void {
    this.named.refresh(group, kind);
    this.targets.refresh(group, kind);
    this.interests.wake(`crd:${group}/${kind}`);
    this.sources.refresh(group, kind);
  }

  /** Discovery tells of a new kind some time after its definition is Established; nothing says when. */
  #refreshAgain(served: GroupKind): void {
    for (const delayMs of DISCOVERY_DELAYS_MS) this.parts.clock.schedule(delayMs, () => this.#refresh(served));
  }
}

function closed(stage: string | undefined): never {
  throw new DeliveryError({
    reason: 'StageFailed',
    ...(stage === undefined ? {} : { stage }),
    operation: 'connect to target cluster',
    message: 'the connection was closed; it is opened again at once',
    retry: 'backoff',
  });
}

const COMPLAIN_EVERY_MS = 30_000;

/** While a cache cannot be filled the controller is not ready: says which, why, and what to do, from time to time. */
function tellWhatIsMissing(kind: string, store: Store, { clock, logger }: Pick<WorldParts, 'clock' | 'logger'>): void {
  let toldMs = Number.NEGATIVE_INFINITY;
  store.subscribe((event) => {
    if (event.type !== 'degraded' || clock.now() - toldMs < COMPLAIN_EVERY_MS) return;
    toldMs = clock.now();
    logger.warn(store.synced ? 'watch interrupted' : 'not ready', {
      kind,
      error: event.error.message,
      do: adviceOn(event.error),
    });
  });
}

function adviceOn(error: Error): string {
  if (error instanceof UnknownKindError || isNotFound(error))
    return 'install the CustomResourceDefinitions of deploy/crds';
  if (isForbidden(error)) return "grant the controller's identity get, list and watch of this kind";
  return 'nothing: it is tried again';
}

export function keyOf({ metadata }: KubeObject | StageSet): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** What of a StageSet a pass acts on; its status is our own doing. */
function essence({ metadata }: KubeObject): string {
  return JSON.stringify([
    metadata.uid,
    metadata.generation,
    metadata.deletionTimestamp,
    metadata.finalizers ?? [],
    Object.entries(metadata.annotations ?? {}).sort(),
    Object.entries(metadata.labels ?? {}).sort(),
  ]);
}
