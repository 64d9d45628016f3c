import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepEqual } from './equality.ts';
import { formatFieldPath, formatPointer, getAt, parsePointer } from './path.ts';
import { didYouMean, nearestName } from './suggest.ts';
import { cloneJson, deepFreeze, shallowCopy } from './value.ts';

test('a copy is equal and shares nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const copy = cloneJson(deepFreeze(value));
      expect(deepEqual(copy, value)).toBe(true);
      if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
    }),
  );
});

test('equality looks at content alone', () => {
  expect(deepEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(deepEqual({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  expect(deepEqual({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(deepEqual([1, 2], [2, 1])).toBe(false);
  expect(deepEqual({}, [])).toBe(false);
  expect(deepEqual({ a: null }, {})).toBe(false);
  expect(deepEqual(0, -0)).toBe(true);
  expect(deepEqual({}, JSON.parse('{"__proto__":1}'))).toBe(false);
  expect(deepEqual({ toString: 1 }, {})).toBe(false);
});

test('keys of every object stay keys', () => {
  const given = JSON.parse('{"__proto__":{"a":1}}');
  for (const copy of [cloneJson(given), shallowCopy(given)]) {
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"a":1}}');
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  }
  expect(getAt({}, ['constructor', 'name'])).toBe(undefined);
});

test('paths', () => {
  const path = ['spec', 'template', 'spec', 'containers', 0, 'image'];
  expect(formatFieldPath(path)).toBe('spec.template.spec.containers[0].image');
  expect(formatFieldPath(['metadata', 'annotations', 'example.com/owner'])).toBe(
    'metadata.annotations[example.com/owner]',
  );
  expect(formatFieldPath([])).toBe('');
  expect(formatPointer(['a/b', 0, '~'])).toBe('/a~1b/0/~0');
  expect(parsePointer('a')).toBe(undefined);
  expect(parsePointer('/a~2')).toBe(undefined);
  expect(getAt({ a: [{ b: 1 }] }, ['a', 0, 'b'])).toBe(1);
  expect(getAt({ a: [1] }, ['a', '0'])).toBe(undefined);
  fc.assert(
    fc.property(fc.array(fc.string()), (tokens) => {
      expect(parsePointer(formatPointer(tokens))).toEqual(tokens);
    }),
  );
});

test('suggestions', () => {
  const fields = ['interval', 'suspend', 'stages', 'serviceAccountName', 'sourceRef'];
  const cases: readonly (readonly [word: string, want: string | undefined])[] = [
    ['intervall', 'interval'],
    ['Suspend', 'suspend'],
    ['satges', 'stages'],
    ['serviceAccount', undefined],
    ['serviceacountname', 'serviceAccountName'],
    ['x', undefined],
    ['', undefined],
    ['s'.repeat(1_000), undefined],
    ['stages', 'stages'],
  ];
  for (const [word, want] of cases) expect([word, nearestName(word, fields)]).toEqual([word, want]);
  expect(nearestName('abcd', ['abcx', 'abce', 'abdc'])).toBe('abcx');
  expect(didYouMean('satges', fields)).toBe(' (did you mean "stages"?)');
  expect(didYouMean('nothing', fields)).toBe('');
});
