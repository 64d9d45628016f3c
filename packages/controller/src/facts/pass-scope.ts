import type { StageSet } from '@stageset/api';
import type { Entry, Failure } from '@stageset/delivery';
import { type ObjectRef, parseApiVersion } from '@stageset/k8s';
import { parseLocation } from '../tenancy/kube-config.ts';
import { kindInterest, type Target } from '../tenancy/target.ts';
import { accountOf, type TargetState, type TargetUser } from '../tenancy/targets.ts';
import type { Memory } from './memory.ts';
import type { WatchedKind } from './watched-kinds.ts';
import { keyOf, type World } from './world.ts';

/** What reading the facts of one StageSet works with, and what it has asked about on the way: that is what wakes it. */
export class PassScope {
  readonly world: World;
  readonly stageSet: StageSet;
  readonly signal: AbortSignal;
  readonly memory: Memory;
  readonly namespace: string;
  readonly name: string;
  readonly interests = new Set<string>();
  /** Keys of the targets that this pass uses. */
  readonly used = new Set<string>();
  readonly user: TargetUser;
  readonly #targets = new Map<string | undefined, TargetState>();
  readonly #elsewhere = new Map<string, TargetState>();

  constructor(world: World, stageSet: StageSet, signal: AbortSignal) {
    this.world = world;
    this.stageSet = stageSet;
    this.signal = signal;
    this.memory = world.memory(keyOf(stageSet));
    this.namespace = stageSet.metadata.namespace ?? '';
    this.name = stageSet.metadata.name;
    this.user = { key: keyOf(stageSet), interests: this.interests, used: this.used };
  }

  /** The cluster as that account, asked for once a pass. */
  target(account: string | undefined): TargetState {
    const known = this.#targets.get(account) ?? this.world.targets.of(this.stageSet, account, this.user);
    this.#targets.set(account, known);
    return known;
  }

  /** The cluster where an inventory says that an object is, as the account that applied it. */
  targetAt({ sa, at }: Pick<Entry, 'sa' | 'at'>): TargetState {
    if (at === this.location) return this.target(sa);
    const place = at === undefined ? undefined : parseLocation(at);
    if (at !== undefined && place === undefined) return { state: 'failed', failure: notALocation(at) };
    const key = `${sa ?? ''} ${at ?? ''}`;
    const known = this.#elsewhere.get(key) ?? this.world.targets.at(this.stageSet, sa, place?.ref, this.user);
    this.#elsewhere.set(key, known);
    return known;
  }

  /**
   * Where this pass delivers to, as inventories say it. Undefined: to the controller's own cluster, or to nowhere, since it
   * is a teardown or no cluster can be had.
   */
  get location(): string | undefined {
    const { metadata, spec } = this.stageSet;
    if (metadata.deletionTimestamp !== undefined || spec.kubeConfig === undefined) return undefined;
    for (const stage of spec.stages) {
      const state = this.target(accountOf(spec, stage));
      if (state.state === 'open') return state.target.location;
    }
    return undefined;
  }

  /** A kind as the target watches it; what becomes of it wakes the StageSet. */
  async kind(ref: ObjectRef, { key, objects }: Target): Promise<WatchedKind> {
    this.interests.add(kindInterest(key, ref));
    const kind = objects.known(ref) ?? (await objects.find(ref, this.signal));
    if (kind.state === 'unknown') this.interests.add(`crd:${parseApiVersion(ref.apiVersion).group}/${ref.kind}`);
    return kind;
  }
}

function notALocation(at: string): Omit<Failure, 'stage'> {
  const message = `${JSON.stringify(at)} is recorded as the cluster of some objects, and is none`;
  return { reason: 'StageFailed', operation: 'connect to target cluster', message, retry: 'slowly' };
}

/** Why a target is not open, in words. */
export function whyNot(state: Exclude<TargetState, { state: 'open' }>): string {
  return state.state === 'failed' ? state.failure.message : `${state.waitingFor} is being read`;
}
