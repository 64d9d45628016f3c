import type { JsonObject } from '../json/value.ts';
import { parseApiVersion } from '../object.ts';
import { KIND_RULES } from './kind-rules.ts';
import { current, inProgress, type ObjectStatus, type StatusOptions, unknown } from './object-status.ts';
import { StatusReader, UnreadableStatusError } from './status-reader.ts';

/**
 * The status of an object by the rules of kstatus, the library that Flux and kubectl-like tools decide readiness with:
 * deletion, observed generation, `Reconciling` and `Stalled` conditions, then the rule of the kind, then a `Ready` condition;
 * an object without any of these is `Current`. An object whose status cannot be read is `Unknown`.
 *
 * These rules call a running Job and a failed Pod `Current`; {@link computeHealth} does not.
 */
export function computeStatus(object: JsonObject, options: StatusOptions = {}): ObjectStatus {
  return readably(() => {
    const reader = new StatusReader(object);
    return (
      genericStatus(reader) ??
      KIND_RULES.get(kindKey(reader))?.(reader, options) ??
      readyStatus(reader) ??
      current('Resource is current')
    );
  });
}

/** A status that cannot be read is an answer, not an exception. */
export function readably(compute: () => ObjectStatus): ObjectStatus {
  try {
    return compute();
  } catch (error) {
    if (error instanceof UnreadableStatusError) return unknown(error.message);
    throw error;
  }
}

/** `apps/Deployment`, `Service`. */
export function kindKey(reader: StatusReader): string {
  const { group } = parseApiVersion(reader.text(['apiVersion']) ?? '');
  return group === '' ? reader.kind : `${group}/${reader.kind}`;
}

function genericStatus(reader: StatusReader): ObjectStatus | undefined {
  if (reader.requireText(['metadata', 'deletionTimestamp']) !== '') {
    return { status: 'Terminating', message: 'Resource scheduled for deletion' };
  }
  const generation = reader.requireInteger(['metadata', 'generation']);
  if (generation !== undefined) {
    const observed = reader.requireInteger(['status', 'observedGeneration']);
    if (observed !== undefined && observed !== generation) {
      return inProgress(
        'LatestGenerationNotObserved',
        `${reader.kind} generation is ${generation}, but latest observed generation is ${observed}`,
      );
    }
  }
  for (const { type, status, reason, message } of reader.conditions()) {
    if (status !== 'True') continue;
    if (type === 'Reconciling') return inProgress(reason, message);
    if (type === 'Stalled') return { status: 'Failed', reason, message };
  }
  return undefined;
}

function readyStatus(reader: StatusReader): ObjectStatus | undefined {
  for (const { type, status, reason, message } of reader.conditions()) {
    if (type !== 'Ready') continue;
    if (status === 'True') return current('Resource is Ready');
    if (status === 'False' || status === 'Unknown') return inProgress(reason, message);
  }
  return undefined;
}
