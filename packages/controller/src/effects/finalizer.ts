import { FINALIZER, type StageSet } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';

/**
 * Sets the finalizers of a StageSet, only as long as it is still as it was read: a change in between wins (409 `Conflict`),
 * and the next pass decides anew.
 */
export async function setFinalizer(
  cluster: Cluster,
  { apiVersion, kind, metadata }: StageSet,
  wanted: 'held' | 'released',
  signal: AbortSignal,
): Promise<KubeObject> {
  const { name, namespace, resourceVersion, finalizers = [] } = metadata;
  const others = finalizers.filter((finalizer) => finalizer !== FINALIZER);
  const ref = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  const patch = { metadata: { resourceVersion, finalizers: wanted === 'held' ? [...others, FINALIZER] : others } };
  return cluster.patch(ref, { type: 'merge', patch }, {}, signal);
}
