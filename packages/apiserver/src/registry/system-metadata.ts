import type { KubeObject } from '@stageset/k8s';

/** What an object gets when it is stored: whoever changes it on its way does not see it yet. */
export const SYSTEM_FIELDS_AT_CREATE = ['uid', 'creationTimestamp', 'generation'] as const;

/** The fields of a new object that those who change it on its way do not see. */
export function unseenAtCreate(given: KubeObject, named: KubeObject): readonly string[] {
  return given.metadata.name === named.metadata.name ? SYSTEM_FIELDS_AT_CREATE : [...SYSTEM_FIELDS_AT_CREATE, 'name'];
}

/** The fields again that nobody was shown, unless somebody gave the object a name meanwhile. */
export function withSystemFields(object: KubeObject, { metadata }: KubeObject): KubeObject {
  const given: Partial<KubeObject['metadata']> = object.metadata;
  const system: Record<string, unknown> = {};
  for (const field of SYSTEM_FIELDS_AT_CREATE) if (metadata[field] !== undefined) system[field] = metadata[field];
  return { ...object, metadata: { ...given, ...system, name: given.name || metadata.name } };
}

const SYSTEM_FIELDS = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'resourceVersion',
] as const;

/** Metadata as given, with what only the system writes as it is. */
export function systemMetadata(given: KubeObject['metadata'], present: KubeObject['metadata']): KubeObject['metadata'] {
  const metadata: Record<string, unknown> = { ...given };
  for (const field of SYSTEM_FIELDS) {
    const value = present[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  return { ...metadata, name: present.name };
}
