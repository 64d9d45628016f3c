import type { Json } from '../emit/json.ts';
import { formatFloat, jsonNumber } from '../emit/numbers.ts';
import { canBePlain } from '../emit/scalar-text.ts';
import {
  DOUBLE_QUOTED,
  FLOW,
  LIST,
  LITERAL,
  MAP,
  PLAIN,
  SCALAR,
  SINGLE_QUOTED,
  TAG_BOOL,
  TAG_FLOAT,
  TAG_INT,
  TAG_LIST,
  TAG_MAP,
  TAG_NULL,
  TAG_STRING,
  YamlNode,
} from './node.ts';
import type { Plain } from './read-plain.ts';
import { isOldBoolean, plainTag, readsAsString } from './scalars.ts';

/**
 * Nodes for a value as if Go's YAML library had written and read it: which strings have quotes decides what a later
 * patch makes of them. Numbers are doubles, as after a JSON patch.
 */
export function fromJson(value: Json): YamlNode {
  if (value === null) return new YamlNode(SCALAR, TAG_NULL, 'null', PLAIN, 0);
  if (typeof value === 'boolean') return new YamlNode(SCALAR, TAG_BOOL, String(value), PLAIN, 0);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const text = formatFloat(Number(value));
    return new YamlNode(SCALAR, plainTag(text, 'core') === TAG_INT ? TAG_INT : TAG_FLOAT, text, PLAIN, 0);
  }
  if (typeof value === 'string') return stringScalar(value);
  if (Array.isArray(value)) {
    const list = new YamlNode(LIST, TAG_LIST, '', PLAIN, 0);
    list.items = value.map(fromJson);
    return list;
  }
  const map = new YamlNode(MAP, TAG_MAP, '', PLAIN, 0);
  for (const [key, item] of value) map.append(key, fromJson(item));
  return map;
}

function styleOf(value: string, plain: boolean): number {
  if (value.includes('\n')) return LITERAL;
  if (!plain) return DOUBLE_QUOTED;
  // Text that cannot stand without quotes has come back with them.
  return canBePlain(value, false) ? PLAIN : SINGLE_QUOTED;
}

/** Nodes for a value as if its JSON text had been read: every string in quotes, every collection in flow style. */
export function fromJsonText(value: Json): YamlNode {
  if (typeof value === 'string') return new YamlNode(SCALAR, TAG_STRING, value, DOUBLE_QUOTED, 0);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const text = jsonNumber(value);
    return new YamlNode(SCALAR, plainTag(text, 'core'), text, PLAIN, 0);
  }
  if (value === null || typeof value === 'boolean') return fromJson(value);
  if (Array.isArray(value)) {
    const list = new YamlNode(LIST, TAG_LIST, '', FLOW, 0);
    list.items = value.map(fromJsonText);
    return list;
  }
  const map = new YamlNode(MAP, TAG_MAP, '', FLOW, 0);
  for (const [key, item] of value) map.append(key, fromJsonText(item));
  return map;
}

/** Nodes for a value that was read by YAML 1.1: strings stay strings, integers keep all their digits. */
export function fromPlain(value: Plain): YamlNode {
  if (value === null || typeof value === 'boolean') return fromJson(value);
  if (typeof value === 'string') return stringScalar(value);
  if (typeof value === 'number' || typeof value === 'bigint') return fromJsonText(value);
  if (value instanceof Map) {
    const map = new YamlNode(MAP, TAG_MAP, '', PLAIN, 0);
    for (const [key, item] of value) map.append(key, fromPlain(item));
    return map;
  }
  const list = new YamlNode(LIST, TAG_LIST, '', PLAIN, 0);
  list.items = (value as readonly Plain[]).map(fromPlain);
  return list;
}

function stringScalar(value: string): YamlNode {
  const plain = readsAsString(value, 'core') && !isOldBoolean(value);
  return new YamlNode(SCALAR, TAG_STRING, value, styleOf(value, plain), 0);
}
