import { Buffer } from 'node:buffer';

const BYTES = 2;
const MORE = 0x80;
const SEVEN_BITS = 0x7f;

/** One field of a message that holds text, bytes or another message: all that documents of this server are made of. */
export function field(number: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + BYTES), varint(bytes.byteLength), bytes]);
}

/** A field whose value is true; protobuf leaves false out. */
export function flag(number: number): Uint8Array {
  return Buffer.concat([varint(number * 8), Buffer.from([1])]);
}

/** A message: its fields, one after another. */
export function message(fields: Iterable<Uint8Array>): Uint8Array {
  return Buffer.concat([...fields]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= MORE) {
    bytes.push((rest & SEVEN_BITS) | MORE);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
