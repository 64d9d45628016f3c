import { type KubeObject, type ObjectRef, refOf, type Schema } from '@stageset/k8s';
import { fieldsAt, isFields, numberAt } from '../builtin/fields.ts';
import type { WriteHook } from '../registry/hooks.ts';
import { hasStatus, type KindDefinition } from '../registry/kind.ts';
import { type Condition, conditionOf, withConditions } from './conditions.ts';
import type { Controller } from './controller.ts';
import { isFinished } from './jobs.ts';
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

/** Whether the status of a kind holds conditions at all. */
function takesConditions(kind: KindDefinition): boolean {
  if (kind.origin !== 'custom' || !hasStatus(kind)) return false;
  const status: Schema | undefined = kind.schema()?.properties?.['status'];
  return status?.properties?.['conditions'] !== undefined || status?.['x-kubernetes-preserve-unknown-fields'] === true;
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

function waiting(operator: ObjectRef, generation: number | undefined): Condition {
  const { kind, namespace, name } = operator;
  return {
    type: 'Ready',
    status: 'False',
    reason: 'WaitingForOperator',
    message: `waiting for ${kind} ${namespace}/${name} to be healthy`,
    observedGeneration: generation,
  };
}

/** Puts the first status of a custom resource that waits for an operator into the write that creates or changes it. */
export const OPERATOR_WAIT: WriteHook = {
  name: 'simulated-operator-wait',
  admit: (object, { operation, subresource, kind, registry, old }) => {
    if (operation === 'delete' || subresource !== undefined || kind.origin !== 'custom') return object;
    const operator = operatorOf(object);
    const isSame = old !== undefined && old.metadata.generation === object.metadata.generation;
    if (operator === undefined || isSame || !takesConditions(kind)) return object;
    const { generation } = object.metadata;
    const status = isFields(object['status']) ? object['status'] : {};
    const nowIso = isoSeconds(registry.clock.now());
    const conditions = withConditions(status, [waiting(operator, generation)], nowIso);
    return { ...object, status: { ...status, ...observed(kind, generation), conditions } };
  },
};

function observed(kind: KindDefinition, generation: number | undefined): Record<string, unknown> {
  const status: Schema | undefined = kind.schema()?.properties?.['status'];
  const knows = status?.properties?.['observedGeneration'] !== undefined;
  return knows || status?.['x-kubernetes-preserve-unknown-fields'] === true ? { observedGeneration: generation } : {};
}

/** Reconciles custom resources once the workload that stands for their operator is healthy. */
export function operatorController(world: World, timing: Timing): Controller {
  /** Who waits for whom, by the key of the operator. */
  const waiters = new Map<string, Map<string, ObjectRef>>();
  const readySinceMs = new Map<string, number>();

  const reconcile = (ref: ObjectRef): number | undefined => {
    const object = world.registry.get(ref);
    const operator = object === undefined ? undefined : operatorOf(object);
    const kind = world.registry.kindOf(ref);
    if (object === undefined || operator === undefined || kind === undefined || !takesConditions(kind))
      return undefined;
    const { generation, deletionTimestamp } = object.metadata;
    const present = conditionOf(fieldsAt(object, 'status'), 'Ready');
    const isDone = present?.['status'] === 'True' && present['observedGeneration'] === generation;
    if (isDone || deletionTimestamp !== undefined) return undefined;
    const key = `${keyOf(ref)}#${generation}`;
    if (!isHealthy(world.registry.get(operator))) {
      readySinceMs.delete(key);
      return undefined;
    }
    const sinceMs = readySinceMs.get(key) ?? world.now();
    readySinceMs.set(key, sinceMs);
    const waitMs = sinceMs + timing.operatorMs - world.now();
    if (waitMs > 0) return waitMs;
    readySinceMs.delete(key);
    const ready: Condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Reconciled',
      message: `reconciled by ${operator.kind} ${operator.namespace}/${operator.name}`,
      observedGeneration: generation,
    };
    const conditions = withConditions(fieldsAt(object, 'status'), [ready], world.nowIso());
    world.registry.patchStatus(ref, { ...observed(kind, generation), conditions }, WRITER);
    return undefined;
  };

  return {
    name: 'operator',
    *concerns({ type, object, kind }) {
      const key = keyOf(refOf(object));
      if (Object.hasOwn(GROUPS, kindKey(object))) yield* waiters.get(key)?.values() ?? [];
      if (kind.origin !== 'custom') return;
      const operator = operatorOf(object);
      if (operator === undefined) return;
      const mine = waiters.get(keyOf(operator)) ?? new Map<string, ObjectRef>();
      if (type === 'deleted') mine.delete(key);
      else mine.set(key, refOf(object));
      if (mine.size === 0) waiters.delete(keyOf(operator));
      else waiters.set(keyOf(operator), mine);
      if (type !== 'deleted') yield refOf(object);
    },
    reconcile,
  };
}
