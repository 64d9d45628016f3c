import {
  ApiError,
  deepEqual,
  type KubeObject,
  labelSelectorOf,
  matchesLabels,
  type ObjectRef,
  refOf,
} from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, numberAt } from '../builtin/fields.ts';
import { withConditions } from './conditions.ts';
import { type Controller, controllerRef } from './controller.ts';
import type { EventRecorder } from './events/recorder.ts';
import type { NameSource } from './names.ts';
import { countPods, isActive, isReady, phaseOf } from './pods/pod-state.ts';
import { controllerReference, podOf, templateOf } from './pods/pod-template.ts';
import { backOffMs, REPLACEMENT_BACK_OFF_MS } from './timing.ts';
import { controllerOf, type World } from './world.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const SOURCE = { component: 'replicaset-controller' };

/** Which pods go first: those that are no loss, then the youngest. */
export function leastWanted(a: KubeObject, b: KubeObject): number {
  const readiness = Number(isReady(a)) - Number(isReady(b));
  if (readiness !== 0) return readiness;
  return (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}

/** Keeps as many pods as a ReplicaSet asks for. */
export function replicaSetController(world: World, names: NameSource, events: EventRecorder): Controller {
  /** How often in a row the API has refused the pods of a set, by its uid. */
  const refusals = new Map<string, number>();

  const createPods = (owner: KubeObject, count: number): void => {
    const template = templateOf(owner);
    for (let made = 0; made < count; made++) {
      const generateName = `${owner.metadata.name}-`;
      const name = `${generateName}${names.suffix()}`;
      world.registry.create(podOf(owner, template, { name, generateName }), WRITER);
      events.record(SOURCE, owner, { reason: 'SuccessfulCreate', message: `Created pod: ${name}` });
    }
  };

  /** Pods that keep failing are replaced at growing distances. */
  const replacementWaitMs = (failed: readonly KubeObject[]): number => {
    const last = failed.at(-1);
    if (last === undefined) return 0;
    const sinceMs = world.now() - Date.parse(last.metadata.creationTimestamp ?? world.nowIso());
    return Math.max(0, backOffMs(failed.length - 1, REPLACEMENT_BACK_OFF_MS) - sinceMs);
  };

  /** Makes pods; what the API refuses is tried again later, and said in the set's status meanwhile. */
  const grow = (owner: KubeObject, pods: readonly KubeObject[], missing: number): Scaled => {
    const waitMs = replacementWaitMs(pods.filter((pod) => phaseOf(pod) === 'Failed'));
    if (waitMs > 0) return { againMs: waitMs, refusal: undefined };
    const { uid = '' } = owner.metadata;
    try {
      createPods(owner, missing);
      refusals.delete(uid);
      return DONE;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const times = refusals.get(uid) ?? 0;
      refusals.set(uid, times + 1);
      events.record(SOURCE, owner, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Error creating: ${error.message}`,
      });
      return { againMs: backOffMs(times, REPLACEMENT_BACK_OFF_MS), refusal: error };
    }
  };

  const scale = (owner: KubeObject, pods: readonly KubeObject[]): Scaled => {
    if (owner.metadata.deletionTimestamp !== undefined) return DONE;
    const active = pods.filter(isActive);
    const missing = (numberAt(fieldsAt(owner, 'spec'), 'replicas') ?? 1) - active.length;
    if (missing > 0) return grow(owner, pods, missing);
    if (missing < 0) {
      for (const pod of active.toSorted(leastWanted).slice(0, -missing)) {
        world.registry.delete(refOf(pod));
        events.record(SOURCE, owner, { reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
      }
    }
    return DONE;
  };

  const reconcile = (ref: ObjectRef): number | undefined => {
    const owner = world.registry.get(ref);
    if (owner === undefined) return undefined;
    adoptPods(world, owner);
    const scaled = scale(owner, world.controlled(owner, 'Pod'));
    const { status, againMs } = replicaSetStatus(owner, world.controlled(owner, 'Pod'), world.now());
    const conditions = failureConditions(owner, scaled.refusal, world.nowIso());
    writeStatus(world, owner, { ...status, conditions: conditions.length === 0 ? null : conditions });
    return least(scaled.againMs, againMs);
  };

  return {
    name: 'replica-set',
    kinds: ['ReplicaSet', 'Pod'],
    *concerns({ type, object }) {
      if (object.kind === 'ReplicaSet') {
        if (type === 'deleted') refusals.delete(object.metadata.uid ?? '');
        yield refOf(object);
      } else {
        yield* controllerRef(object, 'ReplicaSet');
        if (type === 'deleted' || controllerOf(object) !== undefined) return;
        for (const set of world.inNamespace(object.metadata.namespace ?? '', 'ReplicaSet')) {
          if (selects(set, object)) yield refOf(set);
        }
      }
    },
    reconcile,
  };
}

function selects(set: KubeObject, pod: KubeObject): boolean {
  return matchesLabels(labelSelectorOf(fieldsAt(set, 'spec', 'selector')), pod.metadata.labels);
}

/** Pods that nobody controls and that a set selects become its own. */
function adoptPods(world: World, owner: KubeObject): void {
  if (owner.metadata.deletionTimestamp !== undefined) return;
  for (const pod of world.orphans(owner.metadata.namespace ?? '', 'Pod')) {
    if (!isActive(pod) || !selects(owner, pod)) continue;
    const ownerReferences = [...(pod.metadata.ownerReferences ?? []), controllerReference(owner)];
    world.registry.patch(refOf(pod), { type: 'merge', patch: { metadata: { ownerReferences } } }, WRITER);
  }
}

/** What came of bringing a set to its size. */
interface Scaled {
  readonly againMs: number | undefined;
  readonly refusal: ApiError | undefined;
}

const DONE: Scaled = { againMs: undefined, refusal: undefined };

/** `ReplicaFailure` is there while pods cannot be made, and not otherwise. */
function failureConditions(owner: KubeObject, refusal: ApiError | undefined, nowIso: string): readonly Fields[] {
  const status = fieldsAt(owner, 'status');
  const others = listAt(status, 'conditions').filter(({ type }) => type !== 'ReplicaFailure');
  if (refusal === undefined) return others;
  const { message } = refusal;
  return withConditions(status, [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }], nowIso);
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
  const present = fieldsAt(object, 'status');
  const isSaid = Object.entries(status).every(([name, value]) =>
    value === null ? present[name] === undefined : deepEqual(present[name], value),
  );
  if (isSaid) return;
  world.registry.patchStatus(refOf(object), status, WRITER);
}
