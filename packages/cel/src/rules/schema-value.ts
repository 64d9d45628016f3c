import { isJsonArray, isJsonObject, own, type Schema } from '@stageset/k8s';
import { fromJson } from '../values/convert.ts';
import { parseDuration, parseTimestamp } from '../values/time.ts';
import { withoutOrder } from '../values/unordered.ts';
import { MapValue, type Value } from '../values/value.ts';
import { fieldNames } from './escape.ts';
import { fieldSchemas, itemSchema, valueSchema } from './schema-type.ts';

/** JSON as rules see it by its schema: fields escaped, numbers and texts of their formats. What it does not know is left out. */
export function schemaValue(json: unknown, schema: Schema): Value {
  if (json === null || schema['x-kubernetes-int-or-string'] === true) return fromJson(json);
  switch (schema.type) {
    case 'array': {
      const items = itemSchema(schema);
      if (!isJsonArray(json) || items === undefined) return fromJson(json);
      const list = json.map((item) => schemaValue(item, items));
      const type = schema['x-kubernetes-list-type'];
      if (type === 'set') return withoutOrder(list, []);
      return type === 'map' ? withoutOrder(list, schema['x-kubernetes-list-map-keys'] ?? []) : list;
    }
    case 'object':
      return isJsonObject(json) ? objectValue(json, schema) : fromJson(json);
    case 'number':
      return typeof json === 'number' ? json : fromJson(json);
    case 'string':
      return typeof json === 'string' ? stringValue(json, schema.format) : fromJson(json);
    default:
      return fromJson(json);
  }
}

function objectValue(json: Readonly<Record<string, unknown>>, schema: Schema): Value {
  const map = new MapValue();
  const values = valueSchema(schema);
  if (values !== undefined) {
    for (const [key, value] of Object.entries(json)) map.add(key, schemaValue(value, values));
    return map;
  }
  for (const [field, property] of fieldSchemas(schema)) {
    const value = own(json, field);
    if (value === undefined) continue;
    const read = schemaValue(value, property);
    for (const each of fieldNames(field)) map.add(each, read);
  }
  return map;
}

function stringValue(text: string, format: string | undefined): Value {
  switch (format) {
    case 'byte':
      return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    case 'duration':
      return parseDuration(text) ?? text;
    case 'date-time':
      return parseTimestamp(text) ?? text;
    case 'date':
      return parseTimestamp(`${text}T00:00:00Z`) ?? text;
    default:
      return text;
  }
}
