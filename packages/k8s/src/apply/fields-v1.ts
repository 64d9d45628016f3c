import { isJsonObject, setOwn } from '../json/value.ts';
import { depthError, MAX_DEPTH } from './depth.ts';
import { type FieldNode, FieldSet, put } from './field-set.ts';
import { parsePathElement } from './path-element.ts';

/**
 * FieldsV1, the form in which managedFields hold a set: a map from element to what lies below it, where `.` says that
 * the field itself is in the set and an empty map says that nothing else is.
 */

/** Writes a set in canonical order. */
export function encodeFieldsV1(set: FieldSet): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  writeNodes(set, fields);
  return fields;
}

function writeNodes(set: FieldSet, fields: Record<string, unknown>): void {
  for (const { element, isMember, children } of set.sorted()) {
    const below: Record<string, unknown> = {};
    if (children !== undefined) {
      if (isMember) below['.'] = {};
      writeNodes(children, below);
    }
    setOwn(fields, element.wire, below);
  }
}

/**
 * Reads a set. Elements of a kind that does not exist (yet) are skipped, as the API server skips them.
 * Throws a `SyntaxError` when a key is no element or the text is nested deeper than {@link MAX_DEPTH}.
 */
export function decodeFieldsV1(fields: unknown): FieldSet {
  return isJsonObject(fields) ? readNodes(fields, 0) : FieldSet.EMPTY;
}

function readNodes(fields: Readonly<Record<string, unknown>>, depth: number): FieldSet {
  if (depth > MAX_DEPTH) throw new SyntaxError(depthError('fieldsV1'));
  const nodes = new Map<string, FieldNode>();
  for (const key of Object.keys(fields)) {
    if (key === '.') continue;
    const element = parsePathElement(key);
    if (element === undefined) continue;
    const value = fields[key];
    const below = isJsonObject(value) ? value : {};
    const children = readNodes(below, depth + 1);
    put(nodes, { element, isMember: children.isEmpty || Object.hasOwn(below, '.'), children });
  }
  return FieldSet.of(nodes);
}
