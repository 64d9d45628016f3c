/** A body that is no protobuf, or not of the type it claims to be. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

export interface WireField {
  readonly number: number;
  /** Numbers as they are; everything else, eight-byte numbers included, as bytes. */
  readonly value: bigint | Uint8Array;
}

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;
const MAX_VARINT_BYTES = 10;

/** Reads protobuf's wire format: a sequence of numbered values. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws `ProtobufError` where the bytes break off or use a wire type that nobody writes. */
  *fields(): Generator<WireField> {
    while (this.#position < this.#bytes.byteLength) {
      const tag = this.#varint();
      const number = Number(tag >> 3n);
      switch (Number(tag & 7n)) {
        case VARINT:
          yield { number, value: this.#varint() };
          break;
        case FIXED_64:
          yield { number, value: this.#take(8) };
          break;
        case BYTES:
          yield { number, value: this.#take(Number(this.#varint())) };
          break;
        case FIXED_32:
          yield { number, value: this.#take(4) };
          break;
        default:
          throw new ProtobufError(`field ${number} has the unknown wire type ${tag & 7n}`);
      }
    }
  }

  /** The content as nothing but numbers. */
  *varints(): Generator<bigint> {
    while (this.#position < this.#bytes.byteLength) yield this.#varint();
  }

  #varint(): bigint {
    let value = 0n;
    for (let index = 0; index < MAX_VARINT_BYTES; index += 1) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) throw new ProtobufError('it breaks off inside a number');
      this.#position += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return value;
    }
    throw new ProtobufError(`a number is longer than ${MAX_VARINT_BYTES} bytes`);
  }

  #take(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.byteLength) throw new ProtobufError('it breaks off inside a field');
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}
