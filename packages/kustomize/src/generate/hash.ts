import type { Resource } from '../accumulate/resource.ts';
import { type Json, type JsonMap, jsonText, toJson } from '../emit/json.ts';
import { MAP, SCALAR, type YamlNode } from '../yaml/node.ts';
import { sha256Hex } from './sha256.ts';

const LETTERS: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

/**
 * The suffix of a generated object's name: from its content alone, not from its name, labels or annotations. The `name`
 * in the text is always empty, as in kustomize.
 */
export function contentHash(resource: Resource): string {
  const { node, kind } = resource;
  const content: JsonMap = new Map<string, Json>([
    ['kind', kind],
    ['name', ''],
    ['data', hashed(node.get('data'))],
  ]);
  if (kind === 'Secret') content.set('type', hashed(node.get('type')));
  const extra = kind === 'Secret' ? 'stringData' : 'binaryData';
  const extraNode = node.get(extra);
  if (extraNode?.kind === MAP) content.set(extra, hashed(extraNode));
  const text = kind === 'Secret' || kind === 'ConfigMap' ? jsonText(content) : jsonText(toJson(node));
  return sha256Hex(text)
    .slice(0, 10)
    .replace(/[013ae]/g, (c) => LETTERS[c] ?? c);
}

/** Scalars count as text. */
function hashed(node: YamlNode | undefined): Json {
  if (node === undefined) return '';
  if (node.kind === SCALAR) return node.value;
  return toJson(node);
}
