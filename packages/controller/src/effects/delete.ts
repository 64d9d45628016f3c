import { entryKey, type Leftover } from '@stageset/delivery';
import { isConflict, type ObjectRef, UnknownKindError } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import type { Memory } from '../facts/memory.ts';
import { type OutOfReach, outOfReach } from '../tenancy/denied.ts';
import type { Target } from '../tenancy/target.ts';
import { concurrently } from './concurrently.ts';
import type { ObjectFailure } from './failures.ts';

interface DeleteContext {
  /** Where an object is deleted, and as whom. */
  readonly targetOf: (leftover: Leftover) => Target;
  /** Where a stage delivers to now. */
  readonly clusterOf: (stage: string) => Cluster;
  readonly caller: string;
  readonly memory: Memory;
  /** They are on a cluster that is not delivered to any more: nothing waits for them, so that they do not fail it. */
  readonly isElsewhere: boolean;
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
  { targetOf, clusterOf, caller, memory, isElsewhere, refusedUntilMs, concurrency, signal }: DeleteContext,
): Promise<readonly ObjectFailure[]> {
  const failures: ObjectFailure[] = [];
  await concurrently(objects, concurrency, async (leftover) => {
    const { entry, ref, uid, twinOf } = leftover;
    try {
      const { cluster, objects: known } = targetOf(leftover);
      if (twinOf !== undefined && (await isOne(ref, cluster, clusterOf(twinOf), signal))) {
        if (uid !== undefined) memory.twins.set(entryKey(entry), uid);
        return;
      }
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await cluster.forCaller(caller).delete(ref, { propagation: 'Background', ...preconditions }, signal);
      if (uid !== undefined) memory.leaving.set(entry.id, uid);
      memory.applied.delete(entry.id);
      known.expire(ref);
    } catch (error) {
      if (signal.aborted) throw error;
      // Another object has taken the name, or the kind is gone: the caches will say what is to be done about it.
      if (isConflict(error) || error instanceof UnknownKindError) return;
      const refusal = refusalOf(error, isElsewhere);
      if (refusal === undefined) failures.push({ ref, error });
      else memory.refuse(entry.id, refusal, refusedUntilMs);
    }
  });
  return failures;
}

/** What is forbidden holds nothing else back, and on a cluster that is left nothing does: the planner says what that means. */
function refusalOf(error: unknown, isElsewhere: boolean): OutOfReach | undefined {
  const lasting = error instanceof Error ? outOfReach(error) : undefined;
  if (isElsewhere)
    return lasting ?? { state: 'unreachable', why: error instanceof Error ? error.message : String(error) };
  return lasting?.state === 'unreachable' ? undefined : lasting;
}

/**
 * Whether an object is the same in what is thought of as two clusters. It is asked for there first: were there only one
 * cluster, and another object of that name here by now, then the one that was there is gone, and a deletion by its UID
 * does nothing.
 */
async function isOne(ref: ObjectRef, there: Cluster, here: Cluster, signal: AbortSignal): Promise<boolean> {
  const left = await there.get(ref, signal);
  const delivered = await here.get(ref, signal);
  return left !== undefined && left.metadata.uid === delivered?.metadata.uid;
}
