import type { KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, numberAt } from '../builtin/fields.ts';
import { scaledValue } from './pods/pod-template.ts';

/** One ReplicaSet of a Deployment as the rollout sees it. */
export interface SetView {
  readonly name: string;
  /** What it is asked for. */
  readonly replicas: number;
  /** What it says it has. */
  readonly actual: number;
  readonly available: number;
}

export interface Strategy {
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

export function setView(set: KubeObject): SetView {
  const status = fieldsAt(set, 'status');
  return {
    name: set.metadata.name,
    replicas: numberAt(fieldsAt(set, 'spec'), 'replicas') ?? 1,
    actual: numberAt(status, 'replicas') ?? 0,
    available: numberAt(status, 'availableReplicas') ?? 0,
  };
}

/** Numbers of a rolling update. Both bounds at zero would never move, so that one pod may then be missing. */
export function strategyOf(deployment: KubeObject): Strategy {
  const spec = fieldsAt(deployment, 'spec');
  const replicas = numberAt(spec, 'replicas') ?? 1;
  const rolling = fieldsAt(spec, 'strategy', 'rollingUpdate');
  if (isRecreate(spec)) return { replicas, maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = scaledValue(rolling['maxSurge'], replicas, 'up', 0);
  const maxUnavailable = Math.min(replicas, scaledValue(rolling['maxUnavailable'], replicas, 'down', 0));
  return { replicas, maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

export function isRecreate(spec: Fields): boolean {
  return fieldsAt(spec, 'strategy')['type'] === 'Recreate';
}

const total = (sets: readonly SetView[], of: (set: SetView) => number): number =>
  sets.reduce((sum, set) => sum + of(set), 0);

/**
 * The sizes that a rolling update may ask for now: at most `replicas + maxSurge` pods are asked for, and pods are taken
 * from old sets only while `replicas - maxUnavailable` stay available. Old pods that are not available go first.
 * Only sets whose size changes are in the answer.
 */
export function rollingSizes(
  newest: SetView,
  old: readonly SetView[],
  strategy: Strategy,
): ReadonlyMap<string, number> {
  const grown = grownSize(newest, old, strategy);
  return grown === newest.replicas ? shrunkSizes(newest, old, strategy) : new Map([[newest.name, grown]]);
}

function grownSize(newest: SetView, old: readonly SetView[], { replicas, maxSurge }: Strategy): number {
  if (newest.replicas >= replicas) return replicas;
  const asked = newest.replicas + total(old, (set) => set.replicas);
  return newest.replicas + Math.max(0, Math.min(replicas + maxSurge - asked, replicas - newest.replicas));
}

function shrunkSizes(
  newest: SetView,
  old: readonly SetView[],
  { replicas, maxUnavailable }: Strategy,
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const asked = newest.replicas + total(old, (set) => set.replicas);
  const leastAvailable = replicas - maxUnavailable;
  let removable = asked - leastAvailable - (newest.replicas - newest.available);
  for (const set of old) {
    const unhealthy = Math.min(Math.max(0, removable), set.replicas - Math.min(set.available, set.replicas));
    if (unhealthy > 0) sizes.set(set.name, set.replicas - unhealthy);
    removable -= unhealthy;
  }
  let spare = newest.available + total(old, (set) => set.available) - leastAvailable;
  for (const set of old) {
    const size = sizes.get(set.name) ?? set.replicas;
    const taken = Math.min(Math.max(0, spare), Math.max(0, removable), size);
    if (taken > 0) sizes.set(set.name, size - taken);
    spare -= taken;
    removable -= taken;
  }
  return sizes;
}

/** `Recreate`: nothing old may be left before anything new is made. */
export function recreateSizes(
  newest: SetView | undefined,
  old: readonly SetView[],
  replicas: number,
  oldPodsLeft: boolean,
): ReadonlyMap<string, number> {
  const shrinking = old.filter((set) => set.replicas > 0);
  if (shrinking.length > 0) return new Map(shrinking.map((set) => [set.name, 0]));
  if (oldPodsLeft || newest === undefined || newest.replicas === replicas) return new Map();
  return new Map([[newest.name, replicas]]);
}
