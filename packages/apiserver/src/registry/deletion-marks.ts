import type { KubeObject } from '@stageset/k8s';
import type { DeleteOptions } from '@stageset/ports';
import { contentFinalizers, isNamespace } from './namespaces.ts';

const ORPHAN = 'orphan';
const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';
const FOREGROUND = 'foregroundDeletion';

/** What takes its content along is marked by a strategy of its own. */
export function outlivesDeletion(object: KubeObject): boolean {
  return isNamespace(object) || object.kind === 'CustomResourceDefinition';
}

/** A deletion that waits for finalizers alone, which counts as a change of what is wanted. */
export function graceless({ generation }: KubeObject['metadata']): Partial<KubeObject['metadata']> {
  return { deletionGracePeriodSeconds: 0, ...(generation === undefined ? {} : { generation: generation + 1 }) };
}

/** Being deleted, and nothing holds it any more. */
export function isReadyToGo(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
  if (deletionGracePeriodSeconds > 0 && !isNamespace(object)) return false;
  return !isNamespace(object) || contentFinalizers(object).length === 0;
}

/** What holds an object once it is deleted with that propagation. */
export function finalizersFor(present: KubeObject, propagation: DeleteOptions['propagation']): readonly string[] {
  const others = (present.metadata.finalizers ?? []).filter(
    (finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND,
  );
  // What holds a definition until its last object is gone comes with its deletion.
  if (present.kind === 'CustomResourceDefinition' && !others.includes(CLEANUP)) others.push(CLEANUP);
  if (propagation === 'Orphan') return [...others, ORPHAN];
  if (propagation === 'Foreground') return [...others, FOREGROUND];
  return propagation === 'Background' ? others : [...new Set([...(present.metadata.finalizers ?? []), ...others])];
}
