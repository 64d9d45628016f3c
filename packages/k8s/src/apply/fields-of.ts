import { isJsonArray, isJsonObject } from '../json/value.ts';
import { type Atom, DEDUCED, type ListType, type MapType, narrow, typeOfKey } from './atom.ts';
import { type FieldNode, FieldSet, put } from './field-set.ts';
import { listItems } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';

/** What a value contributes: whether the field that holds it is itself a field of the set, and what is below. */
interface Fields {
  readonly isMember: boolean;
  readonly children: FieldSet;
}

const LEAF: Fields = { isMember: true, children: FieldSet.EMPTY };
const NOTHING: Fields = { isMember: false, children: FieldSet.EMPTY };

/**
 * The fields that a value sets: every leaf, every key of a free map and every item of a list. A declared field that
 * holds a map or list is there only through what it holds, unless that is nothing at all.
 */
export function fieldsOf(value: unknown, atom: Atom): FieldSet {
  return fieldsOfValue(value, atom).children;
}

function fieldsOfValue(value: unknown, atom: Atom): Fields {
  const { map, scalar, list } = narrow(atom, value);
  if (map !== undefined) {
    if (map.isAtomic) return LEAF;
    return isJsonObject(value) ? { isMember: false, children: fieldsOfMap(value, map) } : NOTHING;
  }
  if (scalar !== undefined) return LEAF;
  if (list === undefined) return NOTHING;
  if (list.isAtomic) return LEAF;
  return isJsonArray(value) ? { isMember: false, children: fieldsOfList(value, list) } : NOTHING;
}

function fieldsOfMap(value: Readonly<Record<string, unknown>>, map: MapType): FieldSet {
  const nodes = new Map<string, FieldNode>();
  for (const key of Object.keys(value)) {
    const child = value[key];
    const { isMember, children } = fieldsOfValue(child, typeOfKey(map, key) ?? DEDUCED);
    const isOwn = isMember || isEmptyOrNull(child) || !map.fields.has(key);
    put(nodes, { element: fieldElement(key), isMember: isOwn, children });
  }
  return FieldSet.of(nodes);
}

function isEmptyOrNull(value: unknown): boolean {
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}

function fieldsOfList(value: readonly unknown[], list: ListType): FieldSet {
  const nodes = new Map<string, FieldNode>();
  const type = list.element();
  const seen = new Set<string>();
  for (const { element, value: item } of listItems(list, value)) {
    // Items that share a key cannot be told apart: they are owned together, as one leaf.
    const isDuplicate = seen.has(element.wire);
    seen.add(element.wire);
    nodes.set(element.wire, isDuplicate ? leafNode(element) : itemNode(element, item, type));
  }
  return FieldSet.of(nodes);
}

function leafNode(element: PathElement): FieldNode {
  return { element, isMember: true, children: undefined };
}

function itemNode(element: PathElement, item: unknown, type: Atom): FieldNode {
  const { children } = fieldsOfValue(item, type);
  return { element, isMember: true, children: children.isEmpty ? undefined : children };
}

/**
 * The set and, besides, every declared field on the way to one of its fields: `.a.b.c` brings `.a` and `.a.b` where
 * those are declared, but not the keys of free maps or the items of lists.
 */
export function withDeclaredParents(set: FieldSet, atom: Atom | undefined): FieldSet {
  const nodes = new Map<string, FieldNode>();
  for (const [wire, node] of set.nodes) {
    const { element, children } = node;
    if (children === undefined) {
      nodes.set(wire, node);
      continue;
    }
    const isDeclared = element.kind === 'field' && atom?.map?.fields.has(element.name) === true;
    nodes.set(wire, {
      element,
      isMember: node.isMember || isDeclared,
      children: withDeclaredParents(children, typeBelow(element, atom)),
    });
  }
  return FieldSet.of(nodes);
}

function typeBelow(element: PathElement, atom: Atom | undefined): Atom | undefined {
  if (element.kind === 'field' && atom?.map !== undefined) return typeOfKey(atom.map, element.name);
  if (element.kind === 'key' && atom?.list !== undefined) return atom.list.element();
  return undefined;
}
