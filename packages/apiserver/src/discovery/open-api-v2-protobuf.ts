import { isJsonArray, isJsonObject, type JsonObject } from '@stageset/k8s';
import { field, flag, message } from '../protobuf/write.ts';
import type { OpenApiV2 } from './open-api-v2.ts';

/** Numbers of the fields of `openapi.v2`, the messages in which clients ask for the document. */
const DOCUMENT = { swagger: 1, info: 2, paths: 8, definitions: 9 } as const;
const INFO = { title: 1, version: 2 } as const;
const SCHEMA = {
  ref: 1,
  format: 2,
  description: 4,
  default: 5,
  required: 19,
  enum: 20,
  additionalProperties: 21,
  type: 22,
  items: 23,
  properties: 25,
  extension: 31,
} as const;
/** Of messages with one field, and of pairs: a name and its value. */
const ONLY = 1;
const NAME = 1;
const VALUE = 2;
const BOOLEAN = 2;
/** Any value, as YAML; JSON is YAML. */
const YAML = 2;

/** The document as protobuf: the one form in which `kubectl` reads version 2. */
export function openApiV2Bytes({ swagger, info, definitions }: OpenApiV2): Uint8Array {
  return message([
    field(DOCUMENT.swagger, swagger),
    field(DOCUMENT.info, message([field(INFO.title, info.title), field(INFO.version, info.version)])),
    field(DOCUMENT.paths, message([])),
    field(DOCUMENT.definitions, named(definitions, ONLY)),
  ]);
}

function named(schemas: JsonObject, number: number): Uint8Array {
  return message(Object.entries(schemas).map(([name, schema]) => field(number, pair(name, schemaBytes(schema)))));
}

const pair = (name: string, value: Uint8Array) => message([field(NAME, name), field(VALUE, value)]);
const anyBytes = (value: unknown) => message([field(YAML, `${JSON.stringify(value)}\n`)]);

function schemaBytes(schema: unknown): Uint8Array {
  return message(isJsonObject(schema) ? fieldsOf(schema) : []);
}

function* fieldsOf(schema: JsonObject): Generator<Uint8Array> {
  const { $ref, format, description, required, type, items, properties, additionalProperties } = schema;
  if (typeof $ref === 'string') yield field(SCHEMA.ref, $ref);
  if (typeof format === 'string') yield field(SCHEMA.format, format);
  if (typeof description === 'string') yield field(SCHEMA.description, description);
  if (schema['default'] !== undefined) yield field(SCHEMA.default, anyBytes(schema['default']));
  for (const name of isJsonArray(required) ? required : []) yield field(SCHEMA.required, String(name));
  for (const value of isJsonArray(schema['enum']) ? schema['enum'] : []) yield field(SCHEMA.enum, anyBytes(value));
  if (additionalProperties === true) yield field(SCHEMA.additionalProperties, flag(BOOLEAN));
  else if (isJsonObject(additionalProperties)) {
    yield field(SCHEMA.additionalProperties, field(ONLY, schemaBytes(additionalProperties)));
  }
  if (typeof type === 'string') yield field(SCHEMA.type, field(ONLY, type));
  if (items !== undefined) yield field(SCHEMA.items, field(ONLY, schemaBytes(items)));
  if (isJsonObject(properties)) yield field(SCHEMA.properties, named(properties, ONLY));
  for (const [key, value] of Object.entries(schema)) {
    if (key.startsWith('x-')) yield field(SCHEMA.extension, pair(key, anyBytes(value)));
  }
}
