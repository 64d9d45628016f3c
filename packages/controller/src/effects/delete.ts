import type { Leftover } from '@stageset/delivery';
import { isConflict, UnknownKindError } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import type { Memory } from '../facts/memory.ts';
import { concurrently } from './concurrently.ts';
import type { ObjectFailure } from './failures.ts';

interface DeleteContext {
  readonly cluster: Cluster;
  readonly memory: Memory;
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/**
 * Asks for the deletion of objects that were seen to be ours, each only as long as it is still the same object. All of
 * them are tried. Whether they are gone is for the caches to tell.
 */
export async function deleteObjects(
  objects: readonly Leftover[],
  { cluster, memory, concurrency, signal }: DeleteContext,
): Promise<readonly ObjectFailure[]> {
  const failures: ObjectFailure[] = [];
  await concurrently(objects, concurrency, async ({ entry, ref, uid }) => {
    try {
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await cluster.delete(ref, { propagation: 'Background', ...preconditions }, signal);
      if (uid !== undefined) memory.leaving.set(entry.id, uid);
      memory.applied.delete(entry.id);
    } catch (error) {
      if (signal.aborted) throw error;
      // Another object has taken the name, or the kind is gone: the caches will say what is to be done about it.
      if (isConflict(error) || error instanceof UnknownKindError) return;
      failures.push({ ref, error });
    }
  });
  return failures;
}
