import { FLOW, MAP, SCALAR, TAG_STRING, type YamlNode } from '../yaml/node.ts';
import { EmitError } from './error.ts';
import { jsonNumber } from './numbers.ts';
import { notJson, scalarValue } from './values.ts';

/** A JSON value; maps as Map so that no key is special. */
export type Json = null | boolean | number | bigint | string | Json[] | JsonMap;
export type JsonMap = Map<string, Json>;

/**
 * What an object is in JSON.
 *
 * @throws EmitError for what JSON cannot hold.
 */
export function toJson(node: YamlNode, inFlow = false, isRoot = true): Json {
  if (node.kind === SCALAR) {
    const value = scalarValue(node, inFlow);
    if (typeof value === 'number' && !Number.isFinite(value)) throw notJson(node);
    return value;
  }
  const flow = inFlow || (node.style & FLOW) !== 0;
  if (node.kind !== MAP) return node.items.map((item) => toJson(item, flow, false));
  const result: JsonMap = new Map();
  for (let i = 0; i < node.keys.length; i++) {
    const key = node.keys[i] as string;
    const item = node.items[i] as YamlNode;
    if (result.has(key)) throw new EmitError(`mapping key "${key}" already defined`, item);
    if (!isRoot && node.keyTags !== undefined && node.keyTags[i] !== TAG_STRING) {
      throw new EmitError(`key ${key} is not a string: quote it`, item);
    }
    result.set(key, toJson(item, flow, false));
  }
  return result;
}

const ESCAPED = /["\\\u0000-\u001f<>&\u2028\u2029]/g;
const SHORT = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\b', '\\b'],
  ['\f', '\\f'],
]);

function jsonString(text: string): string {
  const escaped = text.replace(ESCAPED, (c) => SHORT.get(c) ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}

/** Byte order of UTF-8, which differs from that of UTF-16 beyond U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
}

/** Text as Go's encoder writes it: keys sorted, nothing between, `<`, `>` and `&` escaped. */
export function jsonText(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number' || typeof value === 'bigint') return jsonNumber(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const keys = [...value.keys()].sort(compareUtf8);
  return `{${keys.map((key) => `${jsonString(key)}:${jsonText(value.get(key) as Json)}`).join(',')}}`;
}

/** The same with line breaks and two blanks of indentation. */
export function jsonPretty(value: Json, indent = ''): string {
  if (value === null || typeof value !== 'object') return jsonText(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + jsonPretty(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (value.size === 0) return '{}';
  const keys = [...value.keys()].sort(compareUtf8);
  const lines = keys.map((key) => `${inner}${jsonString(key)}: ${jsonPretty(value.get(key) as Json, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
