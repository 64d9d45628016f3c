import type { Schema } from '@stageset/k8s';
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, STRING, TIMESTAMP, type Type } from '../types/type.ts';
import { fieldNames } from './escape.ts';

/** What rules see of an object's type and metadata, whatever its schema says. */
const OBJECT_META: Schema = {
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
};

/** The schema of a whole object as rules see it. */
export function asResource(schema: Schema): Schema {
  const text: Schema = { type: 'string' };
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata: OBJECT_META } };
}

export function itemSchema(schema: Schema): Schema | undefined {
  return schema.items === undefined ? undefined : inner(schema.items);
}

/** The schema of a map's values; undefined for an object whose fields are known. */
export function valueSchema({ additionalProperties }: Schema): Schema | undefined {
  return typeof additionalProperties === 'object' ? inner(additionalProperties) : undefined;
}

export function fieldSchemas({ properties = {} }: Schema): readonly (readonly [string, Schema])[] {
  return Object.entries(properties).map(([name, property]) => [name, inner(property)]);
}

/** Objects within objects have type and metadata too. */
function inner(schema: Schema): Schema {
  return schema['x-kubernetes-embedded-resource'] === true ? asResource(schema) : schema;
}

/** The type of a schema's values. Undefined for what a schema knows nothing of: rules cannot read it. */
export function schemaType(schema: Schema, name: string): Type | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return DYN;
  switch (schema.type) {
    case 'array': {
      const items = itemSchema(schema);
      const element = items === undefined ? undefined : schemaType(items, `${name}.@idx`);
      return element === undefined ? undefined : listOf(element);
    }
    case 'object':
      return objectType(schema, name);
    case 'string':
      return stringType(schema.format);
    case 'boolean':
      return BOOL;
    case 'integer':
      return INT;
    case 'number':
      return DOUBLE;
    default:
      return undefined;
  }
}

function objectType(schema: Schema, name: string): Type | undefined {
  const values = valueSchema(schema);
  if (values !== undefined) {
    const value = schemaType(values, `${name}.@elem`);
    return value === undefined ? undefined : mapOf(STRING, value);
  }
  const fields = new Map<string, Type>();
  for (const [field, property] of fieldSchemas(schema)) {
    const type = schemaType(property, `${name}.${field}`);
    if (type !== undefined) for (const each of fieldNames(field)) fields.set(each, type);
  }
  return { kind: 'object', name, fields };
}

function stringType(format: string | undefined): Type {
  if (format === 'byte') return BYTES;
  if (format === 'duration') return DURATION;
  return format === 'date' || format === 'date-time' ? TIMESTAMP : STRING;
}
