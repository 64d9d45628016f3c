import type { EffectState } from '@stageset/delivery';
import { isConflict } from '@stageset/k8s';
import { type EffectContext, failedRequest, namespaceOf, SUCCEEDED } from './effect-context.ts';
import { findKind } from './find-kind.ts';

/**
 * Deletes the very object that the intent names, and none that has taken its name since. Its end is waited for by the
 * planner; that it is gone already is success.
 */
export async function deleteObject(context: EffectContext): Promise<EffectState> {
  const { action, cluster, intent, signal } = context;
  if (action.delete === undefined) return SUCCEEDED;
  const { target, cascade } = action.delete;
  const subject = `${target.kind} ${target.name}`;
  try {
    const kind = await findKind(cluster, target, signal);
    if ('failure' in kind) return kind.failure;
    const { group, version, namespaced } = kind.info;
    const ref = {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind: target.kind,
      name: target.name,
      ...(namespaced ? { namespace: target.namespace || namespaceOf(context) } : {}),
    };
    const preconditions = intent.uid === undefined || intent.uid === '' ? {} : { preconditions: { uid: intent.uid } };
    await cluster.delete(ref, { propagation: cascade ?? 'Background', ...preconditions }, signal);
    return SUCCEEDED;
  } catch (error) {
    if (signal.aborted) throw error;
    // Another object has the name now: the one that was meant is gone.
    if (isConflict(error)) return SUCCEEDED;
    return failedRequest(subject, error);
  }
}
