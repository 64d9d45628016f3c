import { isJsonArray, isJsonObject, own } from '../json/value.ts';
import { goQuote } from '../structural/go-format.ts';
import type { ListType } from './atom.ts';
import { type KeyField, keyElement, type PathElement, valueElement } from './path-element.ts';

/**
 * What tells an item of a set or keyed list apart from its neighbours. A key field that the item leaves out counts with
 * its default; one without a default is left out of the key. Returns the reason as text when the item has no place in
 * such a list.
 */
export function elementOfItem(list: ListType, item: unknown): PathElement | string {
  return list.keys.length === 0 ? elementOfMember(item) : elementOfKeyedItem(list, item);
}

function elementOfMember(item: unknown): PathElement | string {
  if (item === null || item === undefined) {
    return "associative list without keys has an element that's an explicit null";
  }
  if (isJsonArray(item)) return 'not supported: associative list with lists as elements';
  if (isJsonObject(item)) return "associative list without keys has an element that's a map type";
  return valueElement(item);
}

function elementOfKeyedItem(list: ListType, item: unknown): PathElement | string {
  if (item === null || item === undefined) return 'associative list with keys may not have a null element';
  if (!isJsonObject(item)) return 'associative list with keys may not have non-map elements';
  const fields: KeyField[] = [];
  const map = list.element().map;
  for (const name of list.keys) {
    const value = own(item, name);
    if (value !== undefined) {
      fields.push({ name, value });
    } else if (map === undefined) {
      return `couldn't find default value for ${name}: associative list may not have non-map types`;
    } else {
      const fallback = map.fields.get(name)?.default;
      if (fallback !== undefined && fallback !== null) fields.push({ name, value: fallback });
    }
  }
  if (fields.length > 0) return keyElement(fields);
  const names = `[${list.keys.map(goQuote).join(' ')}]`;
  return `associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`;
}

/** An item beside its element. */
export interface ListItem {
  readonly element: PathElement;
  readonly value: unknown;
}

/** The items of a list whose items are known to have elements, in order. Others are left out. */
export function listItems(list: ListType, items: readonly unknown[]): ListItem[] {
  const result: ListItem[] = [];
  for (const value of items) {
    const element = elementOfItem(list, value);
    if (typeof element !== 'string') result.push({ element, value });
  }
  return result;
}
