import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyOf, Storage } from './storage.ts';

const object = (name: string, value = '') => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, value });
const content = (storage: Storage, revision?: number) => {
  const { keys, get } = storage.at('t', revision);
  return keys.map((key) => [key, get(key)?.['value']]);
};

test('what was at a revision can be told as long as the history reaches back', () => {
  const write = fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.string(), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
      const storage = new Storage(1000);
      const moments = [[storage.revision, content(storage)] as const];
      for (const { key, value, remove } of writes) {
        if (remove) storage.remove('t', key);
        else storage.put('t', key, object(key, value));
        moments.push([storage.revision, content(storage)]);
      }
      for (const [revision, then] of moments) expect(content(storage, revision)).toEqual(then);
    }),
  );
});

test('the events since a revision lead from then to now', () => {
  const storage = new Storage(1000);
  storage.put('t', 'a', object('a'));
  const { revision } = storage;
  storage.put('t', 'b', object('b'));
  storage.put('other', 'x', object('x'));
  storage.remove('t', 'a');
  expect(storage.since('t', revision).map(({ type, key }) => [type, key])).toEqual([
    ['added', 'b'],
    ['deleted', 'a'],
  ]);
});

test('a history is bounded, and says what it has forgotten', () => {
  const storage = new Storage(3);
  const start = storage.revision;
  for (let index = 0; index < 10; index += 1) storage.put('t', 'a', object('a', String(index)));
  expect(() => storage.since('t', start)).toThrow('too old resource version');
  expect(storage.since('t', storage.revision - 3)).toHaveLength(3);
  expect(() => storage.since('t', storage.revision + 1)).toThrow('Too large resource version');
});

test('what a listener writes is told after the present event has reached everybody', () => {
  const storage = new Storage(10);
  const seen: string[] = [];
  storage.listen('t', ({ key }) => {
    if (key === 'first') storage.put('t', 'second', object('second'));
    seen.push(`one ${key}`);
  });
  storage.listen('t', ({ key }) => seen.push(`two ${key}`));
  storage.put('t', 'first', object('first'));
  expect(seen).toEqual(['one first', 'two first', 'one second', 'two second']);
});

test('what is stored cannot be changed', () => {
  const storage = new Storage(10);
  const stored = storage.put('t', keyOf('n', 'a'), object('a'));
  expect(Object.isFrozen(stored.metadata)).toBe(true);
});
