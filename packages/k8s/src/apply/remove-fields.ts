import { isJsonArray, isJsonObject, setOwn } from '../json/value.ts';
import { type Atom, DEDUCED, type ListType, type MapType, narrow, typeOfKey } from './atom.ts';
import type { FieldSet } from './field-set.ts';
import { elementOfItem } from './list-items.ts';

/**
 * A value without the fields of a set: keys and list items that are in it go, with all they hold. A map or list that
 * stays but loses everything becomes null, as does an atomic one from which a part is to be taken.
 */
export function removeFields(value: unknown, fields: FieldSet, atom: Atom): unknown {
  if (fields.isEmpty) return value;
  const { map, scalar, list } = narrow(atom, value);
  if (map !== undefined) return isJsonObject(value) && !map.isAtomic ? removeKeys(value, fields, map) : null;
  if (scalar !== undefined || list === undefined) return value;
  return isJsonArray(value) && !list.isAtomic ? removeItems(value, fields, list) : null;
}

function removeKeys(value: Readonly<Record<string, unknown>>, fields: FieldSet, type: MapType): unknown {
  const kept: Record<string, unknown> = {};
  let isEmpty = true;
  for (const key of Object.keys(value)) {
    const node = fields.nodes.get(`f:${key}`);
    if (node?.isMember === true) continue;
    const child = value[key];
    setOwn(kept, key, node?.children ? removeFields(child, node.children, typeOfKey(type, key) ?? DEDUCED) : child);
    isEmpty = false;
  }
  return isEmpty ? null : kept;
}

function removeItems(value: readonly unknown[], fields: FieldSet, type: ListType): unknown {
  const kept: unknown[] = [];
  const atom = type.element();
  for (const item of value) {
    const element = elementOfItem(type, item);
    const node = typeof element === 'string' ? undefined : fields.nodes.get(element.wire);
    if (node?.isMember === true) continue;
    kept.push(node?.children ? removeFields(item, node.children, atom) : item);
  }
  return kept.length === 0 ? null : kept;
}
