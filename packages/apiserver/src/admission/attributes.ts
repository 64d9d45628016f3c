import type { JsonObject, KubeObject } from '@stageset/k8s';
import type { User } from '../registry/hooks.ts';
import type { KindDefinition } from '../registry/kind.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What webhooks and policies are asked about: one write, before it is stored. */
export interface Attributes {
  readonly operation: Operation;
  /** What the path names: the resource, whatever the body is. */
  readonly resource: KindDefinition;
  /** Kind of the body: of the resource itself, or of its part (`Scale`). */
  readonly kind: GroupVersionKind;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly name: string;
  /** Of a Namespace its own name. Empty for other cluster-scoped kinds. */
  readonly namespace: string;
  /** `undefined` when it is deleted. */
  readonly object: KubeObject | undefined;
  /** `undefined` when it is created. */
  readonly oldObject: KubeObject | undefined;
  readonly user: User;
  readonly dryRun: boolean;
  /** `CreateOptions` and its likes, as the request had them. */
  readonly options: JsonObject;
}

const GROUP = 'admissionregistration.k8s.io';
const EXEMPT = new Set([
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);

/** Whoever admits others is not admitted by them: a mistake there could not be mended any more. */
export function isExempt({ group, kind }: KindDefinition): boolean {
  return group === GROUP && EXEMPT.has(kind);
}

export function isOfNamespaces({ resource }: Attributes): boolean {
  return resource.group === '' && resource.resource === 'namespaces';
}
