import { describe, expect, test } from 'vitest';
import type { Json } from '../emit/json.ts';
import { applyJsonPatch, JsonPatchError, readJsonPatch } from './json-patch.ts';
import { parseLabelSelector, SelectorError } from './label-selector.ts';

const BOUNDS = { depth: 50, aliasNodes: 100 };

function patched(text: string): unknown {
  const document: Json = new Map<string, Json>([
    ['a', 1],
    ['l', ['x', 'y']],
    ['m', new Map<string, Json>([['a/b', 'c']])],
  ]);
  return applyJsonPatch(document, readJsonPatch(text, BOUNDS));
}

describe('JSON patches', () => {
  test('apply in order', () => {
    const result = patched(
      '- {op: replace, path: /a, value: yes}\n- {op: add, path: /l/-, value: z}\n- {op: remove, path: /l/0}\n' +
        '- {op: copy, from: /m, path: /n}\n- {op: move, from: /n/a~1b, path: /o}\n- {op: test, path: /l/-1, value: z}\n',
    );
    expect(result).toEqual(
      new Map<string, unknown>([
        ['a', true],
        ['l', ['y', 'z']],
        ['m', new Map([['a/b', 'c']])],
        ['n', new Map()],
        ['o', 'c'],
      ]),
    );
  });

  test.each([
    '- {op: remove, path: /x}',
    '- {op: add, path: /x/y, value: 1}',
    '- {op: replace, path: /l/7, value: 1}',
    '- {op: test, path: /a, value: 2}',
    '- {op: bogus, path: /a}',
    '[{op: remove, path: /a}]',
    'a: b',
  ])('refuse %s', (text) => {
    expect(() => patched(text)).toThrow(JsonPatchError);
  });
});

describe('label selectors', () => {
  const labels = new Map([
    ['app', 'web'],
    ['tier', '3'],
  ]);
  const cases: readonly (readonly [selector: string, want: boolean])[] = [
    ['', true],
    ['app=web', true],
    ['app==web,tier!=4', true],
    ['app in (db, web)', true],
    ['app notin (web)', false],
    ['!x,tier', true],
    ['tier>2,tier<4', true],
    ['x=', false],
  ];
  test.each(cases)('%s', (selector, want) => {
    expect(parseLabelSelector(selector)(labels)).toBe(want);
  });

  test.each(['=a', 'a=b c', 'a in b', 'a=http://x', 'a,', 'a>b'])('refuse %s', (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(SelectorError);
  });
});
