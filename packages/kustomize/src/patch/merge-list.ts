import { requireKind, setField } from '../yaml/edit.ts';
import { isEmpty, isNull, LIST, listNode, MAP, SCALAR, untyped, type YamlNode } from '../yaml/node.ts';
import type { Schema } from './schema.ts';

/** Merges two elements of a list; undefined when the result is to be left out. */
export type MergeElement = (
  own: YamlNode | undefined,
  patch: YamlNode | undefined,
  schema: Schema | undefined,
) => YamlNode | undefined;

/** Text of an element's key field; undefined where the element has no such field. */
function keyText(element: YamlNode, key: string): string | undefined {
  return element.kind === MAP ? element.get(key)?.value : undefined;
}

function keyTexts(element: YamlNode, keys: readonly string[]): string[] {
  return keys.map((key) => {
    if (element.kind !== MAP) return '';
    const field = element.get(key);
    return isEmpty(field) ? '' : (field?.value ?? '');
  });
}

/**
 * Merges lists of maps by their keys as kustomize does. Elements of the patch come first, in its order; with a single
 * key also those that were there before.
 */
export function mergeKeyedList(
  own: YamlNode,
  patch: YamlNode | undefined,
  keys: readonly string[],
  schema: Schema | undefined,
  merge: MergeElement,
): YamlNode {
  const identities = distinct([patch, own], keys);
  if (keys.length > 1) completeIdentities(identities);
  const used = usedKeys(identities, keys);
  const added = new KeyedList(used);
  let target = own;
  for (const identity of identities) {
    const values = restrict(identity, keys, used);
    const finder = identityKeys(used, values);
    const merged = merge(find(target, finder), patch === undefined ? undefined : find(patch, finder), schema);
    if (merged === undefined || isNull(merged) || (merged.kind === MAP && isEmpty(merged))) {
      target = without(target, used, values);
      continue;
    }
    used.forEach((key, i) => {
      const value = values[i] ?? '';
      if (merged.kind === MAP && merged.get(key) === undefined && value !== '') setField(merged, key, untyped(value));
    });
    added.put(merged, values);
  }
  for (const element of target.items) appendOwn(added, element, used);
  const result = listNode();
  result.items = added.items();
  return result;
}

/** The identities of the elements of both lists, patch first, each once. */
function distinct(lists: readonly (YamlNode | undefined)[], keys: readonly string[]): string[][] {
  const seen = new Set<string>();
  const result: string[][] = [];
  for (const list of lists) {
    if (list === undefined || isNull(list)) continue;
    requireKind(list, LIST);
    for (const element of list.items) {
      const texts = keyTexts(element, keys);
      const joined = texts.join('\0');
      if (seen.has(joined)) continue;
      seen.add(joined);
      result.push(texts);
    }
  }
  return result;
}

/** Elements that leave out a key take it from an element that agrees in the others. */
function completeIdentities(identities: string[][]): void {
  if (!identities.some((identity) => identity.includes(''))) return;
  for (let i = 0; i < identities.length; i++) {
    const identity = identities[i] as string[];
    for (let j = 0; j < identities.length; j++) {
      const common = agree(identity, identities[j] as string[]);
      if (common === undefined) continue;
      identities[i] = common;
      identities[j] = common;
    }
  }
}

function agree(a: readonly string[], b: readonly string[]): string[] | undefined {
  let shared = false;
  const result: string[] = [];
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    if (x === y) shared = true;
    else if (x !== '' && y !== '') return undefined;
    result.push(x === '' ? y : x);
  }
  return shared ? result : undefined;
}

/** Keys that any element has; all of them when none has any. */
function usedKeys(identities: readonly string[][], keys: readonly string[]): readonly string[] {
  const used = keys.filter((_, i) => identities.some((identity) => identity[i] !== ''));
  return used.length === 0 ? keys : used;
}

function restrict(identity: readonly string[], keys: readonly string[], used: readonly string[]): string[] {
  return identity.filter((_, i) => used.includes(keys[i] as string));
}

/** The keys that an identity really has, for finding its element; all when it has none. */
function identityKeys(keys: readonly string[], values: readonly string[]): readonly (readonly [string, string])[] {
  const pairs = keys.map((key, i): [string, string] => [key, values[i] ?? '']);
  const present = pairs.filter(([, value]) => value !== '');
  return present.length === 0 ? pairs : present;
}

function find(list: YamlNode, pairs: readonly (readonly [string, string])[]): YamlNode | undefined {
  if (list.kind !== LIST) return undefined;
  return list.items.find((element) => pairs.every(([key, value]) => keyText(element, key) === value));
}

