import { DecodeFault, describe } from './decode-fault.ts';
import { type FieldShape, type RawSchema, rawSchemaOf, shapeOf, type TypeShape } from './facts.ts';
import { type Fields, isFields } from './fields.ts';
import { canonicalQuantity } from './quantities.ts';

/** Fills in the defaults of one Go type, in place; called after the defaults of what it contains. */
export type DefaultType = (definition: string, fields: Fields) => void;

/** Where a value stands, as Go's decoder names it in an error. */
interface Place {
  /** The Go struct that directly holds the field. */
  readonly struct: string;
  readonly path: string;
  readonly goType: string;
}

/** Types that read and write themselves: how they take a value, and what stands for none. */
const SCALARS: Readonly<Record<string, { read: (value: unknown, at: Place) => unknown; zero: unknown }>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { read: readQuantity, zero: '0' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { read: readIntOrString, zero: 0 },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { read: timeReader('2006-01-02T15:04:05Z07:00'), zero: null },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': {
    read: timeReader('2006-01-02T15:04:05.000000Z07:00'),
    zero: null,
  },
};

const PROPS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
/** Types that are a schema or something else: which of the two a value is, is told by its form. */
const SCHEMA_OR = new Set([`${PROPS}OrBool`, `${PROPS}OrArray`, `${PROPS}OrStringArray`]);

/**
 * The object as Go's decoder would read it and its encoder write it again: unknown fields and nulls are gone, zero
 * values of `omitempty` fields are left out, structs that are always written are there, quantities are canonical.
 * `defaults` sees every struct once its content is complete. Throws `DecodeFault` for a value of the wrong type.
 */
export function decode(definition: string, value: unknown, defaults: DefaultType): Fields {
  const name = definition.slice(definition.lastIndexOf('.') + 1);
  const at = { struct: name, path: '', goType: `v1.${name}` };
  return readStruct(definition, shapeOf(definition) ?? {}, value, at, defaults);
}

function readStruct(definition: string, shape: TypeShape, value: unknown, at: Place, defaults: DefaultType): Fields {
  const properties = rawSchemaOf(definition)?.properties ?? {};
  const given = value ?? {};
  if (!isFields(given)) throw typeFault(given, at);
  const struct = definition.slice(definition.lastIndexOf('.') + 1);
  const out: Fields = {};
  for (const [name, item] of Object.entries(given)) {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (field === undefined || schema === undefined || item === null) continue;
    const place = { struct, path: at.path === '' ? name : `${at.path}.${name}`, goType: field.slice(1) };
    const read = readValue(schema, item, place, defaults);
    if (!(field.startsWith('z') && isZero(read))) out[name] = read;
  }
  for (const [name, field] of Object.entries(shape)) {
    const schema = properties[name];
    if (schema === undefined || Object.hasOwn(out, name)) continue;
    const absent = absentValue(field, schema, at, defaults);
    if (absent !== undefined) out[name] = absent;
  }
  defaults(definition, out);
  return out;
}

/** What a field that was not given is written as; `undefined` when it is left out. */
function absentValue(field: FieldShape, schema: RawSchema, at: Place, defaults: DefaultType): unknown {
  const declared = schema['default'];
  if (declared !== undefined && !isZero(declared)) return declared;
  if (field.startsWith('v')) return zeroOf(schema);
  if (!field.startsWith('o') || schema.$ref === undefined) return undefined;
  const scalar = SCALARS[schema.$ref];
  if (scalar !== undefined) return scalar.zero;
  const shape = shapeOf(schema.$ref);
  return shape === undefined ? null : readStruct(schema.$ref, shape, {}, at, defaults);
}

function zeroOf(schema: RawSchema): unknown {
  switch (schema['type']) {
    case 'string':
      return schema['format'] === 'byte' ? null : '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      return null;
  }
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.keys(value).length === 0;
}

function readValue(schema: RawSchema, value: unknown, at: Place, defaults: DefaultType): unknown {
  if (schema.$ref !== undefined) return readReference(schema.$ref, value, at, defaults);
  switch (schema['type']) {
    case 'array':
      return readArray(schema, value, at, defaults);
    case 'object':
      return readMap(schema, value, at, defaults);
    case 'string':
      return schema['format'] === 'byte' ? readBytes(value, at) : readString(value, at);
    case 'integer':
      return readInteger(schema, value, at);
    case 'number':
      if (typeof value !== 'number') throw typeFault(value, at);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw typeFault(value, at);
      return value;
    default:
      return structuredClone(value);
  }
}

