import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, numberAt } from '../builtin/fields.ts';
import { type Controller, controllerRef } from './controller.ts';
import type { NameSource } from './names.ts';
import { countPods, isActive, isReady, phaseOf } from './pod-state.ts';
import { podOf, templateOf } from './pod-template.ts';
import { backOffMs, REPLACEMENT_BACK_OFF_MS } from './timing.ts';
import type { World } from './world.ts';

/** Which pods go first: those that are no loss, then the youngest. */
export function leastWanted(a: KubeObject, b: KubeObject): number {
  const readiness = Number(isReady(a)) - Number(isReady(b));
  if (readiness !== 0) return readiness;
  return (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}

/** Keeps as many pods as a ReplicaSet asks for. */
export function replicaSetController(world: World, names: NameSource): Controller {
  const createPods = (owner: KubeObject, count: number): void => {
    const template = templateOf(owner);
    for (let made = 0; made < count; made++) {
      const generateName = `${owner.metadata.name}-`;
      const name = `${generateName}${names.suffix()}`;
      world.registry.create(podOf(owner, template, { name, generateName }), {
        fieldManager: 'kube-controller-manager',
      });
    }
  };

  /** Pods that keep failing are replaced at growing distances. */
  const replacementWaitMs = (failed: readonly KubeObject[]): number => {
    const last = failed.at(-1);
    if (last === undefined) return 0;
    const sinceMs = world.now() - Date.parse(last.metadata.creationTimestamp ?? world.nowIso());
    return Math.max(0, backOffMs(failed.length - 1, REPLACEMENT_BACK_OFF_MS) - sinceMs);
  };

  const scale = (owner: KubeObject, pods: readonly KubeObject[]): number | undefined => {
    if (owner.metadata.deletionTimestamp !== undefined) return undefined;
    const active = pods.filter(isActive);
    const missing = (numberAt(fieldsAt(owner, 'spec'), 'replicas') ?? 1) - active.length;
    if (missing > 0) {
      const waitMs = replacementWaitMs(pods.filter((pod) => phaseOf(pod) === 'Failed'));
      if (waitMs > 0) return waitMs;
      createPods(owner, missing);
    }
    if (missing < 0) {
      for (const pod of active.toSorted(leastWanted).slice(0, -missing)) world.registry.delete(refOf(pod));
    }
    return undefined;
  };

  const reconcile = (ref: ObjectRef): number | undefined => {
    const owner = world.registry.get(ref);
    if (owner === undefined) return undefined;
    const retryMs = scale(owner, world.controlled(owner, 'Pod'));
    const { status, againMs } = replicaSetStatus(owner, world.controlled(owner, 'Pod'), world.now());
    writeStatus(world, owner, status);
    return least(retryMs, againMs);
  };

  return {
    name: 'replica-set',
    kinds: ['ReplicaSet', 'Pod'],
    *concerns({ object }) {
      if (object.kind === 'ReplicaSet') yield refOf(object);
      else yield* controllerRef(object, 'ReplicaSet');
    },
    reconcile,
  };
}

function replicaSetStatus(
  owner: KubeObject,
  pods: readonly KubeObject[],
  nowMs: number,
): { readonly status: Fields; readonly againMs: number | undefined } {
  const active = pods.filter(isActive);
  const { ready, available, againMs } = countPods(
    active,
    numberAt(fieldsAt(owner, 'spec'), 'minReadySeconds') ?? 0,
    nowMs,
  );
  const status = {
    replicas: active.length,
    fullyLabeledReplicas: orNull(active.length),
    readyReplicas: orNull(ready),
    availableReplicas: orNull(available),
    terminatingReplicas: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
    observedGeneration: owner.metadata.generation,
  };
  return { status, againMs };
}

/** Counts of nothing are left out of a status; in a merge patch null does that. */
export function orNull(count: number): number | null {
  return count === 0 ? null : count;
}

/** The sooner of two waits. */
export function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

/** Patches a status; one that says the same already is not written. */
export function writeStatus(world: World, object: KubeObject, status: Readonly<Fields>): void {
  world.registry.patchStatus(refOf(object), status, { fieldManager: 'kube-controller-manager' });
}
