import type { FileTree } from '@stageset/ports';
import { expect, test } from 'vitest';
import { TreeCache } from './tree-cache.ts';

const tree = (bytes: number): FileTree => new Map([['a', new Uint8Array(bytes)]]);

test('drops what was used longest ago when its bytes are too many', () => {
  const cache = new TreeCache(3_000);
  const [a, b, c] = [tree(1_000), tree(1_000), tree(1_000)];
  cache.add('a', a);
  cache.add('b', b);
  expect(cache.get('a')).toBe(a);
  cache.add('c', c);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([a, undefined, c]);
});

test('does not keep a tree that is larger than all of it', () => {
  const cache = new TreeCache(100);
  cache.add('a', tree(1_000));
  expect(cache.get('a')).toBeUndefined();
});
