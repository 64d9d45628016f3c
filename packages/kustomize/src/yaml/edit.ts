import { FieldError } from './field-error.ts';
import {
  DOUBLE_QUOTED,
  isNull,
  LIST,
  MAP,
  PLAIN,
  SCALAR,
  TAG_NONE,
  TAG_NULL,
  TAG_STRING,
  type YamlNode,
} from './node.ts';
import { plainTag } from './scalars.ts';

const KIND_NAMES = { [SCALAR]: 'a scalar', [MAP]: 'a map', [LIST]: 'a list' } as const;

export function kindName(node: YamlNode): string {
  return KIND_NAMES[node.kind];
}

/** @throws FieldError unless the node is null or of that kind. */
export function requireKind(node: YamlNode | undefined, kind: YamlNode['kind']): void {
  if (node === undefined || node.tag === TAG_NULL || node.kind === kind) return;
  throw new FieldError(`expected ${KIND_NAMES[kind]} but found ${kindName(node)}`, node);
}

/** Whether text would be something else than a string to a YAML 1.1 reader. */
function isOldNonString(text: string): boolean {
  return text !== '' && !text.includes('\n') && plainTag(text, 'yaml11') !== TAG_STRING;
}

/**
 * Sets a map's field as kustomize's field setter does: a null removes the field, an existing value is replaced in place
 * and keeps its quoting, text that YAML 1.1 would take for a number or boolean gets quotes.
 */
export function setField(map: YamlNode, name: string, value: YamlNode | undefined, keepNull = false): void {
  if (value === undefined || (value.tag === TAG_NULL && !keepNull)) {
    requireKind(map, MAP);
    map.delete(name);
    return;
  }
  quoteOldWords(value);
  if (!isNull(map)) requireKind(map, MAP);
  const existing = isNull(map) ? undefined : map.get(name);
  if (existing === undefined) {
    if (map.kind === MAP) appendField(map, name, value);
    return;
  }
  value.style = existing.style;
  if (existing !== value) existing.assign(value);
}

/** Adds a field as a step that makes one does: its key has no quotes, so `5` or `true` is no string any more. */
export function appendField(map: YamlNode, name: string, value: YamlNode): void {
  map.append(name, value, plainTag(name, 'core'));
}

function quoteOldWords(value: YamlNode): void {
  if (value.style !== PLAIN || value.kind !== SCALAR) return;
  if (value.tag !== TAG_STRING && value.tag !== TAG_NONE) return;
  if (isOldNonString(value.value)) value.style = DOUBLE_QUOTED;
}

/** Replaces a scalar in place, keeping its quoting. */
export function setScalar(node: YamlNode, value: YamlNode): void {
  requireKind(node, SCALAR);
  if (value.tag === TAG_NULL) return;
  value.style = node.style;
  node.assign(value);
}

/** The field, created empty where it is missing. A field that is there is returned as it is, null included. */
export function getOrCreate(map: YamlNode, name: string, create: () => YamlNode): YamlNode {
  requireKind(map, MAP);
  const existing = map.get(name);
  if (existing !== undefined) return existing;
  const node = create();
  appendField(map, name, node);
  return node;
}

/** Text of a scalar field; empty when it is missing or null. */
export function textAt(map: YamlNode | undefined, name: string): string {
  const node = map?.get(name);
  return node === undefined || node.tag === TAG_NULL ? '' : node.value;
}
