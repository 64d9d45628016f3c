import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import type { Schema } from '../schema.ts';
import { ownedFields } from './owned-fields.ts';
import { formatFieldPath } from './path-element.ts';
import { applyServerSide, trackUpdate } from './server-side-apply.ts';
import type { ApplyRequest, ApplyResult } from './types.ts';

const schema: Schema = {
  type: 'object',
  properties: { data: { type: 'object', additionalProperties: { type: 'string' } }, extra: { type: 'object' } },
};
const NOW = '2026-01-01T00:00:00Z';
const LATER = '2026-01-02T00:00:00Z';

function configMap(data: Record<string, string>, more: Partial<KubeObject['metadata']> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'ns', ...more }, data };
}

function apply(
  live: KubeObject | undefined,
  data: Record<string, string>,
  manager: string,
  more: Partial<ApplyRequest> = {},
): ApplyResult {
  return applyServerSide({ live, applied: configMap(data), manager, force: false, schema, nowIso: NOW, ...more });
}

function applied(
  live: KubeObject | undefined,
  data: Record<string, string>,
  manager: string,
  more: Partial<ApplyRequest> = {},
): KubeObject {
  const result = apply(live, data, manager, more);
  if (result.kind !== 'merged') throw new Error(JSON.stringify(result));
  return { ...result.object, metadata: { ...result.object.metadata, uid: 'u' } };
}

function update(live: KubeObject | undefined, data: Record<string, string>, manager: string, nowIso = NOW): KubeObject {
  const updated = { ...(live ?? configMap({})), data };
  const tracked = trackUpdate({ live, updated, manager, operation: 'Update', schema, nowIso });
  return { ...tracked, metadata: { ...tracked.metadata, uid: 'u' } };
}

const owned = (object: KubeObject, manager: string): string[] =>
  [...ownedFields(object, manager).paths()].map(formatFieldPath);

describe('ownership', () => {
  test('an applier owns what it applies, and loses what it leaves out', () => {
    const first = applied(undefined, { a: '1', b: '2' }, 'one');
    expect(owned(first, 'one')).toEqual(['.data.a', '.data.b']);
    const second = applied(first, { a: '1' }, 'one');
    expect(second['data']).toEqual({ a: '1' });
    expect(owned(second, 'one')).toEqual(['.data.a']);
  });
  test('equal values are shared, and stay until the last owner lets go', () => {
    const shared = applied(applied(undefined, { a: '1' }, 'one'), { a: '1', b: '2' }, 'two');
    const left = applied(shared, { b: '2' }, 'two');
    expect(left['data']).toEqual({ a: '1', b: '2' });
    expect(owned(left, 'one')).toEqual(['.data.a']);
    expect(owned(left, 'two')).toEqual(['.data.b']);
  });
  test('who owns nothing any more is dropped', () => {
    const taken = applied(applied(undefined, { a: '1' }, 'one'), { a: '2' }, 'two', { force: true });
    expect(taken.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['two']);
  });
  test('an untracked object belongs to before-first-apply', () => {
    const result = applied(configMap({ a: '1' }, { uid: 'u' }), { b: '2' }, 'one');
    expect(owned(result, 'before-first-apply')).toEqual(['.data', '.data.a']);
  });
  test('an untracked object that is updated stays untracked', () => {
    expect(update(configMap({ a: '1' }, { uid: 'u' }), { a: '2' }, 'edit').metadata.managedFields).toBeUndefined();
  });
  test('an empty list of managedFields resets them', () => {
    const live = applied(undefined, { a: '1' }, 'one');
    const updated = { ...live, metadata: { ...live.metadata, managedFields: [] } };
    const tracked = trackUpdate({ live, updated, manager: 'edit', operation: 'Update', schema, nowIso: NOW });
    expect(tracked.metadata.managedFields).toBeUndefined();
  });
  test('keys of the prototype are keys', () => {
    const data = JSON.parse('{"__proto__":"1","constructor":"2","hasOwnProperty":"3"}') as Record<string, string>;
    const first = applied(undefined, data, 'one');
    expect(owned(first, 'one')).toEqual(['.data.__proto__', '.data.constructor', '.data.hasOwnProperty']);
    expect(
      Object.keys(applied(first, { constructor: '2' } as Record<string, string>, 'one')['data'] as object),
    ).toEqual(['constructor']);
  });
});

