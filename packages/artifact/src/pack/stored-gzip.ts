import { crc32 } from 'node:zlib';

/** RFC 1952: deflate, no flags, no time, no extra flags, unknown operating system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
const MAX_BLOCK_BYTES = 0xffff;

/**
 * A gzip member that holds its content uncompressed (RFC 1951, stored blocks). What a compressor makes of the same input
 * differs between versions and processors; this does not, so neither does the digest of an archive.
 */
export function storedGzip(content: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(content.byteLength / MAX_BLOCK_BYTES));
  const result = new Uint8Array(HEADER.byteLength + blocks * 5 + content.byteLength + 8);
  const view = new DataView(result.buffer);
  result.set(HEADER);
  let at = HEADER.byteLength;
  for (let block = 0; block < blocks; block += 1) {
    const part = content.subarray(block * MAX_BLOCK_BYTES, (block + 1) * MAX_BLOCK_BYTES);
    view.setUint8(at, block === blocks - 1 ? 1 : 0);
    view.setUint16(at + 1, part.byteLength, true);
    view.setUint16(at + 3, ~part.byteLength & 0xffff, true);
    result.set(part, at + 5);
    at += 5 + part.byteLength;
  }
  view.setUint32(at, crc32(content), true);
  view.setUint32(at + 4, content.byteLength % 2 ** 32, true);
  return result;
}
