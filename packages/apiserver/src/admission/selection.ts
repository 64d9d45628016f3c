import { type LabelSelector, matchesLabels } from '@stageset/k8s';
import type { Registry } from '../registry/registry.ts';
import { notFound } from '../registry/status-error.ts';
import { type Attributes, isOfNamespaces } from './attributes.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Whether the namespace of a request has the labels. Cluster-scoped objects always have, but namespaces, which are asked
 * for their own.
 * @throws 404 when the request is for a namespace that is gone.
 */
export function isInNamespaces(selector: LabelSelector, attributes: Attributes, registry: Registry): boolean {
  const { namespace } = attributes;
  if (selector.length === 0 || (namespace === '' && !isOfNamespaces(attributes))) return true;
  return matchesLabels(selector, namespaceLabels(attributes, registry));
}

function namespaceLabels(attributes: Attributes, registry: Registry): Labels {
  const { object, namespace, operation, subresource } = attributes;
  if (isOfNamespaces(attributes) && operation !== 'DELETE' && subresource === '') return object?.metadata.labels ?? {};
  const found = registry.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  if (found === undefined) throw notFound({ group: '', name: 'namespaces' }, namespace);
  return found.metadata.labels ?? {};
}

/** Whether the object has the labels, or had them. */
export function isSelected(selector: LabelSelector, { object, oldObject }: Attributes): boolean {
  if (selector.length === 0) return true;
  return [object, oldObject].some((each) => each !== undefined && matchesLabels(selector, each.metadata.labels ?? {}));
}
