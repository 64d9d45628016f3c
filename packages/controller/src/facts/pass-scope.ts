import type { StageSet } from '@stageset/api';
import { type ObjectRef, parseApiVersion } from '@stageset/k8s';
import { kindInterest, type Target } from '../tenancy/target.ts';
import type { TargetState, TargetUser } from '../tenancy/targets.ts';
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

  /** A kind as the target watches it; what becomes of it wakes the StageSet. */
  async kind(ref: ObjectRef, { key, objects }: Target): Promise<WatchedKind> {
    this.interests.add(kindInterest(key, ref));
    const kind = objects.known(ref) ?? (await objects.find(ref, this.signal));
    if (kind.state === 'unknown') this.interests.add(`crd:${parseApiVersion(ref.apiVersion).group}/${ref.kind}`);
    return kind;
  }
}

/** Why a target is not open, in words. */
export function whyNot(state: Exclude<TargetState, { state: 'open' }>): string {
  return state.state === 'failed' ? state.failure.message : `${state.waitingFor} is being read`;
}
