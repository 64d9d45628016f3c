import { isJsonObject, type KubeObject } from '@stageset/k8s';
import { failure, forbidden, notFound } from './status-error.ts';

/** Namespaces a cluster cannot do without. */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
export const NAMESPACES = { group: '', name: 'namespaces' } as const;

export function isNamespace(object: { readonly apiVersion: string; readonly kind: string }): boolean {
  return object.apiVersion === 'v1' && object.kind === 'Namespace';
}

/** What every new namespace gets: a label with its name, the finalizer of its content, and a phase. */
export function newNamespace(object: KubeObject): KubeObject {
  const labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const finalizers = Array.isArray(spec['finalizers']) ? spec['finalizers'] : [];
  return {
    ...object,
    metadata: { ...object.metadata, labels },
    spec: { ...spec, finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] },
    status: { phase: 'Active' },
  };
}

export function terminatingNamespace(object: KubeObject): KubeObject {
  const status = isJsonObject(object['status']) ? object['status'] : {};
  return { ...object, status: { ...status, phase: 'Terminating' } };
}

/** Finalizers of the namespace's content, which hold it as those of its metadata do. */
export function contentFinalizers(object: KubeObject): readonly unknown[] {
  const spec = object['spec'];
  return isJsonObject(spec) && Array.isArray(spec['finalizers']) ? spec['finalizers'] : [];
}

export function refuseImmortal(name: string): void {
  if (IMMORTAL.has(name)) throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
}

/** New objects need a namespace that is there and stays. */
export function requireNamespace(
  namespace: KubeObject | undefined,
  name: string,
  resource: { readonly group: string; readonly name: string },
  objectName: string,
): void {
  if (namespace === undefined) throw notFound(NAMESPACES, name);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${name} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${name} is being terminated`,
    field: 'metadata.namespace',
  };
  const refusal = forbidden(resource, objectName, why, [cause]);
  throw failure(403, 'Forbidden', refusal.message, refusal.status.details);
}
