import { current, failed, inProgress, type ObjectStatus } from './object-status.ts';
import type { StatusReader } from './status-reader.ts';

/** A deadline of this many seconds means none, to the Deployment controller. */
const NO_DEADLINE_SECONDS = 2_147_483_647;

/** One requirement: `have` of `want`, told under a reason when it falls short. */
type Shortfall = readonly [reason: string, label: string, have: number, want: number];

/** The first requirement that is not met. */
function firstShort(requirements: readonly Shortfall[]): ObjectStatus | undefined {
  const short = requirements.find(([, , have, want]) => want > have);
  return short === undefined ? undefined : inProgress(short[0], `${short[1]}: ${short[2]}/${short[3]}`);
}

function extraPods(have: number, want: number): ObjectStatus | undefined {
  return have > want ? inProgress('ExtraPods', `Pending termination: ${have - want}`) : undefined;
}

const inStatus = (reader: StatusReader, field: string, missing = 0): number =>
  reader.integer(['status', field], missing);
const wantedReplicas = (reader: StatusReader): number => reader.integer(['spec', 'replicas'], 1);

export function deploymentStatus(reader: StatusReader): ObjectStatus {
  let available = false;
  // Without a deadline the controller sets no Progressing condition, so that none is waited for.
  let progressing = reader.integer(['spec', 'progressDeadlineSeconds'], NO_DEADLINE_SECONDS) === NO_DEADLINE_SECONDS;
  for (const { type, status, reason } of reader.conditions()) {
    if (type === 'Progressing' && reason === 'ProgressDeadlineExceeded') {
      return failed('ProgressDeadlineExceeded', 'Progress deadline exceeded');
    }
    if (type === 'Progressing' && status === 'True' && reason === 'NewReplicaSetAvailable') progressing = true;
    if (type === 'Available' && status === 'True') available = true;
  }
  const want = wantedReplicas(reader);
  const have = inStatus(reader, 'replicas');
  const updated = inStatus(reader, 'updatedReplicas');
  const short =
    firstShort([
      ['LessReplicas', 'Replicas', have, want],
      ['LessUpdated', 'Updated', updated, want],
    ]) ??
    extraPods(have, want) ??
    firstShort([
      ['LessAvailable', 'Available', inStatus(reader, 'availableReplicas'), updated],
      ['LessReady', 'Ready', inStatus(reader, 'readyReplicas'), want],
    ]);
  if (short !== undefined) return short;
  if (!progressing) return inProgress('ReplicaSetNotAvailable', 'ReplicaSet not Available');
  if (!available) return inProgress('DeploymentNotAvailable', 'Deployment not Available');
  return current(`Deployment is available. Replicas: ${have}`);
}

export function replicaSetStatus(reader: StatusReader): ObjectStatus {
  if (reader.condition('ReplicaFailure', 'True') !== undefined) {
    return inProgress('ReplicaFailure', 'Replica Failure condition. Check Pods');
  }
  const want = wantedReplicas(reader);
  const have = inStatus(reader, 'replicas');
  return (
    firstShort([
      ['LessLabelled', 'Labelled', inStatus(reader, 'fullyLabeledReplicas'), want],
      ['LessAvailable', 'Available', inStatus(reader, 'availableReplicas'), want],
      ['LessReady', 'Ready', inStatus(reader, 'readyReplicas'), want],
    ]) ??
    extraPods(have, want) ??
    current(`ReplicaSet is available. Replicas: ${have}`)
  );
}

export function statefulSetStatus(reader: StatusReader): ObjectStatus {
  if (reader.text(['spec', 'updateStrategy', 'type']) === 'OnDelete') {
    return current('StatefulSet is using the ondelete update strategy');
  }
  const want = wantedReplicas(reader);
  const have = inStatus(reader, 'replicas');
  const short =
    firstShort([
      ['LessReplicas', 'Replicas', have, want],
      ['LessReady', 'Ready', inStatus(reader, 'readyReplicas'), want],
    ]) ?? extraPods(have, want);
  if (short !== undefined) return short;
  // The API server fills in partition 0, so that the rules after this one hold for objects that it has not defaulted.
  const partition = reader.integer(['spec', 'updateStrategy', 'rollingUpdate', 'partition'], -1);
  if (partition !== -1) {
    const updated = inStatus(reader, 'updatedReplicas');
    return (
      firstShort([['PartitionRollout', 'updated', updated, want - partition]]) ??
      current(`Partition rollout complete. updated: ${updated}`)
    );
  }
  const behind = firstShort([['LessCurrent', 'current', inStatus(reader, 'currentReplicas'), want]]);
  if (behind !== undefined) return behind;
  const revision = (field: string): string => reader.text(['status', field]) ?? '';
  if (revision('currentRevision') !== revision('updateRevision')) {
    return inProgress('RevisionMismatch', 'Waiting for updated revision to match current');
  }
  return current(`All replicas scheduled as expected. Replicas: ${have}`);
}

export function daemonSetStatus(reader: StatusReader): ObjectStatus {
  if (reader.requireInteger(['metadata', 'generation']) === undefined) {
    return inProgress('NoGeneration', `${reader.kind} metadata.generation not found`);
  }
  if (reader.requireInteger(['status', 'observedGeneration']) === undefined) {
    return inProgress('NoObservedGeneration', `${reader.kind} status.observedGeneration not found`);
  }
  const want = inStatus(reader, 'desiredNumberScheduled', -1);
  if (want === -1) return inProgress('NoDesiredNumber', 'Missing .status.desiredNumberScheduled');
  return (
    firstShort([
      ['LessCurrent', 'Current', inStatus(reader, 'currentNumberScheduled'), want],
      ['LessUpdated', 'Updated', inStatus(reader, 'updatedNumberScheduled'), want],
      ['LessAvailable', 'Available', inStatus(reader, 'numberAvailable'), want],
      ['LessReady', 'Ready', inStatus(reader, 'numberReady'), want],
    ]) ?? current(`All replicas scheduled as expected. Replicas: ${want}`)
  );
}
