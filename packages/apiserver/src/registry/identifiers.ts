import { randomBytes, randomUUID } from 'node:crypto';

/** Where names and uids of new objects come from. Secrets never do. */
export interface Identifiers {
  uid(): string;
  bytes(count: number): Uint8Array;
}

export const RANDOM_IDENTIFIERS: Identifiers = { uid: randomUUID, bytes: randomBytes };

const UID_BYTES = 16;

/** The same seed gives the same sequence, so that two runs are one run: the generator `mulberry32`. */
export function seededIdentifiers(seed: number): Identifiers {
  let state = seed >>> 0;
  const byte = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) & 0xff;
  };
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, byte);
  return { bytes, uid: () => uuidOf(bytes(UID_BYTES)) };
}

/** A UUID of version 4, as random ones are. */
function uuidOf(bytes: Uint8Array): string {
  const hex = [...bytes].map((value, index) => {
    const marked = index === 6 ? (value & 0x0f) | 0x40 : index === 8 ? (value & 0x3f) | 0x80 : value;
    return marked.toString(16).padStart(2, '0');
  });
  const part = (from: number, to: number) => hex.slice(from, to).join('');
  return [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)].join('-');
}
