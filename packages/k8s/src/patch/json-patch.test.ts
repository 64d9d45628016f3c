import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../json/value.ts';
import { applyJsonPatch, JsonPatchError, MAX_JSON_PATCH_OPERATIONS } from './json-patch.ts';

const cases: readonly { name: string; document: unknown; patch: unknown; want: unknown }[] = [
  { name: 'adds a key', document: { a: 1 }, patch: [{ op: 'add', path: '/b', value: 2 }], want: { a: 1, b: 2 } },
  { name: 'adds over a key', document: { a: 1 }, patch: [{ op: 'add', path: '/a', value: null }], want: { a: null } },
  { name: 'inserts into a list', document: [1, 3], patch: [{ op: 'add', path: '/1', value: 2 }], want: [1, 2, 3] },
  { name: 'appends with -', document: [1], patch: [{ op: 'add', path: '/-', value: 2 }], want: [1, 2] },
  { name: 'appends at the length', document: [1], patch: [{ op: 'add', path: '/1', value: 2 }], want: [1, 2] },
  { name: 'counts from the end', document: [1, 2], patch: [{ op: 'replace', path: '/-1', value: 3 }], want: [1, 3] },
  { name: 'removes from a list', document: [1, 2], patch: [{ op: 'remove', path: '/0' }], want: [2] },
  { name: 'replaces the whole', document: { a: 1 }, patch: [{ op: 'replace', path: '', value: 2 }], want: 2 },
  {
    name: 'unescapes',
    document: { 'a/b': { '~': 1 } },
    patch: [{ op: 'remove', path: '/a~1b/~0' }],
    want: { 'a/b': {} },
  },
  {
    name: 'moves',
    document: { a: { b: 1 } },
    patch: [{ op: 'move', from: '/a/b', path: '/c' }],
    want: { a: {}, c: 1 },
  },
  {
    name: 'moves within a list',
    document: [1, 2, 3],
    patch: [{ op: 'move', from: '/0', path: '/2' }],
    want: [2, 3, 1],
  },
  {
    name: 'copies',
    document: { a: [1] },
    patch: [
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'add', path: '/b/-', value: 2 },
    ],
    want: { a: [1], b: [1, 2] },
  },
  {
    name: 'tests',
    document: { a: { x: 1, y: [2] } },
    patch: [{ op: 'test', path: '/a', value: { y: [2], x: 1 } }],
    want: { a: { x: 1, y: [2] } },
  },
  { name: 'tests that a key is missing', document: {}, patch: [{ op: 'test', path: '/a', value: null }], want: {} },
  {
    name: 'has ordinary keys only',
    document: JSON.parse('{"__proto__":{"a":1}}'),
    patch: [{ op: 'add', path: '/__proto__/b', value: 2 }],
    want: JSON.parse('{"__proto__":{"a":1,"b":2}}'),
  },
];
for (const { name, document, patch, want } of cases) {
  test(name, () =>
    expect(JSON.stringify(applyJsonPatch(deepFreeze(document), deepFreeze(patch)))).toBe(JSON.stringify(want)),
  );
}

const failures: readonly {
  name: string;
  document: unknown;
  patch: unknown;
  failure: string;
  index: number;
  pointer: string;
}[] = [
  { name: 'no list', document: {}, patch: {}, failure: 'malformed', index: -1, pointer: '' },
  {
    name: 'no operation',
    document: {},
    patch: [{ op: 'add', path: '/a', value: 1 }, 3],
    failure: 'malformed',
    index: 1,
    pointer: '',
  },
  {
    name: 'an unknown operation',
    document: {},
    patch: [{ op: 'merge', path: '/a' }],
    failure: 'malformed',
    index: 0,
    pointer: '/a',
  },
  { name: 'no path', document: {}, patch: [{ op: 'remove' }], failure: 'malformed', index: 0, pointer: '' },
  { name: 'no value', document: {}, patch: [{ op: 'add', path: '/a' }], failure: 'malformed', index: 0, pointer: '/a' },
  { name: 'no from', document: {}, patch: [{ op: 'copy', path: '/a' }], failure: 'malformed', index: 0, pointer: '/a' },
  {
    name: 'a path that is no pointer',
    document: {},
    patch: [{ op: 'remove', path: 'a' }],
    failure: 'malformed',
    index: 0,
    pointer: 'a',
  },
  {
    name: 'a move into itself',
    document: { a: {} },
    patch: [{ op: 'move', from: '/a', path: '/a/b' }],
    failure: 'malformed',
    index: 0,
    pointer: '/a/b',
  },
  {
    name: 'a missing key',
    document: {},
    patch: [{ op: 'remove', path: '/a' }],
    failure: 'missing',
    index: 0,
    pointer: '/a',
  },
  {
    name: 'a missing parent',
    document: {},
    patch: [{ op: 'add', path: '/a/b', value: 1 }],
    failure: 'missing',
    index: 0,
    pointer: '/a/b',
  },
  {
    name: 'a missing source',
    document: {},
    patch: [{ op: 'copy', from: '/x', path: '/a' }],
    failure: 'missing',
    index: 0,
    pointer: '/x',
  },
  {
    name: 'an index out of range',
    document: [1],
    patch: [{ op: 'replace', path: '/1', value: 1 }],
    failure: 'missing',
    index: 0,
    pointer: '/1',
  },
  {
    name: 'a key of a prototype',
    document: {},
    patch: [{ op: 'add', path: '/constructor/x', value: 1 }],
    failure: 'missing',
    index: 0,
    pointer: '/constructor/x',
  },
  {
    name: 'a key of a text',
    document: { a: 'b' },
    patch: [{ op: 'add', path: '/a/0', value: 1 }],
    failure: 'missing',
    index: 0,
    pointer: '/a/0',
  },
  {
    name: 'a test that does not hold',
    document: { a: 1 },
    patch: [{ op: 'test', path: '/a', value: 2 }],
    failure: 'test',
    index: 0,
    pointer: '/a',
  },
  {
    name: 'too many operations',
    document: {},
    patch: Array.from({ length: MAX_JSON_PATCH_OPERATIONS + 1 }, () => ({ op: 'test', path: '' })),
    failure: 'limit',
    index: -1,
    pointer: '',
  },
  {
    name: 'copies of copies of copies',
    document: { a: [1] },
    patch: Array.from({ length: 64 }, () => ({ op: 'copy', from: '/a', path: '/a/-' })),
    failure: 'limit',
    index: 18,
    pointer: '/a/-',
  },
];
describe('refuses', () => {
  for (const { name, document, patch, ...want } of failures) {
    test(name, () => {
      let error: unknown;
      try {
        applyJsonPatch(document, patch);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(JsonPatchError);
      expect(error).toMatchObject(want);
    });
  }
});

test('add and then remove gives the document back', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (document, key, value) => {
      fc.pre(!Object.hasOwn(document, key) && key !== '__proto__');
      const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const patched = applyJsonPatch(deepFreeze(document), [
        { op: 'add', path, value },
        { op: 'test', path, value },
        { op: 'remove', path },
      ]);
      expect(patched).toEqual(document);
    }),
  );
});
