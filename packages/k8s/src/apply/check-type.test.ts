import { expect, test } from 'vitest';
import type { Schema } from '../schema.ts';
import { atomOf } from './atom.ts';
import { checkType, formatFaults } from './check-type.ts';

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    replicas: { type: 'integer' },
    paused: { type: 'boolean' },
    size: { 'x-kubernetes-int-or-string': true },
    when: { type: 'string', format: 'date-time' },
    part: { type: 'object', properties: { a: { type: 'string' } } },
    tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    items: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, value: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
  },
};

test.each([
  {
    name: 'what fits',
    given: { name: 'a', replicas: 1, paused: true, size: '1', tags: ['a'], items: [{ name: 'x' }] },
    want: undefined,
  },
  {
    name: 'null fits everything',
    given: { name: null, replicas: null, part: null, tags: null, items: null },
    want: undefined,
  },
  { name: 'an undeclared field', given: { nothing: 1 }, want: '.nothing: field not declared in schema' },
  {
    name: '__proto__ is a field like others',
    given: JSON.parse('{"__proto__": 1}'),
    want: '.__proto__: field not declared in schema',
  },
  {
    name: 'a text for a number',
    given: { replicas: 'x' },
    want: '.replicas: expected numeric (int or float), got string',
  },
  {
    name: 'a map for a number',
    given: { replicas: {} },
    want: '.replicas: expected numeric (int or float), got map[string]interface {}',
  },
  {
    name: 'a number for a text',
    given: { name: 1 },
    want: '.name: expected string, got &value.valueUnstructured{Value:1}',
  },
  {
    name: 'a map for a text',
    given: { name: { b: 1, a: ['x', null] } },
    want: '.name: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":[]interface {}{"x", interface {}(nil)}, "b":1}}',
  },
  { name: 'a text for a boolean', given: { paused: 'yes' }, want: '.paused: expected boolean, got &{yes}' },
  { name: 'a text for a map', given: { part: 'x' }, want: '.part: expected map, got &{x}' },
  { name: 'a map for a list', given: { tags: { a: [1] } }, want: '.tags: expected list, got &{map[a:[1]]}' },
  { name: 'a map for any scalar', given: { when: { a: 1 } }, want: '.when: expected any scalar, got &{map[a:1]}' },
  { name: 'the same member twice', given: { tags: ['a', 'b', 'a'] }, want: '.tags: duplicate entries for key [="a"]' },
  {
    name: 'the same key twice',
    given: { items: [{ name: 'x' }, { name: 'x' }] },
    want: '.items: duplicate entries for key [name="x"]',
  },
  {
    name: 'an item without key',
    given: { items: [{ value: 'v' }] },
    want: '.items: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
  },
  {
    name: 'an item that is null',
    given: { items: [null] },
    want: '.items: element 0: associative list with keys may not have a null element',
  },
  {
    name: 'inside an item',
    given: { items: [{ name: 'a"b', z: 1 }] },
    want: '.items[name="a\\"b"].z: field not declared in schema',
  },
  {
    name: 'several faults',
    given: { name: 1, paused: 1 },
    want: 'errors:\n  .name: expected string, got &value.valueUnstructured{Value:1}\n  .paused: expected boolean, got &{1}',
  },
])('$name', ({ given, want }) => {
  const faults = checkType(given, atomOf(SCHEMA), false);
  expect(faults.length === 0 ? undefined : formatFaults(faults)).toBe(want);
});

test('what is stored may hold the same key twice', () => {
  expect(checkType({ tags: ['a', 'a'] }, atomOf(SCHEMA), true)).toEqual([]);
});
