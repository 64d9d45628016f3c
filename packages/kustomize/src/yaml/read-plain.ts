import { YamlError } from './error.ts';
import { expandAliases } from './expand.ts';
import { MAP, QUOTED_OR_BLOCK, SCALAR, TAG_FLOAT, TAG_STRING, TAG_TIMESTAMP, TAGGED, type YamlNode } from './node.ts';
import { type ReadBounds, readDocument } from './reader.ts';
import { decodeTagged, resolvePlain, type ScalarValue } from './scalars.ts';

/** A value as JSON has it, maps as Map so that no key is special. Duplicate keys: the last one wins. */
export type Plain = ScalarValue | readonly Plain[] | PlainMap;
export type PlainMap = ReadonlyMap<string, Plain>;

/**
 * The first document of a text as kustomize reads kustomizations and JSON patches: YAML 1.1, so that `yes` is a boolean.
 *
 * @returns null for a text without content.
 * @throws YamlError with the place of the fault.
 */
export function readPlain(text: string, bounds: ReadBounds): Plain {
  const node = readConfig(text, bounds);
  return node === undefined ? null : toPlain(node);
}

/** The same document as nodes, for those who need to know where a value stands. */
export function readConfig(text: string, bounds: ReadBounds): YamlNode | undefined {
  const document = readDocument(text, bounds, 1, 'yaml11');
  return document === undefined ? undefined : expandAliases(document, bounds);
}

export function toPlain(node: YamlNode): Plain {
  if (node.kind === SCALAR) return plainScalar(node);
  if (node.kind !== MAP) return node.items.map(toPlain);
  const result = new Map<string, Plain>();
  for (let i = 0; i < node.keys.length; i++) {
    result.set(plainKey(node, i), toPlain(node.items[i] as YamlNode));
  }
  return result;
}

/** A key as text: numbers and booleans in their YAML 1.1 reading. */
export function plainKey(node: YamlNode, i: number): string {
  const text = node.keys[i] as string;
  const tag = node.keyTags?.[i] ?? TAG_STRING;
  if (tag === TAG_STRING) return text;
  const [kind, value] = resolvePlain(text, 'yaml11');
  return kind === TAG_STRING || kind === TAG_TIMESTAMP ? text : String(value);
}

/** The value of a scalar under YAML 1.1. */
export function plainScalar(node: YamlNode): ScalarValue {
  if ((node.style & TAGGED) !== 0) {
    const decoded = decodeTagged(node.tag, node.value);
    if ('error' in decoded) throw new YamlError(decoded.error, node.line, node.column);
    return decoded.value;
  }
  if ((node.style & QUOTED_OR_BLOCK) !== 0) return node.value;
  const [tag, value] = resolvePlain(node.value, 'yaml11');
  if (tag === TAG_STRING || tag === TAG_TIMESTAMP) return node.value;
  if (tag === TAG_FLOAT && !Number.isFinite(Number(value))) {
    throw new YamlError(`${node.value} has no place in JSON`, node.line, node.column);
  }
  return value;
}
