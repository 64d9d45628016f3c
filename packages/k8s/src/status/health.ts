import { isJsonObject, type JsonObject } from '../json/value.ts';
import { finishedJob, jobProgress } from './kind-rules.ts';
import { current, failed, inProgress, type ObjectStatus, type StatusOptions } from './object-status.ts';
import { computeStatus, kindKey, readably } from './status.ts';
import { StatusReader } from './status-reader.ts';

/**
 * Whether an object is healthy for a release: {@link computeStatus}, except that
 *
 * - a **Job** is in progress until it has completed, as in Flux's own reader; a suspended Job is `Current`;
 * - a **Pod** in phase `Failed` is `Failed`: a release must not go on because something has ended badly.
 *
 * An object that is being deleted is `Terminating` under these rules too.
 */
export function computeHealth(object: JsonObject, options: StatusOptions = {}): ObjectStatus {
  return readably(() => {
    const reader = new StatusReader(object);
    const kind = kindKey(reader);
    const deleting = (reader.text(['metadata', 'deletionTimestamp']) ?? '') !== '';
    if (!deleting && kind === 'batch/Job') return jobHealth(reader);
    const status = computeStatus(object, options);
    if (kind === 'Pod' && status.status === 'Current' && reader.text(['status', 'phase']) === 'Failed') {
      return failed('PodFailed', podFailure(reader));
    }
    return status;
  });
}

function jobHealth(reader: StatusReader): ObjectStatus {
  if (reader.at(['spec', 'suspend']) === true) return current('Job is suspended');
  const finished = finishedJob(reader);
  if (finished !== undefined) return finished;
  if ((reader.text(['status', 'startTime']) ?? '') === '') {
    return inProgress('JobNotStarted', `Job not started. active: 0/${reader.integer(['spec', 'parallelism'], 1)}`);
  }
  return inProgress('JobInProgress', jobProgress(reader));
}

/** Why the Pod failed, as far as it says: its own message, else the containers that ended with a failure. */
function podFailure(reader: StatusReader): string {
  const told = reader.text(['status', 'message']) ?? reader.text(['status', 'reason']);
  if (told !== undefined && told !== '') return `Pod has failed: ${told}`;
  const containers = reader.requireList(['status', 'containerStatuses']).filter(isJsonObject);
  const ended = containers.flatMap((container) => {
    const each = new StatusReader(container);
    const code = each.integer(['state', 'terminated', 'exitCode'], 0);
    return code === 0 ? [] : [`${each.text(['name']) ?? 'container'} exited with ${code}`];
  });
  return ended.length === 0 ? 'Pod has failed' : `Pod has failed: ${ended.join(', ')}`;
}
