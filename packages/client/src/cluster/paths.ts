import { ApiError } from '@stageset/k8s';
import type { ResourceInfo } from '@stageset/ports';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The path of a whole collection; of all namespaces when none is given. */
export function collectionPath(resource: ResourceInfo, namespace: string | undefined): string {
  const root = resource.group === '' ? '/api' : `/apis/${encodeURIComponent(resource.group)}`;
  const version = `${root}/${encodeURIComponent(resource.version)}`;
  if (!resource.namespaced || namespace === undefined || namespace === '') return `${version}/${resource.resource}`;
  return `${version}/namespaces/${segment(namespace, 'metadata.namespace', resource)}/${resource.resource}`;
}

/**
 * The path of one object. A namespaced object without a namespace, or a name that would name something else in a path,
 * is refused here, before it is sent: an empty name would turn a deletion into that of the whole collection.
 */
export function objectPath(
  resource: ResourceInfo,
  at: { readonly namespace?: string | undefined; readonly name: string },
  subresource?: string,
): string {
  const path = `${namespacedCollectionPath(resource, at.namespace)}/${segment(at.name, 'metadata.name', resource)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The collection that one object is created in. */
export function namespacedCollectionPath(resource: ResourceInfo, namespace: string | undefined): string {
  if (resource.namespaced && (namespace === undefined || namespace === '')) {
    throw invalid(resource, 'metadata.namespace', 'is missing, and the kind is namespaced');
  }
  return collectionPath(resource, namespace);
}

export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** Kubernetes' own rule for names in paths: not empty, not `.` or `..`, no `/` and no `%`. */
function segment(value: string, field: string, resource: ResourceInfo): string {
  if (value === '') throw invalid(resource, field, 'is empty');
  if (value === '.' || value === '..' || /[/%]/.test(value)) {
    throw invalid(resource, field, `is ${JSON.stringify(value)}, which cannot be part of a path`);
  }
  return encodeURIComponent(value);
}

function invalid(resource: ResourceInfo, field: string, what: string): ApiError {
  const message = `${resource.kind}: ${field} ${what}`;
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message,
    details: { kind: resource.kind, group: resource.group, causes: [{ reason: 'FieldValueInvalid', field, message }] },
  });
}
