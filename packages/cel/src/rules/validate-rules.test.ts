import type { Schema } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { compileRules } from './rule-set.ts';
import { validateRules } from './validate-rules.ts';

const text: Schema = { type: 'string' };

function schemaOf(spec: Schema, ...rules: readonly string[]): Schema {
  const validations = rules.map((rule) => ({ rule }));
  return { type: 'object', properties: { spec: { ...spec, 'x-kubernetes-validations': validations } } };
}

function findings(schema: Schema, spec: unknown, old?: unknown) {
  const { root, causes } = compileRules(schema, 'schema');
  expect(causes).toEqual([]);
  if (root === undefined) throw new Error('the schema has no rules');
  const { causes: found, warnings } = validateRules(root, { spec }, old === undefined ? undefined : { spec: old });
  return { causes: found.map(({ field, message }) => `${field}: ${message}`), warnings };
}

describe('what rules see of an object', () => {
  const set: Schema = { type: 'array', 'x-kubernetes-list-type': 'set', items: text };
  const keyed: Schema = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
    items: { type: 'object', properties: { k: text, v: { type: 'integer' } } },
  };
  const properties: Record<string, Schema> = {
    set,
    keyed,
    'a-b': { type: 'number' },
    for: { type: 'string', format: 'duration' },
    any: { 'x-kubernetes-int-or-string': true },
  };
  test.each([
    ['sets are equal in any order', "self.set == ['a', 'b']", { set: ['b', 'a'] }],
    ['lists with keys are equal in any order', 'self.keyed == self.keyed', { keyed: [{ k: 'a', v: 1 }, { k: 'b' }] }],
    ['signs in names are spelled out', 'self.a__dash__b == 2.0', { 'a-b': 2 }],
    ['a reserved word may stand after a dot', "self.for < duration('1h') && self.__for__ == self.for", { for: '5m' }],
    ['a text or a number is what it is', "self.any == 'x' || self.any == 3", { any: 3 }],
  ])('%s', (_, rule, spec) => {
    expect(findings(schemaOf({ type: 'object', properties }, rule), spec).causes).toEqual([]);
  });
});

test('a value that has not been touched is warned of, not refused', () => {
  const schema = schemaOf({ type: 'object', properties: { a: { type: 'integer' }, b: text } }, 'self.a > 1');
  const failed = 'spec: Invalid value: failed rule: self.a > 1';
  expect(findings(schema, { a: 0 })).toEqual({ causes: [failed], warnings: [] });
  expect(findings(schema, { a: 0 }, { a: 0 })).toEqual({ causes: [], warnings: [failed] });
  expect(findings(schema, { a: 0, b: 'x' }, { a: 0 })).toEqual({ causes: [failed], warnings: [] });
});

test('the cost of a whole object is bounded, however many rules it has', () => {
  const rules = Array.from({ length: 40 }, (_, index) => `self.l.all(a, self.l.all(b, a + b + ${index} >= 0))`);
  const schema = schemaOf(
    { type: 'object', properties: { l: { type: 'array', items: { type: 'integer' }, maxItems: 300 } } },
    ...rules,
  );
  const { causes } = findings(schema, { l: Array.from({ length: 300 }, (_, index) => index) });
  expect(causes).toEqual([
    'spec: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
  ]);
});
