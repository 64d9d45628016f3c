import { getAt } from '../json/path.ts';
import { isJsonObject } from '../json/value.ts';
import {
  current,
  failed,
  inProgress,
  type ObjectStatus,
  SCHEDULE_WINDOW_MS,
  type StatusOptions,
  unknown,
} from './object-status.ts';
import { type StatusReader, UnreadableStatusError } from './status-reader.ts';

export function podStatus(reader: StatusReader, options: StatusOptions): ObjectStatus {
  reader.conditions();
  const phase = reader.text(['status', 'phase']) ?? '';
  switch (phase) {
    case 'Succeeded':
      return current('Pod has completed successfully');
    case 'Failed':
      return current('Pod has completed, but not successfully');
    case 'Running':
      return runningStatus(reader);
    case 'Pending':
      return pendingStatus(reader, options);
    case '':
      return inProgress('PodNotObserved', 'Pod phase not available');
    default:
      return unknown(`unknown phase ${phase}`);
  }
}

function runningStatus(reader: StatusReader): ObjectStatus {
  if (reader.condition('Ready', 'True') !== undefined) return current('Pod is Ready');
  const crashing = crashLoopingContainers(reader);
  if (crashing.length > 0) {
    return failed('ContainerCrashLooping', `Containers in CrashLoop state: ${crashing.join(',')}`);
  }
  return inProgress('PodRunningNotReady', 'Pod is running but is not Ready');
}

/** Init containers are not looked at: a Pod with one of those is Pending. */
function crashLoopingContainers(reader: StatusReader): string[] {
  const crashing: string[] = [];
  for (const container of reader.requireList(['status', 'containerStatuses'])) {
    if (!isJsonObject(container))
      throw new UnreadableStatusError('the status cannot be read: status.containerStatuses must hold objects');
    const name = getAt(container, ['name']);
    if (typeof name === 'string' && getAt(container, ['state', 'waiting', 'reason']) === 'CrashLoopBackOff')
      crashing.push(name);
  }
  return crashing;
}

function pendingStatus(reader: StatusReader, { nowMs }: StatusOptions): ObjectStatus {
  if (reader.condition('PodScheduled', 'False')?.reason !== 'Unschedulable') {
    return inProgress('PodPending', 'Pod is in the Pending phase');
  }
  const createdMs = Date.parse(reader.text(['metadata', 'creationTimestamp']) ?? '');
  const overdue = nowMs !== undefined && !(nowMs - SCHEDULE_WINDOW_MS < createdMs);
  return overdue
    ? failed('PodUnschedulable', 'Pod could not be scheduled')
    : inProgress('PodNotScheduled', 'Pod has not been scheduled');
}
