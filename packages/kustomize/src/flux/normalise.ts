import type { Resource } from '../accumulate/resource.ts';
import { encodeBase64 } from '../generate/data.ts';
import { isNull, MAP, mapNode, SCALAR, stringNode, type YamlNode } from '../yaml/node.ts';

/**
 * Edits that an object needs before it is applied; everything else stays, unknown fields too: `stringData` of a Secret
 * goes into `data`, a `creationTimestamp` of null and the `status` go (a CustomResourceDefinition keeps its status).
 */
export function normalise(resource: Resource): void {
  const { node, kind, apiVersion } = resource;
  if (kind === 'Secret' && apiVersion === 'v1') foldStringData(node);
  const metadata = node.get('metadata');
  const created = metadata?.get('creationTimestamp');
  if (created !== undefined && isNull(created)) metadata?.delete('creationTimestamp');
  if (!(kind === 'CustomResourceDefinition' && apiVersion.startsWith('apiextensions.k8s.io/'))) node.delete('status');
}

/** Entries of stringData win. One that is no text leaves the object as it is, for the server to refuse. */
function foldStringData(node: YamlNode): void {
  const strings = node.get('stringData');
  if (strings === undefined) return;
  if (isNull(strings)) {
    node.delete('stringData');
    return;
  }
  const isText = (item: YamlNode): boolean => item.kind === SCALAR && (item.tag === '!!str' || item.tag === '');
  if (strings.kind !== MAP || !strings.items.every(isText)) return;
  let data = node.get('data');
  if (data === undefined || isNull(data)) {
    data = mapNode();
    node.set('data', data);
  }
  if (data.kind !== MAP) return;
  strings.keys.forEach((key, i) => {
    data.set(key, stringNode(encodeBase64(new TextEncoder().encode(strings.items[i]?.value ?? ''))));
  });
  node.delete('stringData');
}
