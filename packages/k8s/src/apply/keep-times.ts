import { deepEqual } from '../json/equality.ts';
import type { KubeObject, ManagedFieldsEntry } from '../object.ts';

/**
 * Puts back the times of managedFields when a write changed nothing else, so that a write without effect is none in the
 * store either. To be called with the object as it would be stored, defaults and pruning done. Returns `next` itself
 * when something did change.
 */
export function keepTimesOfUnchanged(live: KubeObject, next: KubeObject): KubeObject {
  const before = live.metadata.managedFields ?? [];
  const after = next.metadata.managedFields ?? [];
  if (before.length !== after.length || after.length === 0) return next;
  const isMoved = after.some((entry, i) => entry.time !== before[i]?.time);
  if (!isMoved || !deepEqual(after.map(untimed), before.map(untimed))) return next;
  if (!deepEqual(withEntries(live, []), withEntries(next, []))) return next;
  return withEntries(next, before);
}

function untimed({ time: _, ...entry }: ManagedFieldsEntry): unknown {
  return entry;
}

function withEntries(object: KubeObject, managedFields: ManagedFieldsEntry[]): KubeObject {
  return { ...object, metadata: { ...object.metadata, managedFields } };
}
