import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDocuments } from '../yaml/documents.ts';
import { fromPlain } from '../yaml/from-json.ts';
import { formatFloat, jsonNumber } from './numbers.ts';
import { compareKeys } from './order.ts';
import { printObject } from './print.ts';
import { toValue } from './values.ts';

const BOUNDS = { depth: 50, aliasNodes: 1000 };

function reprint(text: string): string {
  const [node] = readDocuments(text, BOUNDS);
  if (node === undefined) throw new Error('nothing was read');
  return printObject(node);
}

describe('printing', () => {
  test('orders keys naturally', () => {
    const keys = ['z', 'ab', 'a10', 'a2', 'a1', 'a', 'B', 'A', '10', '9', '_x', '.x', '-', 'a.b', 'a-', 'é'];
    expect(keys.sort(compareKeys)).toEqual([
      '-',
      '.x',
      '_x',
      '9',
      '10',
      'A',
      'B',
      'a',
      'a-',
      'a.b',
      'a1',
      'a2',
      'a10',
      'ab',
      'z',
      'é',
    ]);
  });

  const cases: readonly (readonly [name: string, text: string, want: string])[] = [
    [
      'quotes where YAML 1.1 needs them',
      'a: [yes, "5", "x: y", "", " z"]\n',
      'a:\n- "yes"\n- "5"\n- \'x: y\'\n- ""\n- \' z\'\n',
    ],
    ['escapes what cannot be shown', 'a: "\\t\\u0001😀"\n', 'a: "\\t\\x01\\U0001F600"\n'],
    [
      'numbers as JSON has them',
      'a: [1.0, 1e3, 1e21, 0.00001, 1234567.5]\n',
      'a:\n- 1\n- 1000\n- 1e+21\n- 1e-05\n- 1.2345675e+06\n',
    ],
    ['lists of lists', 'a: [[b, [c]], {d: [e]}]\n', 'a:\n- - b\n  - - c\n- d:\n  - e\n'],
    ['blocks with their hints', 'a: " x\\ny\\n\\n"\n', 'a: |2+\n   x\n  y\n\n'],
  ];
  test.each(cases)('%s', (_, text, want) => {
    expect(reprint(text)).toBe(want);
  });

  test('folds behind the 80th column', () => {
    const words = 'word '.repeat(20).trim();
    const lines = reprint(`a: ${words}\n`).split('\n');
    expect(lines).toEqual([`a: ${'word '.repeat(16).trim()}`, `  ${'word '.repeat(4).trim()}`, '']);
  });

  test('refuses what JSON cannot hold', () => {
    expect(() => reprint('a: .inf\n')).toThrow('no place in JSON');
    expect(() => reprint('a: 1\na: 2\n')).toThrow('already defined');
    expect(() => reprint('a: {1: b}\n')).toThrow('is not a string');
  });

  test('prints what reads back as the same value', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab1: #-\n\'"[]{}&*!|>%@`~,?=.\tyn0xé😀\\'), maxLength: 30 });
    fc.assert(
      fc.property(text, text, (key, value) => {
        const printed = printObject(fromPlain(new Map([[`k${key}`, value]])));
        const [back] = readDocuments(printed, BOUNDS);
        expect(back === undefined ? undefined : toValue(back)).toEqual({ [`k${key}`]: value });
      }),
      { numRuns: 2000 },
    );
  });

  test('writes floats as Go does', () => {
    expect([100000.5, 1e6, 1e-5, 0.0001, -0].map(formatFloat)).toEqual(['100000.5', '1e+06', '1e-05', '0.0001', '-0']);
    expect([1e21, 1e-7, 1e20, 2 ** 60].map(jsonNumber)).toEqual([
      '1e+21',
      '1e-7',
      '100000000000000000000',
      '1152921504606847000',
    ]);
  });
});
