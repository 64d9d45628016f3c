import { current, failed, inProgress, type ObjectStatus, type StatusOptions } from './object-status.ts';
import { podStatus } from './pod-rule.ts';
import type { StatusReader } from './status-reader.ts';
import { daemonSetStatus, deploymentStatus, replicaSetStatus, statefulSetStatus } from './workload-rules.ts';

/** What a kind's own fields say once the generic rules have passed. */
export type KindRule = (reader: StatusReader, options: StatusOptions) => ObjectStatus;

const alwaysReady: KindRule = () => current('Resource is always ready');

/** Kinds with a rule of their own, by `group/Kind`. */
export const KIND_RULES: ReadonlyMap<string, KindRule> = new Map<string, KindRule>([
  ['ConfigMap', alwaysReady],
  ['Secret', alwaysReady],
  ['Service', serviceStatus],
  ['PersistentVolumeClaim', claimStatus],
  ['Pod', podStatus],
  ['apiextensions.k8s.io/CustomResourceDefinition', definitionStatus],
  ['apps/DaemonSet', daemonSetStatus],
  ['apps/Deployment', deploymentStatus],
  ['apps/ReplicaSet', replicaSetStatus],
  ['apps/StatefulSet', statefulSetStatus],
  ['batch/CronJob', alwaysReady],
  ['batch/Job', jobStatus],
  ['extensions/DaemonSet', daemonSetStatus],
  ['extensions/Deployment', deploymentStatus],
  ['extensions/ReplicaSet', replicaSetStatus],
  ['policy/PodDisruptionBudget', () => current('AllowedDisruptions has been computed.')],
]);

/** An external address is not asked for: clusters without a load balancer would never be ready. */
function serviceStatus(reader: StatusReader): ObjectStatus {
  if (reader.text(['spec', 'type']) === 'LoadBalancer' && (reader.text(['spec', 'clusterIP']) ?? '') === '') {
    return inProgress('NoIPAssigned', 'ClusterIP not set. Service type: LoadBalancer');
  }
  return current('Service is ready');
}

function claimStatus(reader: StatusReader): ObjectStatus {
  const phase = reader.text(['status', 'phase']) ?? 'unknown';
  return phase === 'Bound' ? current('PVC is Bound') : inProgress('NotBound', `PVC is not Bound. phase: ${phase}`);
}

function definitionStatus(reader: StatusReader): ObjectStatus {
  for (const { type, status, reason, message } of reader.conditions()) {
    if (type === 'NamesAccepted' && status === 'False') return failed(reason, message);
    if (type !== 'Established') continue;
    if (status === 'False' && reason !== 'Installing') return failed(reason, message);
    if (status === 'True') return current('CRD is established');
  }
  return inProgress('Installing', 'Install in progress');
}

function jobStatus(reader: StatusReader): ObjectStatus {
  const finished = finishedJob(reader);
  if (finished !== undefined) return finished;
  if ((reader.text(['status', 'startTime']) ?? '') === '') return inProgress('JobNotStarted', 'Job not started');
  return current(jobProgress(reader));
}

/** Complete or failed, whichever condition comes first; `undefined` while neither holds. */
export function finishedJob(reader: StatusReader): ObjectStatus | undefined {
  const completions = reader.integer(['spec', 'completions'], reader.integer(['spec', 'parallelism'], 1));
  for (const { type, status } of reader.conditions()) {
    if (status !== 'True') continue;
    if (type === 'Complete') {
      return current(`Job Completed. succeeded: ${reader.integer(['status', 'succeeded'], 0)}/${completions}`);
    }
    if (type === 'Failed') {
      return failed('JobFailed', `Job Failed. failed: ${reader.integer(['status', 'failed'], 0)}/${completions}`);
    }
  }
  return undefined;
}

export function jobProgress(reader: StatusReader): string {
  const count = (field: string): number => reader.integer(['status', field], 0);
  return `Job in progress. success:${count('succeeded')}, active: ${count('active')}, failed: ${count('failed')}`;
}
