import { describe, expect, test } from 'vitest';
import type { Schema } from '../schema.ts';
import { atomOf } from './atom.ts';
import { mergeApplied } from './merge.ts';

const SET: Schema = { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' };
const KEYED: Schema = {
  type: 'array',
  items: { type: 'object', properties: { name: { type: 'string' }, a: { type: 'string' }, b: { type: 'string' } } },
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
};

describe('the order of items', () => {
  test.each([
    { name: 'stays as live when nothing is new', live: 'abc', applied: 'abc', want: 'abc' },
    { name: 'takes new items where the configuration has them', live: 'abc', applied: 'axb', want: 'axbc' },
    { name: 'becomes that of the configuration among its own', live: 'abc', applied: 'cb', want: 'acb' },
    { name: 'keeps live items where they are around those that move', live: 'xaybz', applied: 'ba', want: 'xybza' },
    { name: 'puts new items after what is live', live: 'ab', applied: 'cd', want: 'abcd' },
    { name: 'of a new list is the configuration’s', live: '', applied: 'cab', want: 'cab' },
    { name: 'of an empty configuration is the live one', live: 'abc', applied: '', want: 'abc' },
    { name: 'with live duplicates: they become one', live: 'aac', applied: 'ad', want: 'adc' },
    { name: 'with live duplicates that are not applied: they stay', live: 'aab', applied: 'b', want: 'aab' },
  ])('$name', ({ live, applied, want }) => {
    const merged = mergeApplied([...live], [...applied], atomOf(SET)) as string[];
    expect(merged.join('')).toBe(want);
  });
});

describe('values', () => {
  const map = (properties: Record<string, Schema>, more: Partial<Schema> = {}): Schema => ({
    type: 'object',
    properties,
    ...more,
  });
  const text: Schema = { type: 'string' };
  test.each([
    {
      name: 'items of one key are merged',
      schema: KEYED,
      live: [{ name: 'x', a: '1' }],
      applied: [{ name: 'x', b: '2' }],
      want: [{ name: 'x', a: '1', b: '2' }],
    },
    {
      name: 'live items that share a key are replaced',
      schema: KEYED,
      live: [
        { name: 'x', a: '1' },
        { name: 'x', a: '2' },
      ],
      applied: [{ name: 'x', b: '3' }],
      want: [{ name: 'x', b: '3' }],
    },
    {
      name: 'an atomic map is replaced',
      schema: map({ a: text, b: text }, { 'x-kubernetes-map-type': 'atomic' }),
      live: { a: '1' },
      applied: { b: '2' },
      want: { b: '2' },
    },
    {
      name: 'null takes the place of a scalar',
      schema: map({ a: text }),
      live: { a: '1' },
      applied: { a: null },
      want: { a: null },
    },
    {
      name: 'null leaves a map that holds something',
      schema: map({ m: map({ a: text }) }),
      live: { m: { a: '1' } },
      applied: { m: null },
      want: { m: { a: '1' } },
    },
    {
      name: 'an empty map is told apart from none',
      schema: map({ m: map({ a: text }) }),
      live: {},
      applied: { m: {} },
      want: { m: {} },
    },
    {
      name: 'a scalar takes the place of a free map',
      schema: { type: 'object' } as Schema,
      live: { f: { a: 1 } },
      applied: { f: 5 },
      want: { f: 5 },
    },
    {
      name: '__proto__ is a key like others',
      schema: { type: 'object' } as Schema,
      live: JSON.parse('{"__proto__":{"a":1}}'),
      applied: JSON.parse('{"__proto__":{"b":2}}'),
      want: JSON.parse('{"__proto__":{"a":1,"b":2}}'),
    },
  ])('$name', ({ schema, live, applied, want }) => {
    const merged = mergeApplied(live, applied, atomOf(schema));
    expect(JSON.stringify(merged)).toBe(JSON.stringify(want));
  });
});
