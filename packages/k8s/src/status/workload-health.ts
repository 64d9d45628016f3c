import { isJsonObject, type JsonObject } from '../json/value.ts';
import { failed, type ObjectStatus, type StatusOptions } from './object-status.ts';
import { computeStatus, kindKey, readably } from './status.ts';
import { StatusReader, UnreadableStatusError } from './status-reader.ts';

/** Workloads whose pods say more than they do themselves. */
const WITH_PODS: ReadonlySet<string> = new Set([
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'batch/Job',
]);
/** As in kstatus: of these, a pod that fails fails the whole. A Deployment has its own deadline for that. */
const FAILS_WITH_PODS: ReadonlySet<string> = new Set(['apps/ReplicaSet', 'apps/StatefulSet']);
/** Not worth a word: every container waits like this for a moment. */
const STARTING: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** Whether the pods of an object would add to what it says of itself. */
export function hasPods(object: JsonObject): boolean {
  return WITH_PODS.has(kindKey(new StatusReader(object)));
}

/**
 * The health of a workload that is in progress, with what its pods say: of a StatefulSet or ReplicaSet, a pod that
 * crash-loops means that it has failed; of every kind, the first pod in trouble is told with the reason. Pods that are being
 * deleted, belong to another owner, or to an older revision of a StatefulSet do not count.
 *
 * @param own what {@link computeHealth} said of the workload.
 * @param pods those that its selector matches.
 */
export function withPods(
  own: ObjectStatus,
  workload: JsonObject,
  pods: readonly JsonObject[],
  options: StatusOptions = {},
): ObjectStatus {
  if (own.status !== 'InProgress') return own;
  return readably(() => {
    const owner = new StatusReader(workload);
    const kind = kindKey(owner);
    const told = pods.flatMap((pod) => {
      const reader = new StatusReader(pod);
      if (!isOf(reader, owner, kind)) return [];
      const trouble = troubleOf(reader);
      return trouble === undefined
        ? []
        : [{ pod, words: `Pod ${reader.text(['metadata', 'name']) ?? ''}: ${trouble}` }];
    });
    const fails = FAILS_WITH_PODS.has(kind) ? told.find(({ pod }) => isFailing(pod, options)) : undefined;
    if (fails !== undefined) return failed('PodFailing', fails.words);
    const [first] = told;
    return first === undefined ? own : { ...own, message: `${own.message}; ${first.words}` };
  });
}

function isOf(pod: StatusReader, workload: StatusReader, kind: string): boolean {
  if ((pod.text(['metadata', 'deletionTimestamp']) ?? '') !== '') return false;
  // A Deployment's pods belong to its ReplicaSets.
  if (kind === 'apps/Deployment') return true;
  const uid = workload.text(['metadata', 'uid']);
  const owners = pod.requireList(['metadata', 'ownerReferences']);
  if (!owners.some((owner) => isJsonObject(owner) && owner['uid'] === uid)) return false;
  const revision = workload.text(['status', 'updateRevision']) ?? '';
  const of = pod.text(['metadata', 'labels', 'controller-revision-hash']) ?? '';
  return kind !== 'apps/StatefulSet' || revision === '' || of === '' || of === revision;
}

/** By the rule of kstatus; a pod that waits for a node may still find one. */
function isFailing(pod: JsonObject, options: StatusOptions): boolean {
  const { status, reason } = computeStatus(pod, options);
  return status === 'Failed' && reason !== 'PodUnschedulable';
}

/**
 * What keeps a pod from running, in words: that no node takes it, or what its first container in trouble says. `undefined`
 * while it only starts, and when it has succeeded.
 */
export function podTrouble(pod: JsonObject): string | undefined {
  try {
    return troubleOf(new StatusReader(pod));
  } catch (error) {
    if (error instanceof UnreadableStatusError) return undefined;
    throw error;
  }
}

function troubleOf(pod: StatusReader): string | undefined {
  if (pod.text(['status', 'phase']) === 'Succeeded') return undefined;
  const scheduled = pod.condition('PodScheduled', 'False');
  if (scheduled !== undefined && scheduled.message !== '') return scheduled.message;
  const containers = ['initContainerStatuses', 'containerStatuses'].flatMap((list) =>
    pod.requireList(['status', list]).filter(isJsonObject),
  );
  for (const container of containers) {
    const trouble = containerTrouble(new StatusReader(container));
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function containerTrouble(container: StatusReader): string | undefined {
  const name = container.text(['name']) ?? '';
  const reason = container.text(['state', 'waiting', 'reason']) ?? '';
  const code = (state: string): number => container.integer([state, 'terminated', 'exitCode'], 0);
  if (reason !== '' && !STARTING.has(reason)) {
    const message = container.text(['state', 'waiting', 'message']) ?? '';
    const more = code('lastState') === 0 ? message : `it exited with ${code('lastState')}`;
    return `container ${name} waits (${reason})${more === '' ? '' : `: ${more}`}`;
  }
  return code('state') === 0 ? undefined : `container ${name} exited with ${code('state')}`;
}
