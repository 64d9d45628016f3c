import { type KubeObject, type ObjectRef, refOf, type Schema } from '@stageset/k8s';
import { fieldsAt, isFields, numberAt } from '../builtin/fields.ts';
import type { WriteHook } from '../registry/hooks.ts';
import { hasStatus, type KindDefinition } from '../registry/kind.ts';
import { type Condition, conditionOf, withConditions } from './conditions.ts';
import type { Controller } from './controller.ts';
import { isFinished } from './jobs/job-controller.ts';
import type { Behaviour } from './scenario/behaviour.ts';
import type { Directions } from './scenario/directions.ts';
import type { Timing } from './timing.ts';
import { isoSeconds, keyOf, kindKey, type World } from './world.ts';

/** `Deployment/platform-system/platform-operator`: this custom resource is reconciled once that object is healthy. */
export const READY_AFTER = 'stages.metio.wtf/simulate-ready-after';

const WRITER = { fieldManager: 'simulated-operator' };

const GROUPS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  Pod: 'v1',
};

/** What an annotation names; `undefined` when it names nothing that can be waited for. */
export function operatorOf(object: KubeObject): ObjectRef | undefined {
  const [kind = '', namespace = '', name = ''] = (object.metadata.annotations?.[READY_AFTER] ?? '').split('/');
  const apiVersion = Object.hasOwn(GROUPS, kind) ? GROUPS[kind] : undefined;
  return apiVersion === undefined || name === '' ? undefined : { apiVersion, kind, namespace, name };
}

/** Whether the status of a kind holds a field: one of its schema, or any. */
function holds(kind: KindDefinition, field: string): boolean {
  const schema = kind.schema();
  const status: Schema | undefined = schema?.properties?.['status'];
  const open = status ?? schema;
  return status?.properties?.[field] !== undefined || open?.['x-kubernetes-preserve-unknown-fields'] === true;
}

/** Whether the status of a kind holds conditions at all. */
function takesConditions(kind: KindDefinition): boolean {
  return kind.origin === 'custom' && hasStatus(kind) && holds(kind, 'conditions');
}

/** Whether a workload has come to what it was asked for, in its present generation. */
export function isHealthy(object: KubeObject | undefined): boolean {
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return false;
  const status = fieldsAt(object, 'status');
  const isObserved = numberAt(status, 'observedGeneration') === object.metadata.generation;
  const wanted = numberAt(fieldsAt(object, 'spec'), 'replicas') ?? 1;
  const count = (name: string) => numberAt(status, name) ?? 0;
  switch (object.kind) {
    case 'Job':
      return isFinished(object) && conditionOf(status, 'Complete')?.['status'] === 'True';
    case 'Pod':
      return conditionOf(status, 'Ready')?.['status'] === 'True' || status['phase'] === 'Succeeded';
    case 'DaemonSet':
      return isObserved && count('numberAvailable') >= count('desiredNumberScheduled');
    case 'ReplicaSet':
      return isObserved && count('availableReplicas') >= wanted;
    default:
      return isObserved && count('updatedReplicas') >= wanted && count('availableReplicas') >= wanted;
  }
}

/** What a custom resource is told to do, and for which workload it waits before that. */
interface Plan {
  readonly operator: ObjectRef | undefined;
  readonly behaviour: Behaviour;
}

const RECONCILED: Behaviour = { word: 'run' };

/** `undefined`: nobody reconciles this object. */
function planOf(directions: Directions, object: KubeObject): Plan | undefined {
  const operator = operatorOf(object);
  const behaviour = directions.told(object);
  return operator === undefined && behaviour === undefined
    ? undefined
    : { operator, behaviour: behaviour ?? RECONCILED };
}

function waiting({ operator }: Plan, generation: number | undefined): Condition {
  const ready = { type: 'Ready', status: 'False', observedGeneration: generation } as const;
  if (operator === undefined) return { ...ready, reason: 'Progressing', message: 'reconciliation is under way' };
  const message = `waiting for ${operator.kind} ${operator.namespace}/${operator.name} to be healthy`;
  return { ...ready, reason: 'WaitingForOperator', message };
}

/** Puts the first status of a custom resource that is reconciled into the write that creates or changes it. */
export function operatorWait(directions: Directions): WriteHook {
  return {
    name: 'simulated-operator-wait',
    admit: (object, { operation, subresource, kind, registry, old }) => {
      if (operation === 'delete' || subresource !== undefined || kind.origin !== 'custom') return object;
      const isSame = old !== undefined && old.metadata.generation === object.metadata.generation;
      const plan = isSame || !takesConditions(kind) ? undefined : planOf(directions, object);
      if (plan === undefined) return object;
      const { generation } = object.metadata;
      const status = isFields(object['status']) ? object['status'] : {};
      const nowIso = isoSeconds(registry.clock.now());
      const conditions = withConditions(status, [waiting(plan, generation)], nowIso);
      return { ...object, status: { ...status, ...observed(kind, generation), conditions } };
    },
  };
}

function observed(kind: KindDefinition, generation: number | undefined): Record<string, unknown> {
  return holds(kind, 'observedGeneration') ? { observedGeneration: generation } : {};
}

/** A failed custom resource is tried again after this long. */
const RETRY_MS = 10_000;
const MOST_TRIES_REMEMBERED = 10_000;

