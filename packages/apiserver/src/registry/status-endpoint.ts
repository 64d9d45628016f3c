import type { KubeObject } from '@stageset/k8s';
import type { KindDefinition } from './kind.ts';

/** What everybody may write who may write the status: of many kinds more than the status. */
const ALL = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** Built-in kinds whose status endpoint takes no metadata at all. */
const STATUS_ALONE = new Set([
  'CustomResourceDefinition',
  'CertificateSigningRequest',
  'FlowSchema',
  'PriorityLevelConfiguration',
  'ServiceCIDR',
  'ValidatingAdmissionPolicy',
  'APIService',
]);

function writableMetadata({ origin, kind }: KindDefinition): readonly string[] {
  if (origin === 'custom' || STATUS_ALONE.has(kind)) return [];
  if (kind === 'Deployment') return ALL.filter((field) => field !== 'labels');
  return kind === 'Pod' ? ALL.filter((field) => field !== 'ownerReferences') : ALL;
}

/** The object of the status endpoint: what it lets a client write, over what is stored. */
export function statusOnly(kind: KindDefinition, present: KubeObject, given: KubeObject): KubeObject {
  const metadata: Record<string, unknown> = { ...present.metadata };
  const from: Readonly<Record<string, unknown>> = { ...given.metadata };
  for (const field of [...writableMetadata(kind), 'managedFields']) {
    if (from[field] === undefined) delete metadata[field];
    else metadata[field] = from[field];
  }
  const { status: _, ...rest } = present;
  const next = {
    ...rest,
    apiVersion: present.apiVersion,
    kind: present.kind,
    metadata: { ...metadata, name: present.metadata.name },
  };
  return given['status'] === undefined ? next : { ...next, status: given['status'] };
}

/** Fields that a write by an endpoint never comes to own. */
export function resetFields(
  kind: KindDefinition,
  subresource: string | undefined,
  hasStatus: boolean,
): readonly (readonly string[])[] | undefined {
  if (subresource !== 'status') return hasStatus ? [['status']] : undefined;
  return kind.kind === 'Deployment' && kind.origin === 'builtin' ? [['spec'], ['metadata', 'labels']] : [['spec']];
}
