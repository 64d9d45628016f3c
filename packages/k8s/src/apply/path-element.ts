import { isJsonArray, isJsonObject } from '../json/value.ts';
import { goNumber, goQuote } from '../structural/go-format.ts';
import { compareStrings, compareValues } from './value-order.ts';

/** One key of a list item: a field's name and its value. Sorted by name within an element. */
export interface KeyField {
  readonly name: string;
  readonly value: unknown;
}

/**
 * One step into an object: a field, the item of a keyed list, a member of a set, or a position. `wire` is its text in
 * FieldsV1 (`f:spec`, `k:{"name":"web"}`, `v:"a"`, `i:0`) and its identity: two elements are the same exactly when
 * their wire texts are.
 */
export type PathElement =
  | { readonly kind: 'field'; readonly name: string; readonly wire: string }
  | { readonly kind: 'key'; readonly fields: readonly KeyField[]; readonly wire: string }
  | { readonly kind: 'value'; readonly value: unknown; readonly wire: string }
  | { readonly kind: 'index'; readonly index: number; readonly wire: string };

/** A field of an object, outermost element first. The empty path is the whole object, which nobody owns. */
export type FieldPath = readonly PathElement[];

/** The order of kinds in FieldsV1. */
const KIND_ORDER = { field: 0, key: 1, value: 2, index: 3 } as const;

export function fieldElement(name: string): PathElement {
  return { kind: 'field', name, wire: `f:${name}` };
}

/** The element of a keyed list's item. The fields are sorted here. */
export function keyElement(fields: readonly KeyField[]): PathElement {
  const sorted = fields.length < 2 ? fields : fields.toSorted((a, b) => compareStrings(a.name, b.name));
  const text = sorted.map(({ name, value }) => `${JSON.stringify(name)}:${wireJson(value)}`).join(',');
  return { kind: 'key', fields: sorted, wire: `k:{${text}}` };
}

export function valueElement(value: unknown): PathElement {
  return { kind: 'value', value, wire: `v:${wireJson(value)}` };
}

/**
 * Reads an element as written in FieldsV1. `undefined`: a kind of element that does not exist (yet), to be skipped.
 * Throws a `SyntaxError` when the text is no element at all.
 */
export function parsePathElement(wire: string): PathElement | undefined {
  if (wire.length < 2) throw new SyntaxError('key must be 2 characters long:');
  if (wire[1] !== ':') throw new SyntaxError(`missing colon: ${wire}`);
  const text = wire.slice(2);
  switch (wire[0]) {
    case 'f':
      return { kind: 'field', name: text, wire };
    case 'k':
      return keyElement(parseKey(text));
    case 'v':
      return valueElement(JSON.parse(text));
    case 'i': {
      if (!/^[+-]?\d+$/.test(text)) throw new SyntaxError(`not a position in a list: ${goQuote(text)}`);
      const index = Number(text);
      return { kind: 'index', index, wire: `i:${index}` };
    }
    default:
      return undefined;
  }
}

function parseKey(text: string): KeyField[] {
  const parsed: unknown = JSON.parse(text);
  if (!isJsonObject(parsed)) throw new SyntaxError(`the key of a list item must be a map, not ${text}`);
  return Object.keys(parsed).map((name) => ({ name, value: parsed[name] }));
}

/** The canonical order of elements in FieldsV1: fields, keys, values, positions; each by what it holds. */
export function comparePathElements(a: PathElement, b: PathElement): number {
  if (a.kind === 'field' && b.kind === 'field') return compareStrings(a.name, b.name);
  if (a.kind === 'key' && b.kind === 'key') return compareKeys(a.fields, b.fields);
  if (a.kind === 'value' && b.kind === 'value') return compareValues(a.value, b.value);
  if (a.kind === 'index' && b.kind === 'index') return a.index - b.index;
  return KIND_ORDER[a.kind] - KIND_ORDER[b.kind];
}

function compareKeys(a: readonly KeyField[], b: readonly KeyField[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const x = a[i];
    const y = b[i];
    const order = compareStrings(x?.name ?? '', y?.name ?? '') || compareValues(x?.value, y?.value);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** A path for people and for conflict causes: `.spec.template.spec.containers[name="web"].image`. */
export function formatFieldPath(path: FieldPath): string {
  return path.map(formatPathElement).join('');
}

export function formatPathElement(element: PathElement): string {
  switch (element.kind) {
    case 'field':
      return `.${element.name}`;
    case 'key':
      return `[${element.fields.map(({ name, value }) => `${name}=${formatKeyValue(value)}`).join(',')}]`;
    case 'value':
      return `[=${formatKeyValue(element.value)}]`;
    case 'index':
      return `[${element.index}]`;
  }
}

function formatKeyValue(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number') return goNumber(value);
  if (isJsonArray(value)) return `[${value.map(formatKeyValue).join(',')}]`;
  if (isJsonObject(value))
    return Object.keys(value)
      .map((key) => `${key}=${formatKeyValue(value[key])}`)
      .join('');
  return String(value);
}

/** What the API server's JSON writer escapes beyond JSON: characters that are special in HTML, and line separators. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/** A value as the API server writes it inside an element. Maps get their keys sorted. */
function wireJson(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value)
      .replace(/\\b|\\f|\\\\/g, unshorten)
      .replace(ESCAPED, unicodeEscape);
  }
  if (isJsonArray(value)) return `[${value.map(wireJson).join(',')}]`;
  if (isJsonObject(value)) {
    const keys = Object.keys(value).sort(compareStrings);
    return `{${keys.map((key) => `${wireJson(key)}:${wireJson(value[key])}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

function unshorten(escaped: string): string {
  if (escaped === '\\b') return '\\u0008';
  return escaped === '\\f' ? '\\u000c' : escaped;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