function readReference(definition: string, value: unknown, at: Place, defaults: DefaultType): unknown {
  const scalar = SCALARS[definition];
  if (scalar !== undefined) return scalar.read(value, at);
  if (SCHEMA_OR.has(definition)) return readSchemaOr(value, at, defaults);
  const shape = shapeOf(definition);
  return shape === undefined ? structuredClone(value) : readStruct(definition, shape, value, at, defaults);
}

function readSchemaOr(value: unknown, at: Place, defaults: DefaultType): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => readSchemaOr(item, at, defaults));
  return isFields(value) ? readReference(PROPS, value, at, defaults) : structuredClone(value);
}

function readArray(schema: RawSchema, value: unknown, at: Place, defaults: DefaultType): unknown[] {
  if (!Array.isArray(value)) throw typeFault(value, at);
  const { items = {} } = schema;
  const place = { ...at, goType: at.goType.replace(/^\[\]/, '') };
  return value.map((item) =>
    item === null ? zeroItem(items, place, defaults) : readValue(items, item, place, defaults),
  );
}

function readMap(schema: RawSchema, value: unknown, at: Place, defaults: DefaultType): Fields {
  if (!isFields(value)) throw typeFault(value, at);
  const { additionalProperties } = schema;
  const place = { ...at, goType: at.goType.replace(/^map\[[^\]]*\]/, '') };
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
    if (additionalProperties === undefined) return [key, structuredClone(item)];
    return [
      key,
      item === null
        ? zeroItem(additionalProperties, place, defaults)
        : readValue(additionalProperties, item, place, defaults),
    ];
  });
  return Object.fromEntries(entries);
}

/** A null inside a list or map stands for the zero value of its type. */
function zeroItem(schema: RawSchema, at: Place, defaults: DefaultType): unknown {
  if (schema.$ref === undefined) return schema['type'] === 'string' ? '' : zeroOf(schema);
  return readReference(schema.$ref, undefined, at, defaults);
}

function readString(value: unknown, at: Place): string {
  if (typeof value !== 'string') throw typeFault(value, at);
  return value;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Go's decoder takes base64 with line ends in it, and its encoder writes none. */
function readBytes(value: unknown, at: Place): string {
  if (typeof value !== 'string') throw typeFault(value, at);
  const text = value.replaceAll(/[\r\n]/g, '');
  if (BASE64.test(text)) return text;
  // A last group that is not whole is wrong from its beginning.
  const wrong = /[^A-Za-z0-9+/=]|=(?=[^=])/.exec(text)?.index ?? text.length - (text.length % 4);
  throw new DecodeFault(`illegal base64 data at input byte ${wrong}`);
}

const INT32 = { least: -2147483648, most: 2147483647 };

function readInteger(schema: RawSchema, value: unknown, at: Place): number {
  if (typeof value !== 'number') throw typeFault(value, at);
  const isNarrow = schema['format'] === 'int32';
  if (!Number.isInteger(value) || (isNarrow && (value < INT32.least || value > INT32.most))) {
    throw typeFault(value, at, ` ${value}`);
  }
  return value;
}

const NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function readQuantity(value: unknown): string {
  if (value === undefined) return '0';
  if (typeof value !== 'string' && typeof value !== 'number') throw new DecodeFault(NO_QUANTITY);
  return canonicalQuantity(String(value));
}

function readIntOrString(value: unknown, at: Place): string | number {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))) return value;
  if (value === undefined) return 0;
  throw typeFault(value, { ...at, goType: 'int32' });
}

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Reads a time as Go does; `layout` is how Go's message names the form that was expected. */
function timeReader(layout: string): (value: unknown, at: Place) => string | null {
  return (value, at) => {
    if (value === undefined) return null;
    if (typeof value !== 'string') throw typeFault(value, { ...at, goType: 'string' });
    if (RFC3339.test(value) && !Number.isNaN(Date.parse(value))) return value;
    const text = JSON.stringify(value);
    throw new DecodeFault(`parsing time ${text} as "${layout}": cannot parse ${text} as "2006"`);
  };
}

function typeFault(value: unknown, at: Place, detail = ''): DecodeFault {
  return new DecodeFault(
    `json: cannot unmarshal ${describe(value)}${detail} into Go struct field ${at.struct}.${at.path} of type ${at.goType}`,
  );
}