export interface OperatorParts {
  readonly world: World;
  readonly directions: Directions;
  readonly timing: Timing;
}

/** Reconciles custom resources once the workload that stands for their operator is healthy, or fails to if told so. */
export function operatorController({ world, directions, timing }: OperatorParts): Controller {
  /** Who waits for whom, by the key of the operator. */
  const waiters = new Map<string, Map<string, ObjectRef>>();
  /** By key and generation of an object: since when it is being reconciled, and how often that has failed. */
  const tries = new Map<string, { readonly sinceMs: number; readonly failed: number }>();

  const remember = (key: string, sinceMs: number, failed: number): void => {
    tries.delete(key);
    tries.set(key, { sinceMs, failed });
    const [oldest] = tries.keys();
    if (tries.size > MOST_TRIES_REMEMBERED && oldest !== undefined) tries.delete(oldest);
  };

  const reconcile = (ref: ObjectRef): number | undefined => {
    const object = world.registry.get(ref);
    const kind = world.registry.kindOf(ref);
    if (object === undefined || kind === undefined || !takesConditions(kind)) return undefined;
    const plan = planOf(directions, object);
    if (plan === undefined || object.metadata.deletionTimestamp !== undefined) return undefined;
    const { generation } = object.metadata;
    if (isReconciled(object)) return undefined;
    const key = `${keyOf(ref)}#${generation}`;
    if (plan.operator !== undefined && !isHealthy(world.registry.get(plan.operator))) {
      tries.delete(key);
      return undefined;
    }
    const { sinceMs, failed } = tries.get(key) ?? { sinceMs: world.now(), failed: 0 };
    if (!tries.has(key)) remember(key, sinceMs, failed);
    const outcome = outcomeOf(plan.behaviour, failed, timing.operatorMs);
    if (outcome === undefined) return undefined;
    const waitMs = sinceMs + outcome.afterMs - world.now();
    if (waitMs > 0) return waitMs;
    const conditions = outcome.isReady ? readyConditions(object, plan) : failedConditions(plan, generation);
    const merged = withConditions(fieldsAt(object, 'status'), conditions, world.nowIso());
    if (outcome.isReady) tries.delete(key);
    else remember(key, world.now(), failed + 1);
    world.registry.patchStatus(ref, { ...observed(kind, generation), conditions: merged }, WRITER);
    const isTriedAgain = !outcome.isReady && plan.behaviour.times !== undefined;
    return isTriedAgain ? RETRY_MS : undefined;
  };

  return {
    name: 'operator',
    *concerns({ type, object, kind }) {
      const isWorkload = Object.hasOwn(GROUPS, kindKey(object));
      if (!isWorkload && kind.origin !== 'custom') return;
      const key = keyOf(refOf(object));
      if (isWorkload) yield* waiters.get(key)?.values() ?? [];
      if (kind.origin !== 'custom') return;
      const operator = operatorOf(object);
      if (operator !== undefined) {
        const mine = waiters.get(keyOf(operator)) ?? new Map<string, ObjectRef>();
        if (type === 'deleted') mine.delete(key);
        else mine.set(key, refOf(object));
        if (mine.size === 0) waiters.delete(keyOf(operator));
        else waiters.set(keyOf(operator), mine);
      }
      if (type !== 'deleted') yield refOf(object);
    },
    reconcile,
  };
}

function isReconciled(object: KubeObject): boolean {
  const ready = conditionOf(fieldsAt(object, 'status'), 'Ready');
  return ready?.['status'] === 'True' && ready['observedGeneration'] === object.metadata.generation;
}

/** How the present try ends, and when; `undefined` when it never does. */
function outcomeOf(
  { word, afterMs, forMs, times = Number.POSITIVE_INFINITY }: Behaviour,
  failed: number,
  operatorMs: number,
): { readonly isReady: boolean; readonly afterMs: number } | undefined {
  if (word === 'hold' || word === 'unready') return forMs === undefined ? undefined : { isReady: true, afterMs: forMs };
  if (word === 'fail' && failed >= times) return { isReady: true, afterMs: RETRY_MS };
  if (word !== 'fail') return { isReady: true, afterMs: afterMs ?? operatorMs };
  if (failed > 0 && times === Number.POSITIVE_INFINITY) return undefined;
  return { isReady: false, afterMs: failed === 0 ? (afterMs ?? operatorMs) : RETRY_MS };
}

function readyConditions(object: KubeObject, { operator }: Plan): readonly Condition[] {
  const by = operator === undefined ? '' : ` by ${operator.kind} ${operator.namespace}/${operator.name}`;
  const observedGeneration = object.metadata.generation;
  const ready: Condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Reconciled',
    message: `reconciled${by}`,
    observedGeneration,
  };
  if (conditionOf(fieldsAt(object, 'status'), 'Stalled') === undefined) return [ready];
  return [ready, { type: 'Stalled', status: 'False', reason: 'Reconciled', message: '', observedGeneration }];
}

/** `Stalled` tells those who wait that waiting does not help; without it an object is on its way. */
function failedConditions({ behaviour }: Plan, generation: number | undefined): readonly Condition[] {
  const { reason = 'ReconciliationFailed' } = behaviour;
  const said = { reason, message: 'told to fail by the simulation', observedGeneration: generation };
  return [
    { type: 'Ready', status: 'False', ...said },
    { type: 'Stalled', status: 'True', ...said },
  ];
}
