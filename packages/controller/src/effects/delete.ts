import type { Leftover } from '@stageset/delivery';
import { isConflict, UnknownKindError } from '@stageset/k8s';
import type { Memory } from '../facts/memory.ts';
import { outOfReach } from '../tenancy/denied.ts';
import type { Target } from '../tenancy/target.ts';
import { concurrently } from './concurrently.ts';
import type { ObjectFailure } from './failures.ts';

interface DeleteContext {
  /** Where an object is deleted, and as whom. */
  readonly targetOf: (leftover: Leftover) => Target;
  readonly caller: string;
  readonly memory: Memory;
  /** How long a refusal is believed, in epoch milliseconds. */
  readonly refusedUntilMs: number;
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/**
 * Asks for the deletion of objects that were seen to be ours, each only as long as it is still the same object. All of
 * them are tried. Whether they are gone is for the caches to tell.
 */
export async function deleteObjects(
  objects: readonly Leftover[],
  { targetOf, caller, memory, refusedUntilMs, concurrency, signal }: DeleteContext,
): Promise<readonly ObjectFailure[]> {
  const failures: ObjectFailure[] = [];
  await concurrently(objects, concurrency, async (leftover) => {
    const { entry, ref, uid } = leftover;
    try {
      const { cluster, objects: known } = targetOf(leftover);
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await cluster.forCaller(caller).delete(ref, { propagation: 'Background', ...preconditions }, signal);
      if (uid !== undefined) memory.leaving.set(entry.id, uid);
      memory.applied.delete(entry.id);
      known.expire(ref);
    } catch (error) {
      if (signal.aborted) throw error;
      // Another object has taken the name, or the kind is gone: the caches will say what is to be done about it.
      if (isConflict(error) || error instanceof UnknownKindError) return;
      // What is forbidden holds nothing else back: the planner says what that means.
      const lasting = error instanceof Error ? outOfReach(error) : undefined;
      if (lasting === undefined || lasting.state === 'unreachable') failures.push({ ref, error });
      else memory.refuse(entry.id, lasting, refusedUntilMs);
    }
  });
  return failures;
}
