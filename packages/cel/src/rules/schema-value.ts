import { isJsonArray, isJsonObject, own, type Schema } from '@stageset/k8s';
import { fromJson } from '../values/convert.ts';
import { parseDuration, parseTimestamp } from '../values/time.ts';
import { MapValue, type Value } from '../values/value.ts';
import { escapeField } from './escape.ts';
import { fieldSchemas, itemSchema, valueSchema } from './schema-type.ts';

/** JSON as rules see it by its schema: fields escaped, numbers and texts of their formats. What it does not know is left out. */
export function schemaValue(json: unknown, schema: Schema): Value {
  if (json === null || schema['x-kubernetes-int-or-string'] === true) return fromJson(json);
  switch (schema.type) {
    case 'array': {
      const items = itemSchema(schema);
      return isJsonArray(json) && items !== undefined ? json.map((item) => schemaValue(item, items)) : fromJson(json);
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
    const escaped = escapeField(field);
    if (value !== undefined && escaped !== undefined) map.add(escaped, schemaValue(value, property));
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
