import { Failure, type Result } from '../values/value.ts';
import { global, type Overload, traversal } from './function.ts';

function decode(text: string): Result {
  try {
    // Both forms are taken, with padding and without.
    return Uint8Array.from(atob(text.replace(/=+$/, '')), (character) => character.charCodeAt(0));
  } catch {
    return new Failure('illegal base64 data');
  }
}

function encode(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

export const ENCODERS: readonly Overload[] = [
  global('base64.decode', 'string -> bytes', decode, traversal),
  global('base64.encode', 'bytes -> string', encode, traversal),
];