/** The list without elements of that identity, and without nulls and empty maps. */
function without(list: YamlNode, keys: readonly string[], values: readonly string[]): YamlNode {
  list.items = list.items.filter((element) => {
    if (isNull(element) || (element.kind === MAP && isEmpty(element))) return false;
    return element.kind !== MAP || !hasIdentity(element, keys, values);
  });
  return list;
}

/** An empty value asks only that the key is there; keys without a value go with the one before. */
function hasIdentity(element: YamlNode, keys: readonly string[], values: readonly string[]): boolean {
  if (values.length === 0) return false;
  return values.every((value, i) => {
    const text = keyText(element, keys[i] as string);
    return text !== undefined && (value === '' || text === value);
  });
}

/** A list in the making, whose elements replace those of the same identity. */
class KeyedList {
  private readonly keys: readonly string[];
  private list: YamlNode[] = [];
  private positions: Map<string, number[]> | undefined = new Map();

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  items(): YamlNode[] {
    return this.list;
  }

  private textOf(element: YamlNode): string | undefined {
    const texts = this.keys.map((key) => keyText(element, key));
    return element.kind !== MAP || texts.includes(undefined) ? undefined : texts.join('\0');
  }

  private indexed(): Map<string, number[]> {
    if (this.positions === undefined) {
      this.positions = new Map();
      for (const [i, element] of this.list.entries()) this.index(element, i);
    }
    return this.positions;
  }

  private index(element: YamlNode, i: number): void {
    const text = this.textOf(element);
    if (text === undefined) return;
    const known = this.positions?.get(text);
    if (known === undefined) this.positions?.set(text, [i]);
    else known.push(i);
  }

  /** Adds the element, or puts it in the place of every one with these values. */
  put(element: YamlNode, values: readonly string[]): void {
    this.dropEmpty();
    if (values.length === 0) {
      this.list = [element];
      this.positions = undefined;
    } else if (values.includes('') || values.length < this.keys.length) {
      const matching = this.list.flatMap((e, i) => (e.kind === MAP && hasIdentity(e, this.keys, values) ? [i] : []));
      this.place(element, matching);
    } else {
      this.place(element, this.indexed().get(values.join('\0')) ?? []);
    }
  }

  private place(element: YamlNode, at: readonly number[]): void {
    if (at.length === 0) {
      this.list.push(element);
      if (this.positions !== undefined) this.index(element, this.list.length - 1);
      return;
    }
    for (const i of at) this.list[i] = element;
    this.positions = undefined;
  }

  remove(values: readonly string[]): void {
    if (values.length === this.keys.length && !values.includes('') && !this.indexed().has(values.join('\0'))) return;
    const kept = this.list.filter((e) => values.length > 0 && (e.kind !== MAP || !hasIdentity(e, this.keys, values)));
    if (kept.length === this.list.length) return;
    this.list = kept;
    this.positions = undefined;
  }

  append(element: YamlNode): void {
    this.list.push(element);
    if (this.positions !== undefined) this.index(element, this.list.length - 1);
  }

  private dropEmpty(): void {
    const last = this.list.at(-1);
    if (last === undefined || !(isNull(last) || (last.kind === MAP && isEmpty(last)))) return;
    this.list = this.list.filter((e) => !(isNull(e) || (e.kind === MAP && isEmpty(e))));
    this.positions = undefined;
  }
}

/**
 * Adds an element of the original list behind what the patch brought. One without a key is kept, but with a single key
 * it takes the place of all before it, as in kustomize.
 */
function appendOwn(added: KeyedList, element: YamlNode, keys: readonly string[]): void {
  const values: string[] = [];
  for (const key of keys) {
    const text = keyText(element, key);
    if (text === undefined) added.append(element);
    else values.push(text);
  }
  if (keys.length > 1) added.remove(values);
  added.put(element, values);
}

/** Merges lists of scalars: those of the patch first, no value twice. */
export function mergeScalarList(own: YamlNode, patch: YamlNode | undefined): YamlNode {
  const result = listNode();
  const byText = new Map<string, number>();
  for (const list of [patch, own]) {
    if (list === undefined || isNull(list)) continue;
    for (const item of list.items) {
      if (isNull(item) || item.kind !== SCALAR) continue;
      const known = byText.get(item.value);
      if (known === undefined) {
        byText.set(item.value, result.items.length);
        result.items.push(item);
      } else if (list === own) result.items[known] = item;
    }
  }
  return result;
}
