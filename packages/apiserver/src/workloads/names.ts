import { createHash } from 'node:crypto';

/** Letters and digits that spell no words; Kubernetes makes its own suffixes of them. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const HASH_LENGTH = 10;

/** Suffixes of generated names. The same seed gives the same suffixes in the same order. */
export class NameSource {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  suffix(): string {
    let text = '';
    for (let length = 0; length < SUFFIX_LENGTH; length++) text += ALPHABET[this.#next() % ALPHABET.length];
    return text;
  }

  /** Mulberry32: small, and good enough to tell names apart. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

/** A short name for a value: the same for equal values whatever the order of their keys. */
export function hashName(value: unknown): string {
  const digest = createHash('sha256').update(canonicalJson(value)).digest();
  let text = '';
  for (const byte of digest.subarray(0, HASH_LENGTH)) text += ALPHABET[byte % ALPHABET.length];
  return text;
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
