import type { Attributes } from './tracer.ts';

/** A span that has ended. */
export interface EndedSpan {
  /** Sixteen bytes. */
  readonly traceId: Uint8Array;
  /** Eight bytes. */
  readonly spanId: Uint8Array;
  readonly parentId: Uint8Array | undefined;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** What went wrong; absent when nothing did. */
  readonly error?: string;
}

const INTERNAL = 1;
const STATUS_ERROR = 2;

/**
 * `ExportTraceServiceRequest` of OTLP 1 (opentelemetry-proto, `trace/v1`) in protobuf's wire format; field numbers are
 * those of the definition.
 */
export function encodeTraces(resource: Attributes, scope: string, spans: readonly EndedSpan[]): Uint8Array {
  const scopeSpans = message([bytes(1, message([text(1, scope)])), ...spans.map((span) => bytes(2, encodeSpan(span)))]);
  const resourceSpans = message([bytes(1, message(attributesAt(1, resource))), bytes(2, scopeSpans)]);
  return message([bytes(1, resourceSpans)]);
}

function encodeSpan(span: EndedSpan): Uint8Array {
  return message([
    bytes(1, span.traceId),
    bytes(2, span.spanId),
    ...(span.parentId === undefined ? [] : [bytes(4, span.parentId)]),
    text(5, span.name),
    varint(6, INTERNAL),
    nanos(7, span.startMs),
    nanos(8, span.endMs),
    ...attributesAt(9, span.attributes),
    ...(span.error === undefined ? [] : [bytes(15, message([text(2, span.error), varint(3, STATUS_ERROR)]))]),
  ]);
}

function attributesAt(field: number, attributes: Attributes): Uint8Array[] {
  return Object.entries(attributes).map(([key, value]) =>
    bytes(field, message([text(1, key), bytes(2, anyValue(value))])),
  );
}

function anyValue(value: string | number | boolean): Uint8Array {
  if (typeof value === 'string') return text(1, value);
  if (typeof value === 'boolean') return varint(2, value ? 1 : 0);
  return Number.isSafeInteger(value) && value >= 0 ? varint(3, value) : double(4, value);
}

function message(fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, Buffer.from(value, 'utf8'));
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([varintOf(field * 8 + 2), varintOf(value.byteLength), value]);
}

function varint(field: number, value: number): Uint8Array {
  return Buffer.concat([varintOf(field * 8), varintOf(value)]);
}

function nanos(field: number, ms: number): Uint8Array {
  const fixed = Buffer.alloc(8);
  fixed.writeBigUInt64LE(BigInt(Math.round(ms * 1000)) * 1000n);
  return Buffer.concat([varintOf(field * 8 + 1), fixed]);
}

function double(field: number, value: number): Uint8Array {
  const fixed = Buffer.alloc(8);
  fixed.writeDoubleLE(value);
  return Buffer.concat([varintOf(field * 8 + 1), fixed]);
}

/** Seven bits a byte, the lowest first. */
function varintOf(value: number): Uint8Array {
  const out: number[] = [];
  let left = value;
  while (left > 0x7f) {
    out.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  out.push(left);
  return Uint8Array.from(out);
}
