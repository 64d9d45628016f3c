import { Buffer } from 'node:buffer';

/** Objects are frozen, so their JSON is made once, whoever reads it: a get, a list or every watcher. */
const cache = new WeakMap<object, Buffer>();

export function jsonBytes(value: object): Buffer {
  let bytes = cache.get(value);
  if (bytes === undefined) {
    bytes = Buffer.from(JSON.stringify(value));
    cache.set(value, bytes);
  }
  return bytes;
}
