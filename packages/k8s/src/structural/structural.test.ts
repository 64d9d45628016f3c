import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deepFreeze, type JsonObject } from '../json/value.ts';
import type { Schema } from '../schema.ts';
import { applyDefaults } from './defaults.ts';
import { prune } from './prune.ts';
import { validate } from './validate.ts';

// What a real API server does is compared in conformance/structural; here are the laws and the cases that it cannot show.

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', maxLength: 5, pattern: '^[a-z]*$' },
        size: { type: 'integer', default: 3, minimum: 1 },
        inner: { type: 'object', default: {}, properties: { on: { type: 'boolean', default: true } } },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        items: {
          type: 'array',
          items: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer', default: 1 } } },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
};

const key = fc.constantFrom('name', 'size', 'inner', 'on', 'labels', 'items', 'free', 'a', 'b', 'odd', 'constructor');
const { object } = fc.letrec<{ value: unknown; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(1, 'x', null, true),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 5 }) as fc.Arbitrary<JsonObject>,
}));
const resource = object.map((spec) => deepFreeze({ apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, spec }));

describe('laws', () => {
  test('pruning is done once', () => {
    fc.assert(
      fc.property(resource, (given) => {
        const once = prune(given, SCHEMA);
        const twice = prune(once.object, SCHEMA);
        expect(twice.pruned).toEqual([]);
        expect(twice.object).toBe(once.object);
      }),
    );
  });
  test('defaulting is done once, and leaves nothing to prune', () => {
    fc.assert(
      fc.property(resource, (given) => {
        const defaulted = applyDefaults(prune(given, SCHEMA).object, SCHEMA);
        expect(applyDefaults(defaulted, SCHEMA)).toBe(defaulted);
        expect(prune(defaulted, SCHEMA).pruned).toEqual([]);
      }),
    );
  });
  test('an object of which all is known does not count against itself', () => {
    const flat = fc.dictionary(key, fc.constantFrom<unknown>(1, 'x', 'TOO-LONG', null, true));
    fc.assert(
      fc.property(flat, (spec) => {
        const given = prune({ apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, spec }, SCHEMA).object;
        expect(validate(given, SCHEMA, { old: given })).toEqual([]);
      }),
    );
  });
  test('what was there before adds no fault', () => {
    fc.assert(
      fc.property(resource, resource, (given, old) => {
        const alone = validate(given, SCHEMA);
        expect(alone).toEqual(expect.arrayContaining(validate(given, SCHEMA, { old })));
      }),
    );
  });
});

test('what is right is given back as it is', () => {
  const given = { spec: { name: 'a', size: 1, inner: { on: false } } };
  expect(prune(given, SCHEMA).object).toBe(given);
  expect(applyDefaults(given, SCHEMA)).toBe(given);
});

test('a default is never shared with the schema', () => {
  const first = applyDefaults<{ spec: { inner?: { on: boolean } } }>({ spec: {} }, SCHEMA);
  if (first.spec.inner !== undefined) first.spec.inner.on = false;
  expect(applyDefaults({ spec: {} }, SCHEMA)).toEqual({ spec: { size: 3, inner: { on: true } } });
});

test('pruned paths are those of the API server', () => {
  const given = {
    apiVersion: 'x/v1',
    kind: 'X',
    metadata: { name: 'x', odd: 1 },
    spec: { odd: { a: 1 }, items: [{ a: 'x', c: 1 }], free: { x: 1 } },
    other: 1,
  };
  expect(prune(given, SCHEMA)).toEqual({
    object: { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, spec: { items: [{ a: 'x' }], free: { x: 1 } } },
    pruned: ['metadata.odd', 'other', 'spec.items[0].c', 'spec.odd'],
  });
});

describe('an update', () => {
  const old = { spec: { name: 'TOO-LONG', size: 1 } };
  test('may leave what was wrong before', () => {
    expect(validate({ spec: { name: 'TOO-LONG', size: 2 } }, SCHEMA, { old })).toEqual([]);
  });
  test('may not change it to something wrong', () => {
    expect(validate({ spec: { name: 'STILL-LONG', size: 1 } }, SCHEMA, { old })).toEqual([
      { reason: 'FieldValueTooLong', field: 'spec.name', message: 'Too long: may not be more than 5 bytes' },
    ]);
  });
  test('may not take away what must be there', () => {
    expect(validate({ spec: { size: 1 } }, SCHEMA, { old })).toEqual([
      { reason: 'FieldValueRequired', field: 'spec.name', message: 'Required value' },
    ]);
  });
});

describe('hostile input', () => {
  test('a pattern that backtracks elsewhere takes no time here', () => {
    const schema: Schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a|aa)+$' } } };
    expect(validate({ a: `${'a'.repeat(5_000)}!` }, schema)).toHaveLength(1);
  });
  test('a pattern that does not compile matches nothing and says why', () => {
    const schema: Schema = { type: 'object', properties: { a: { type: 'string', pattern: '(' } } };
    expect(validate({ a: 'x' }, schema)).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'a',
        message:
          'Invalid value: "x": a in body should match \'(, but pattern is invalid: error parsing regexp: missing closing ): `(`\'',
      },
    ]);
  });
  test('keys of every object are unknown keys like others', () => {
    const given = JSON.parse('{"spec":{"name":"a","__proto__":{"x":1},"labels":{"__proto__":"y","toString":"z"}}}');
    const { object: kept, pruned } = prune(given, SCHEMA);
    expect(pruned).toEqual(['spec.__proto__']);
    expect(JSON.stringify(kept)).toBe('{"spec":{"name":"a","labels":{"__proto__":"y","toString":"z"}}}');
  });
});
