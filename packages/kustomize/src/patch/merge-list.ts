import { requireKind, setField } from '../yaml/edit.ts';
import { FieldError } from '../yaml/field-error.ts';
import { isEmpty, isNull, LIST, listNode, MAP, SCALAR, untyped, type YamlNode } from '../yaml/node.ts';
import type { Schema } from './schema.ts';

/** Merges two elements of a list; undefined when the result is to be left out. */
export type MergeElement = (
  own: YamlNode | undefined,
  patch: YamlNode | undefined,
  schema: Schema | undefined,
) => YamlNode | undefined;

/** Told of the elements of a patch that a merge leaves out, with the keys of the list that they lack. */
export type Dropped = (element: YamlNode, lacking: readonly string[]) => void;

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
 * key also those that were there before. An element of the patch that lacks a key which others have is lost, as in
 * kustomize; `dropped` hears of it.
 */
export function mergeKeyedList(
  own: YamlNode,
  patch: YamlNode | undefined,
  keys: readonly string[],
  schema: Schema | undefined,
  merge: MergeElement,
  dropped: Dropped,
): YamlNode {
  const identities = distinct([patch, own], keys);
  if (keys.length > 1) completeIdentities(identities);
  const used = usedKeys(identities, keys);
  const added = new KeyedList(used);
  const removed = new KeyedList(used);
  for (const element of own.items) removed.append(element);
  const ownFinder = new Finder(own);
  const patchFinder = patch === undefined || isNull(patch) ? undefined : new Finder(patch);
  const taken = new Set<YamlNode>();
  for (const identity of identities) {
    const values = restrict(identity, keys, used);
    const pairs = identityKeys(used, values);
    const mine = ownFinder.find(pairs);
    const theirs = patchFinder?.find(pairs);
    if (theirs !== undefined) taken.add(theirs);
    const merged = merge(mine !== undefined && removed.has(mine) ? mine : undefined, theirs, schema);
    if (merged === undefined || isBlank(merged)) {
      removed.dropBlank();
      removed.remove(values);
      continue;
    }
    used.forEach((key, i) => {
      const value = values[i] ?? '';
      if (merged.kind === MAP && merged.get(key) === undefined && value !== '') setField(merged, key, untyped(value));
    });
    added.put(merged, values);
  }
  for (const element of removed.items()) appendOwn(added, element, used);
  const result = listNode();
  result.items = added.items();
  if (patch !== undefined) for (const item of result.items) taken.add(item);
  for (const element of patch?.items ?? []) {
    if (element.kind !== MAP || isBlank(element) || taken.has(element)) continue;
    dropped(
      element,
      used.filter((key) => keyText(element, key) === undefined),
    );
  }
  return result;
}

function isBlank(node: YamlNode): boolean {
  return isNull(node) || (node.kind === MAP && isEmpty(node));
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
  // Only elements with the same first key can agree, unless one leaves that out.
  const groups = new Map<string, number[]>();
  const split = identities.every((identity) => identity[0] !== '');
  identities.forEach((identity, i) => {
    const key = split ? (identity[0] ?? '') : '';
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
  });
  for (const group of groups.values()) {
    if (group.length > MAX_PARTIAL) {
      throw new FieldError(`a list has more than ${MAX_PARTIAL} elements that leave out keys they merge by`);
    }
    completeGroup(identities, group);
  }
}

/** Elements whose identities have to be compared each with each. */
const MAX_PARTIAL = 2000;

function completeGroup(identities: string[][], group: readonly number[]): void {
  for (const i of group) {
    const identity = identities[i] as string[];
    for (const j of group) {
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

/** Finds the first element that has given keys, with an index for each set of keys that is asked for. */
class Finder {
  private readonly list: YamlNode;
  private readonly indexes = new Map<string, Map<string, YamlNode>>();

  constructor(list: YamlNode) {
    this.list = list;
  }

  find(pairs: readonly (readonly [string, string])[]): YamlNode | undefined {
    const keys = pairs.map(([key]) => key);
    const name = keys.join('\0');
    let index = this.indexes.get(name);
    if (index === undefined) {
      index = new Map();
      for (const element of this.list.items) {
        const texts = keys.map((key) => keyText(element, key));
        const text = texts.includes(undefined) ? undefined : texts.join('\0');
        if (text !== undefined && !index.has(text)) index.set(text, element);
      }
      this.indexes.set(name, index);
    }
    return index.get(pairs.map(([, value]) => value).join('\0'));
  }
}

/** An empty value asks only that the key is there; keys without a value go with the one before. */
function hasIdentity(element: YamlNode, keys: readonly string[], values: readonly string[]): boolean {
  if (values.length === 0) return false;
  return values.every((value, i) => {
    const text = keyText(element, keys[i] as string);
    return text !== undefined && (value === '' || text === value);
  });
}

/** A list in the making, whose elements replace those of the same identity. Look-ups by a whole identity take no search. */
class KeyedList {
  private readonly keys: readonly string[];
  /** Undefined where an element has been removed. */
  private list: (YamlNode | undefined)[] = [];
  private readonly places = new Map<YamlNode, number>();
  private readonly byIdentity = new Map<string, number[]>();
  private readonly byFirstKey = new Map<string, number[]>();

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  items(): YamlNode[] {
    return this.list.filter((element) => element !== undefined);
  }

  has(element: YamlNode): boolean {
    const at = this.places.get(element);
    return at !== undefined && this.list[at] === element;
  }

  append(element: YamlNode): void {
    const at = this.list.length;
    this.list.push(element);
    this.places.set(element, at);
    if (element.kind !== MAP) return;
    const texts = this.keys.map((key) => keyText(element, key));
    if (texts[0] !== undefined) push(this.byFirstKey, texts[0], at);
    if (!texts.includes(undefined)) push(this.byIdentity, texts.join('\0'), at);
  }

  /** Without a first value kustomize looks into every element, and fails at one that is no map. */
  private requireMaps(values: readonly string[]): void {
    if ((values[0] ?? '') !== '') return;
    for (const element of this.list) if (element !== undefined) requireKind(element, MAP);
  }

  /** Adds the element, or puts it in the place of every one with these values. */
  put(element: YamlNode, values: readonly string[]): void {
    this.requireMaps(values);
    const last = this.list.at(-1);
    if (last !== undefined && isBlank(last)) this.dropBlank();
    if (values.length === 0) {
      this.list = [];
      this.byIdentity.clear();
      this.byFirstKey.clear();
    }
    const at = this.matching(values);
    if (at.length === 0) this.append(element);
    for (const i of at) {
      this.list[i] = element;
      this.places.set(element, i);
    }
  }

  remove(values: readonly string[]): void {
    this.requireMaps(values);
    if (values.length === 0) this.list = [];
    for (const i of this.matching(values)) this.list[i] = undefined;
  }

  dropBlank(): void {
    this.list = this.list.map((element) => (element !== undefined && isBlank(element) ? undefined : element));
  }

  private matching(values: readonly string[]): readonly number[] {
    const [first = ''] = values;
    if (values.length === this.keys.length && !values.includes('')) {
      return (this.byIdentity.get(values.join('\0')) ?? []).filter((i) => this.list[i] !== undefined);
    }
    const candidates = first === '' ? [...this.list.keys()] : (this.byFirstKey.get(first) ?? []);
    return candidates.filter((i) => {
      const element = this.list[i];
      return element?.kind === MAP && hasIdentity(element, this.keys, values);
    });
  }
}

function push(index: Map<string, number[]>, key: string, at: number): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, [at]);
  else known.push(at);
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
