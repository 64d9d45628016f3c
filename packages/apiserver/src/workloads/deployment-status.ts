import type { KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, numberAt } from '../builtin/fields.ts';
import { type Condition, conditionOf, withConditions } from './conditions.ts';
import type { Strategy } from './deployment-plan.ts';
import { orNull } from './replica-sets.ts';

/** Sums over the ReplicaSets of a Deployment. */
export interface Progress {
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  readonly terminating: number;
}

export function progressOf(newest: KubeObject | undefined, all: readonly KubeObject[]): Progress {
  const sum = (name: string) => all.reduce((total, set) => total + (numberAt(fieldsAt(set, 'status'), name) ?? 0), 0);
  return {
    replicas: sum('replicas'),
    updated: newest === undefined ? 0 : (numberAt(fieldsAt(newest, 'status'), 'replicas') ?? 0),
    ready: sum('readyReplicas'),
    available: sum('availableReplicas'),
    terminating: sum('terminatingReplicas'),
  };
}

export function isComplete({ replicas, updated, available }: Progress, wanted: number): boolean {
  return updated === wanted && replicas === wanted && available === wanted;
}

function hasAdvanced(status: Fields, now: Progress): boolean {
  const was = (name: string) => numberAt(status, name) ?? 0;
  const oldLeft = was('replicas') - was('updatedReplicas');
  return (
    now.updated > was('updatedReplicas') ||
    now.replicas - now.updated < oldLeft ||
    now.ready > was('readyReplicas') ||
    now.available > was('availableReplicas')
  );
}

export interface StatusInput {
  readonly deployment: KubeObject;
  readonly newest: KubeObject | undefined;
  /** Whether the newest ReplicaSet was made in this pass. */
  readonly isNew: boolean;
  readonly progress: Progress;
  readonly strategy: Strategy;
  readonly nowIso: string;
  readonly nowMs: number;
}

/** What the Deployment says of itself, and in how many milliseconds its deadline passes if nothing moves. */
export function deploymentStatus(input: StatusInput): {
  readonly status: Fields;
  readonly againMs: number | undefined;
} {
  const { deployment, progress, strategy, nowIso, nowMs } = input;
  const old = fieldsAt(deployment, 'status');
  const unavailable = Math.max(0, strategy.replicas - progress.available);
  const wanted = [availability(progress, strategy), ...progressing(input, old)];
  const failure =
    input.newest === undefined ? undefined : conditionOf(fieldsAt(input.newest, 'status'), 'ReplicaFailure');
  if (failure !== undefined) wanted.push(failure as Condition);
  const conditions = withConditions(old, wanted, nowIso, 'lastUpdateTime').filter(
    ({ type }) => type !== 'ReplicaFailure' || failure !== undefined,
  );
  const status = {
    observedGeneration: deployment.metadata.generation,
    replicas: orNull(progress.replicas),
    updatedReplicas: orNull(progress.updated),
    readyReplicas: orNull(progress.ready),
    availableReplicas: orNull(progress.available),
    unavailableReplicas: orNull(unavailable),
    terminatingReplicas: progress.terminating,
    conditions,
  };
  const current = conditionOf({ conditions }, 'Progressing');
  return { status, againMs: untilDeadlineMs(deployment, current, nowMs) };
}

function availability({ available }: Progress, { replicas, maxUnavailable }: Strategy): Condition {
  return available >= replicas - maxUnavailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function progressing({ deployment, newest, isNew, progress, strategy, nowMs }: StatusInput, old: Fields): Condition[] {
  const present = conditionOf(old, 'Progressing');
  const spec = fieldsAt(deployment, 'spec');
  const says = (status: Condition['status'], reason: string, message: string): Condition[] => [
    { type: 'Progressing', status, reason, message },
  ];
  if (spec['paused'] === true) return says('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (present?.['reason'] === 'DeploymentPaused') return says('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  if (newest === undefined) return present === undefined ? [] : [present as Condition];
  const set = `ReplicaSet "${newest.metadata.name}"`;
  if (isComplete(progress, strategy.replicas)) {
    return says('True', 'NewReplicaSetAvailable', `${set} has successfully progressed.`);
  }
  if (isNew) return says('True', 'NewReplicaSetCreated', `Created new replica set "${newest.metadata.name}"`);
  if (hasAdvanced(old, progress) || present === undefined || present['reason'] === 'NewReplicaSetAvailable') {
    return says('True', 'ReplicaSetUpdated', `${set} is progressing.`);
  }
  if (untilDeadlineMs(deployment, present, nowMs) === 0) {
    return says('False', 'ProgressDeadlineExceeded', `${set} has timed out progressing.`);
  }
  return [present as Condition];
}

const FINISHED = new Set(['NewReplicaSetAvailable', 'ProgressDeadlineExceeded', 'DeploymentPaused']);

/** 0 when the deadline has passed; `undefined` when there is none to wait for. */
function untilDeadlineMs(deployment: KubeObject, progressing: Fields | undefined, nowMs: number): number | undefined {
  const seconds = numberAt(fieldsAt(deployment, 'spec'), 'progressDeadlineSeconds');
  const since = progressing?.['lastUpdateTime'];
  if (seconds === undefined || typeof since !== 'string' || FINISHED.has(String(progressing?.['reason']))) {
    return undefined;
  }
  return Math.max(0, Date.parse(since) + seconds * 1000 - nowMs);
}