describe('time', () => {
  test('moves with the object', () => {
    const first = applied(undefined, { a: '1' }, 'one');
    expect(applied(first, { a: '2' }, 'one', { nowIso: LATER }).metadata.managedFields?.[0]?.time).toBe(LATER);
  });
  test('stays when nothing changed', () => {
    const first = applied(undefined, { a: '1' }, 'one');
    const again = apply(first, { a: '1' }, 'one', { nowIso: LATER });
    expect(again).toEqual({ kind: 'merged', object: first, changed: false });
    expect(update(first, { a: '1' }, 'edit', LATER)).toEqual(first);
  });
  test('is none for who joins the owners of equal values', () => {
    const result = apply(applied(undefined, { a: '1' }, 'one'), { a: '1' }, 'two', { nowIso: LATER });
    expect(result.kind === 'merged' && result.changed).toBe(true);
    const entries = result.kind === 'merged' ? result.object.metadata.managedFields : [];
    expect(entries?.map(({ manager, time }) => [manager, time])).toEqual([
      ['two', undefined],
      ['one', NOW],
    ]);
  });
});

describe('conflicts', () => {
  test('with an updater name its version', () => {
    const live = update(undefined, { key: '1' }, 'other');
    expect(apply(live, { key: '2' }, 'one')).toEqual({
      kind: 'conflict',
      message: 'Apply failed with 1 conflict: conflict with "other" using v1: .data.key',
      conflicts: [
        {
          manager: 'other',
          operation: 'Update',
          apiVersion: 'v1',
          field: '.data.key',
          message: 'conflict with "other" using v1',
        },
      ],
    });
  });
  test('with several managers are grouped', () => {
    const live = update(applied(undefined, { a: '1', b: '1', c: '1' }, 'one'), { a: '1', b: '1', c: '2' }, 'edit');
    const result = apply(live, { a: '2', b: '2', c: '3' }, 'two');
    expect(result.kind === 'conflict' && result.message).toBe(
      'Apply failed with 3 conflicts: conflicts with "edit" using v1:\n- .data.c\nconflicts with "one":\n- .data.a\n- .data.b',
    );
  });
  test('are taken over by force', () => {
    const live = update(undefined, { a: '1', b: '1' }, 'edit');
    const forced = applied(live, { a: '2' }, 'one', { force: true });
    expect(forced['data']).toEqual({ a: '2', b: '1' });
    expect(owned(forced, 'edit')).not.toContain('.data.a');
  });
});

describe('requests that cannot be answered', () => {
  test.each([
    {
      name: 'another kind',
      given: { applied: { ...configMap({}), kind: 'Secret' } },
      want: { code: 400, message: 'invalid object type: /v1, Kind=Secret' },
    },
    {
      name: 'managedFields',
      given: { applied: configMap({}, { managedFields: [] }) },
      want: { code: 400, message: 'metadata.managedFields must be nil' },
    },
    {
      name: 'an undeclared field',
      given: { applied: { ...configMap({}), spec: {} } },
      want: {
        code: 500,
        message: 'failed to create typed patch object (ns/a; /v1, Kind=ConfigMap): .spec: field not declared in schema',
      },
    },
    {
      name: 'a live object that does not fit',
      given: { live: { ...configMap({}), spec: 1 } },
      want: {
        code: 500,
        message: 'failed to create typed live object (ns/a; /v1, Kind=ConfigMap): .spec: field not declared in schema',
      },
    },
  ])('$name', ({ given, want }) => {
    expect(apply(configMap({}), {}, 'one', given)).toEqual({ kind: 'invalid', causes: [], ...want });
  });
  test('nested without end', () => {
    let deep: unknown = {};
    for (let i = 0; i < 100_000; i++) deep = { a: deep };
    const result = apply(undefined, {}, 'one', { applied: { ...configMap({}), extra: deep } });
    expect(result.kind === 'invalid' && result.message).toMatch(/the object is nested deeper than 500 levels$/);
  });
});

test('the oldest updaters are folded into one', () => {
  let object = update(undefined, { key0: '0' }, 'tool-0');
  for (let i = 1; i < 14; i++) {
    object = update(
      object,
      { ...(object['data'] as Record<string, string>), [`key${i}`]: '1' },
      `tool-${i}`,
      `2026-01-01T00:00:${10 + i}Z`,
    );
  }
  expect(object.metadata.managedFields?.map(({ manager }) => manager)).toEqual([
    'ancient-changes',
    ...Array.from({ length: 9 }, (_, i) => `tool-${i + 5}`),
  ]);
});

test('five thousand keys cost no more than their number', () => {
  const data = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key${i}`, 'v']));
  const live = applied(undefined, data, 'one');
  expect(applied(live, { ...data, key1: 'w' }, 'one')['data']).toEqual({ ...data, key1: 'w' });
  expect(ownedFields(live, 'one').size).toBe(5000);
});
