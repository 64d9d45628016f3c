import type { ObjectRef } from '@stageset/k8s';
import { isRecord } from '../requests/json.ts';
import { parseBody } from './decode.ts';

/**
 * What became of a deleted object, from the answer to DELETE. A `Status` says that it is removed. Some kinds answer with
 * the object instead, be it removed or not: one that finalizers or a grace period still hold says so itself.
 */
export function deletionOutcome(body: string, ref: ObjectRef): 'terminating' | 'gone' {
  const answer = parseBody(body, `the deletion of ${ref.kind} ${ref.name}`);
  const metadata = isRecord(answer['metadata']) ? answer['metadata'] : {};
  const spec = isRecord(answer['spec']) ? answer['spec'] : {};
  const isHeld = hasItems(metadata['finalizers']) || hasItems(spec['finalizers']);
  const grace = metadata['deletionGracePeriodSeconds'];
  return isHeld || (typeof grace === 'number' && grace > 0) ? 'terminating' : 'gone';
}

/** `spec.finalizers` is where a Namespace keeps its own. */
function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
