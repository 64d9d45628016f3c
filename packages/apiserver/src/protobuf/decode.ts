import { Buffer } from 'node:buffer';
import { setOwn } from '@stageset/k8s';
import { fieldsOf, type MessageFields } from './fields.ts';
import { ProtobufError, WireReader } from './wire.ts';

/** Nested messages one body may have. */
const MAX_DEPTH = 64;
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** A body in Kubernetes' envelope: its type and its still encoded object. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** @throws `ProtobufError` for what is no `application/vnd.kubernetes.protobuf`. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw new ProtobufError('it does not begin with "k8s" and a zero byte');
  const reader = new WireReader(body.subarray(MAGIC.length));
  let apiVersion = '';
  let kind = '';
  let raw: Uint8Array = Buffer.alloc(0);
  for (const { number, value } of reader.fields()) {
    if (!(value instanceof Uint8Array)) continue;
    if (number === 2) raw = value;
    if (number !== 1) continue;
    for (const part of new WireReader(value).fields()) {
      if (!(part.value instanceof Uint8Array)) continue;
      if (part.number === 1) apiVersion = text(part.value);
      if (part.number === 2) kind = text(part.value);
    }
  }
  return { apiVersion, kind, raw };
}

/** An encoded message of a type as the JSON it stands for. Fields that the type does not have are dropped. */
export function decodeMessage(definition: string, bytes: Uint8Array, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new ProtobufError(`messages are nested deeper than ${MAX_DEPTH}`);
  const scalar = SCALAR_TYPES[definition];
  if (scalar !== undefined) return scalar(bytes);
  const fields = fieldsOf(definition);
  if (fields === undefined) throw new ProtobufError(`nothing is known of the type ${definition}`);
  const message: Record<string, unknown> = {};
  for (const { number, value } of new WireReader(bytes).fields()) take(message, fields, number, value, depth);
  return message;
}

function take(
  message: Record<string, unknown>,
  fields: MessageFields,
  number: number,
  value: Uint8Array | bigint,
  depth: number,
): void {
  const field = fields[number];
  if (field === undefined) return;
  const [name, type] = field;
  if (type.startsWith('[]')) {
    const items = readItems(type.slice(2), value, depth);
    const present = message[name];
    message[name] = Array.isArray(present) ? [...present, ...items] : items;
  } else if (type.startsWith('{}')) {
    const present = message[name];
    const map = typeof present === 'object' && present !== null ? present : {};
    message[name] = map;
    addEntry(map as Record<string, unknown>, type.slice(2), value, depth);
  } else if (type.startsWith('^')) {
    const inner = readValue(type.slice(1), value, depth);
    if (typeof inner === 'object' && inner !== null) Object.assign(message, inner);
  } else {
    message[name] = readValue(type, value, depth);
  }
}

/** Numbers in a list may be packed into one value. */
function readItems(type: string, value: Uint8Array | bigint, depth: number): readonly unknown[] {
  if (type !== 'int' || !(value instanceof Uint8Array)) return [readValue(type, value, depth)];
  return [...new WireReader(value).varints()].map((item) => Number(BigInt.asIntN(64, item)));
}

function addEntry(map: Record<string, unknown>, type: string, value: Uint8Array | bigint, depth: number): void {
  if (!(value instanceof Uint8Array)) throw new ProtobufError('a map entry is no message');
  let key = '';
  let item: unknown = type === 'string' ? '' : null;
  for (const part of new WireReader(value).fields()) {
    if (part.number === 1 && part.value instanceof Uint8Array) key = text(part.value);
    if (part.number === 2) item = readValue(type, part.value, depth);
  }
  setOwn(map, key, item);
}

function readValue(type: string, value: Uint8Array | bigint, depth: number): unknown {
  if (typeof value === 'bigint') {
    if (type === 'bool') return value !== 0n;
    if (type === 'int') return Number(BigInt.asIntN(64, value));
    throw new ProtobufError(`a number stands where ${type} belongs`);
  }
  switch (type) {
    case 'string':
      return text(value);
    case 'bytes':
      return Buffer.from(value).toString('base64');
    case 'double':
      return Buffer.from(value).readDoubleLE(0);
    case 'bool':
    case 'int':
      throw new ProtobufError(`bytes stand where ${type} belongs`);
    default:
      return decodeMessage(type, value, depth + 1);
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Types that JSON writes as something else than an object of their fields. */
const SCALAR_TYPES: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': (bytes) => stringField(bytes, 1) ?? '0',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': intOrString,
  'io.k8s.apimachinery.pkg.runtime.RawExtension': rawJson,
  [`${META}.FieldsV1`]: rawJson,
  [`${META}.Time`]: (bytes) => timestamp(bytes, 0),
  [`${META}.MicroTime`]: (bytes) => timestamp(bytes, 6),
};

function stringField(bytes: Uint8Array, wanted: number): string | undefined {
  for (const { number, value } of new WireReader(bytes).fields()) {
    if (number === wanted && value instanceof Uint8Array) return text(value);
  }
  return undefined;
}

function integerField(bytes: Uint8Array, wanted: number): bigint {
  for (const { number, value } of new WireReader(bytes).fields()) {
    if (number === wanted && typeof value === 'bigint') return BigInt.asIntN(64, value);
  }
  return 0n;
}

const STRING_VALUE = 1n;

function intOrString(bytes: Uint8Array): unknown {
  return integerField(bytes, 1) === STRING_VALUE ? (stringField(bytes, 3) ?? '') : Number(integerField(bytes, 2));
}

function rawJson(bytes: Uint8Array): unknown {
  const json = stringField(bytes, 1);
  if (json === undefined || json === '') return null;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new ProtobufError(`embedded JSON does not parse: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** No content stands for no time. */
function timestamp(bytes: Uint8Array, digits: number): string | null {
  if (bytes.byteLength === 0) return null;
  const date = new Date(Number(integerField(bytes, 1)) * 1000);
  if (Number.isNaN(date.getTime())) throw new ProtobufError('a timestamp is out of range');
  const seconds = date.toISOString().slice(0, 19);
  if (digits === 0) return `${seconds}Z`;
  const micros = String(integerField(bytes, 2) / 1000n).padStart(digits, '0');
  return `${seconds}.${micros}Z`;
}
