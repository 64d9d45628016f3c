import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FieldSet } from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
import { type FieldPath, fieldElement, formatFieldPath, keyElement, valueElement } from './path-element.ts';

const element = fc.oneof(
  fc.constantFrom('a', 'b', '__proto__', 'constructor', '.', '𝕏').map(fieldElement),
  fc.constantFrom('x', 1, true).map((value) => keyElement([{ name: 'name', value }])),
  fc.constantFrom('x', 1, 2.5).map(valueElement),
);
const path = fc.array(element, { minLength: 1, maxLength: 3 });
const fieldSet = fc.array(path, { maxLength: 8 }).map((paths) => FieldSet.fromPaths(paths));

const textOf = (set: FieldSet): Set<string> =>
  new Set([...set.paths()].map((each) => each.map((e) => e.wire).join('/')));

describe('laws', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(fieldSet, (set) => decodeFieldsV1(JSON.parse(JSON.stringify(encodeFieldsV1(set)))).equals(set)),
    );
  });
  test('union, intersection and difference are those of the sets of paths', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        expect(textOf(a.union(b))).toEqual(textOf(a).union(textOf(b)));
        expect(textOf(a.intersection(b))).toEqual(textOf(a).intersection(textOf(b)));
        expect(textOf(a.difference(b))).toEqual(textOf(a).difference(textOf(b)));
        expect(a.isSubsetOf(b)).toBe(textOf(a).isSubsetOf(textOf(b)));
        expect(a.equals(b)).toBe(textOf(a).symmetricDifference(textOf(b)).size === 0);
        expect(a.size).toBe(textOf(a).size);
      }),
    );
  });
  test('a recursive difference leaves nothing at or below what is taken away', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        const covered = (each: FieldPath): boolean => each.some((_, i) => b.has(each.slice(0, i + 1)));
        const want = [...a.paths()].filter((each) => !covered(each));
        expect(a.recursiveDifference(b).equals(FieldSet.fromPaths(want))).toBe(true);
      }),
    );
  });
});

test('fields come in canonical order, a field before what is below it', () => {
  const fields = {
    'v:"b"': {},
    'k:{"protocol":"TCP","port":80}': { 'f:port': {}, '.': {} },
    'f:b': {},
    'k:{"port":9}': {},
    'f:a': { 'f:x': {}, '.': {} },
    'i:2': {},
    'v:1': {},
    'z:unknown': {},
  };
  const set = decodeFieldsV1(fields);
  const encoded = encodeFieldsV1(set);
  expect(JSON.stringify(encoded['f:a'])).toBe('{".":{},"f:x":{}}');
  expect(Object.keys(encoded)).toEqual([
    'f:a',
    'f:b',
    'k:{"port":9}',
    'k:{"port":80,"protocol":"TCP"}',
    'v:1',
    'v:"b"',
    'i:2',
  ]);
  expect([...set.paths()].map(formatFieldPath)).toEqual([
    '.a',
    '.b',
    '[port=9]',
    '[port=80,protocol="TCP"]',
    '[=1]',
    '[="b"]',
    '[2]',
    '.a.x',
    '[port=80,protocol="TCP"].port',
  ]);
});

test.each([
  ['a key that is no element', { nonsense: {} }],
  ['a key of one character', { f: {} }],
  ['a position that is none', { 'i:x': {} }],
  ['a list key that is no map', { 'k:[]': {} }],
])('%s is refused', (_, fields) => {
  expect(() => decodeFieldsV1(fields)).toThrow(SyntaxError);
});

test('a set nested without end is refused', () => {
  let fields: Record<string, unknown> = {};
  for (let i = 0; i < 100_000; i++) fields = { 'f:a': fields };
  expect(() => decodeFieldsV1(fields)).toThrow('fieldsV1 is nested deeper than 500 levels');
});
