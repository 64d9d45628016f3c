import { isJsonObject, type KubeObject, parseApiVersion } from '@stageset/k8s';
import type { KindDefinition } from './kind.ts';
import { badRequest } from './status-error.ts';

/** An apply names its kind in full. */
export function appliedTo(kind: KindDefinition, body: unknown): unknown {
  const given = isJsonObject(body) ? body : {};
  const [apiVersion, name] = [given['apiVersion'] ?? '', given['kind'] ?? ''];
  if (apiVersion === kind.apiVersion && name === kind.kind) return body;
  const { group, version } = parseApiVersion(String(apiVersion));
  throw badRequest(`invalid object type: ${group}/${version}, Kind=${String(name)}`);
}

const COLLECTIONS = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** Who applies an empty map or list owns it, although it is not stored. */
export function withEmptyParts(applied: KubeObject, body: unknown): KubeObject {
  const given = isJsonObject(body) && isJsonObject(body['metadata']) ? body['metadata'] : {};
  const empty = COLLECTIONS.filter((field) => isEmpty(given[field])).map((field) => [field, given[field]] as const);
  if (empty.length === 0) return applied;
  return { ...applied, metadata: { ...applied.metadata, ...Object.fromEntries(empty) } };
}

/** Without maps and lists that are empty: those are not stored. */
export function tidy(object: KubeObject): KubeObject {
  if (!COLLECTIONS.some((field) => isEmpty(object.metadata[field]))) return object;
  const metadata = { ...object.metadata };
  for (const field of COLLECTIONS) if (isEmpty(metadata[field])) delete metadata[field];
  return { ...object, metadata };
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
