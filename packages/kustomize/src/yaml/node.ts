import type { BuildHistory } from '../accumulate/history.ts';

/** What a node is. */
export const SCALAR = 1;
export const MAP = 2;
export const LIST = 3;
export type Kind = typeof SCALAR | typeof MAP | typeof LIST;

/** How a scalar or collection was written. Bits, because a tag can accompany each. */
export const PLAIN = 0;
export const DOUBLE_QUOTED = 1;
export const SINGLE_QUOTED = 2;
export const LITERAL = 4;
export const FOLDED = 8;
export const TAGGED = 16;
export const FLOW = 32;
export const QUOTED_OR_BLOCK = DOUBLE_QUOTED | SINGLE_QUOTED | LITERAL | FOLDED;

export const TAG_NONE = '';
export const TAG_STRING = '!!str';
export const TAG_INT = '!!int';
export const TAG_FLOAT = '!!float';
export const TAG_BOOL = '!!bool';
export const TAG_NULL = '!!null';
export const TAG_TIMESTAMP = '!!timestamp';
export const TAG_BINARY = '!!binary';
export const TAG_MERGE = '!!merge';
export const TAG_MAP = '!!map';
export const TAG_LIST = '!!seq';

const COLUMNS = 4096;
const NO_ITEMS: YamlNode[] = [];

/** Above this many keys a map keeps an index, so that looking up every key of a huge ConfigMap stays linear. */
const INDEX_FROM = 24;

/**
 * A node of a YAML document. One mutable class for all kinds, because kustomize replaces nodes in place and a scalar
 * keeps the style and tag that later steps decide by: a patch on a quoted number gives a string.
 */
export class YamlNode {
  kind: Kind;
  tag: string;
  /** Text of a scalar; empty for others. */
  value: string;
  style: number;
  /** Position in the source: `line * 4096 + column`, both from 1; 0 when the node was not read. */
  at: number;
  /** Keys of a map, in order; parallel to `items`. */
  keys: string[];
  /** Tags of the keys; absent when all keys are strings. */
  keyTags: string[] | undefined;
  /** Values of a map, elements of a list. */
  items: YamlNode[];
  /** On a `metadata.annotations` map: what the build knows of the object (kustomize keeps it in annotations). */
  history: BuildHistory | undefined;
  private index: Map<string, number> | undefined;

  constructor(kind: Kind, tag: string, value: string, style: number, at: number) {
    this.kind = kind;
    this.tag = tag;
    this.value = value;
    this.style = style;
    this.at = at;
    this.keys = kind === MAP ? [] : (NO_ITEMS as never[]);
    this.keyTags = undefined;
    this.items = kind === SCALAR ? NO_ITEMS : [];
    this.history = undefined;
    this.index = undefined;
  }

  get line(): number {
    return Math.floor(this.at / COLUMNS);
  }

  get column(): number {
    return this.at % COLUMNS;
  }

  /** Position of a map's key; -1 when there is none, and on anything but a map. The first of duplicates. */
  indexOf(key: string): number {
    const { keys } = this;
    const count = keys.length;
    if (count < INDEX_FROM) {
      for (let i = 0; i < count; i++) if (keys[i] === key) return i;
      return -1;
    }
    if (this.index === undefined) {
      this.index = new Map();
      for (let i = count - 1; i >= 0; i--) this.index.set(keys[i] as string, i);
    }
    return this.index.get(key) ?? -1;
  }

  get(key: string): YamlNode | undefined {
    const i = this.indexOf(key);
    return i < 0 ? undefined : this.items[i];
  }

  /** Adds an entry at the end, duplicates included. */
  append(key: string, value: YamlNode, keyTag: string = TAG_STRING): void {
    if (this.index !== undefined && !this.index.has(key)) this.index.set(key, this.keys.length);
    this.keys.push(key);
    this.items.push(value);
    if (keyTag !== TAG_STRING && this.keyTags === undefined) {
      this.keyTags = new Array<string>(this.keys.length - 1).fill(TAG_STRING);
    }
    this.keyTags?.push(keyTag);
  }

  /** Puts a value under a key: in place of the old one, or at the end. */
  set(key: string, value: YamlNode): void {
    const i = this.indexOf(key);
    if (i < 0) this.append(key, value);
    else this.items[i] = value;
  }

  /** Removes the first entry of that key and returns its value. */
  delete(key: string): YamlNode | undefined {
    const i = this.indexOf(key);
    if (i < 0) return undefined;
    const removed = this.items[i];
    this.keys.splice(i, 1);
    this.items.splice(i, 1);
    this.keyTags?.splice(i, 1);
    this.index = undefined;
    return removed;
  }

  /** Becomes the other node, in place: everyone who holds this node sees the change. Contents are shared. */
  assign(other: YamlNode): void {
    this.kind = other.kind;
    this.tag = other.tag;
    this.value = other.value;
    this.style = other.style;
    // A value made by a transformer stands where the one it replaces stood.
    if (other.at !== 0) this.at = other.at;
    this.keys = other.keys;
    this.keyTags = other.keyTags;
    this.items = other.items;
    this.history = other.history;
    this.index = undefined;
  }

  /** A deep copy that shares nothing. */
  copy(): YamlNode {
    const result = new YamlNode(this.kind, this.tag, this.value, this.style, this.at);
    if (this.kind === SCALAR) return result;
    if (this.kind === MAP) result.keys = this.keys.slice();
    result.keyTags = this.keyTags?.slice();
    result.items = this.items.map((item) => item.copy());
    result.history = this.history?.copy();
    return result;
  }

  /** Whether both are written alike, styles and tags included. */
  equals(other: YamlNode): boolean {
    return (
      this.kind === other.kind &&
      this.tag === other.tag &&
      this.value === other.value &&
      this.style === other.style &&
      this.items.length === other.items.length &&
      this.keys.every((key, i) => key === other.keys[i]) &&
      this.items.every((item, i) => item.equals(other.items[i] as YamlNode))
    );
  }

  /** Turns a null into an empty map or list, as field specs that create do. */
  becomeEmpty(kind: typeof MAP | typeof LIST, tag: string): void {
    this.kind = kind;
    this.tag = tag;
    this.keys = [];
    this.keyTags = undefined;
    this.items = [];
    this.index = undefined;
  }
}

/** Line and column of a position. */
export function placeOf(at: number): { readonly line: number; readonly column: number } {
  return { line: Math.floor(at / COLUMNS), column: at % COLUMNS };
}

export function position(line: number, column: number): number {
  return line * COLUMNS + Math.min(column, COLUMNS - 1);
}

/** A scalar without a tag: what it is gets decided when it is printed, unless it must be quoted. */
export function untyped(value: string): YamlNode {
  return new YamlNode(SCALAR, TAG_NONE, value, PLAIN, 0);
}

/** A scalar that stays a string whatever its text looks like. */
export function stringNode(value: string): YamlNode {
  return new YamlNode(SCALAR, TAG_STRING, value, value.includes('\n') ? LITERAL : PLAIN, 0);
}

export function mapNode(): YamlNode {
  return new YamlNode(MAP, TAG_NONE, '', PLAIN, 0);
}

export function listNode(): YamlNode {
  return new YamlNode(LIST, TAG_NONE, '', PLAIN, 0);
}

export function isNull(node: YamlNode | undefined): boolean {
  return node === undefined || node.tag === TAG_NULL;
}

/** Absent, null, or a collection without content. */
export function isEmpty(node: YamlNode | undefined): boolean {
  if (node === undefined || node.tag === TAG_NULL) return true;
  return node.kind !== SCALAR && node.items.length === 0 && node.history === undefined;
}
