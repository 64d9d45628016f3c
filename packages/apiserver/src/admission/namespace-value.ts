import { fromJson, MapValue, parseTimestamp, type Value } from '@stageset/cel';
import type { KubeObject } from '@stageset/k8s';

const TIMES = new Set(['creationTimestamp', 'deletionTimestamp']);
const HIDDEN = new Set(['managedFields', 'ownerReferences']);

/** A namespace as expressions see it: its metadata with times as times, spec and status. */
export function namespaceValue({ metadata, spec, status }: KubeObject): Value {
  const shown = new MapValue();
  for (const [field, value] of Object.entries(metadata)) {
    if (HIDDEN.has(field)) continue;
    const name = field === 'uid' ? 'UID' : field;
    shown.add(name, TIMES.has(field) ? (parseTimestamp(String(value)) ?? null) : fromJson(value));
  }
  const namespace = new MapValue();
  namespace.add('metadata', shown);
  namespace.add('spec', fromJson(spec ?? {}));
  namespace.add('status', fromJson(status ?? {}));
  return namespace;
}
