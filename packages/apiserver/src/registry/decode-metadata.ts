import { isJsonObject, type ObjectMeta } from '@stageset/k8s';

const STRINGS = ['name', 'generateName', 'namespace', 'resourceVersion', 'uid'] as const;
const STRING_MAPS = ['labels', 'annotations'] as const;
const LISTS = ['finalizers', 'ownerReferences', 'managedFields'] as const;

/**
 * Metadata as Go's types would hold them: empty maps, lists and strings are as good as absent.
 * @returns a string when a member has a type that cannot be decoded: the decoder's complaint.
 */
export function decodeMetadata(given: Readonly<Record<string, unknown>>): ObjectMeta | string {
  const metadata: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    // `selfLink` has not been filled in for years, whatever a client sends.
    if (value !== null && value !== undefined && value !== '' && key !== 'selfLink') metadata[key] = value;
  }
  for (const key of STRINGS) {
    if (typeof (metadata[key] ?? '') !== 'string') return fault(metadata[key], key, 'string');
  }
  for (const key of STRING_MAPS) {
    const complaint = dropEmptyMap(metadata, key);
    if (complaint !== undefined) return complaint;
  }
  for (const key of LISTS) {
    const list = metadata[key];
    if (list === undefined) continue;
    if (!Array.isArray(list)) return fault(list, key, '[]string');
    if (list.length === 0) delete metadata[key];
  }
  return { ...metadata, name: typeof metadata['name'] === 'string' ? metadata['name'] : '' };
}

function dropEmptyMap(metadata: Record<string, unknown>, key: string): string | undefined {
  const map = metadata[key];
  if (map === undefined) return undefined;
  if (!isJsonObject(map)) return fault(map, key, 'map[string]string');
  const values = Object.values(map);
  if (values.length === 0) delete metadata[key];
  // Go reads a null as the empty text.
  if (values.includes(null)) {
    metadata[key] = Object.fromEntries(Object.entries(map).map(([name, value]) => [name, value ?? '']));
  }
  const wrong = values.find((value) => typeof value !== 'string' && value !== null);
  return wrong === undefined ? undefined : fault(wrong, key, 'string');
}

function fault(value: unknown, field: string, goType: string): string {
  return `json: cannot unmarshal ${goKind(value)} into Go struct field ObjectMeta.metadata.${field} of type ${goType}`;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}
