import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepEqual } from '../json/equality.ts';
import { deepFreeze, type JsonObject } from '../json/value.ts';
import { applyMergePatch, createMergePatch } from './merge-patch.ts';

/** The examples of RFC 7386. */
const cases: readonly (readonly [document: unknown, patch: unknown, want: unknown])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  [JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"b":2}}'), JSON.parse('{"__proto__":{"a":1,"b":2}}')],
];
for (const [document, patch, want] of cases) {
  test(`${JSON.stringify(document)} with ${JSON.stringify(patch)}`, () =>
    expect(JSON.stringify(applyMergePatch(deepFreeze(document), deepFreeze(patch)))).toBe(JSON.stringify(want)));
}

/** Without nulls, which a merge patch cannot set. */
const { value: json } = fc.letrec<{ value: unknown; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'constructor'), tie('value'), {
    maxKeys: 3,
  }) as fc.Arbitrary<JsonObject>,
}));
const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), json, { maxKeys: 4 });

test('the patch from one object to another leads there', () => {
  fc.assert(
    fc.property(object, object, (from, to) => {
      const patch = createMergePatch(deepFreeze(from), deepFreeze(to));
      expect(patch === undefined).toBe(deepEqual(from, to));
      expect(deepEqual(applyMergePatch(from, patch ?? {}), to)).toBe(true);
    }),
  );
});

test('a patch applied twice is a patch applied once', () => {
  fc.assert(
    fc.property(object, object, (document, patch) => {
      const once = applyMergePatch(document, patch);
      expect(applyMergePatch(once, patch)).toEqual(once);
    }),
  );
});
