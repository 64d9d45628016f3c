import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toValue } from '../emit/values.ts';
import { readDocuments } from './documents.ts';
import { YamlError } from './error.ts';
import { readPlain } from './read-plain.ts';

const BOUNDS = { depth: 50, aliasNodes: 1000 };

function read(text: string): unknown[] {
  return readDocuments(text, BOUNDS).map((node) => toValue(node));
}

describe('reading', () => {
  const cases: readonly { name: string; text: string; want: unknown }[] = [
    {
      name: 'block collections',
      text: 'a:\n- b\n- c: d\n  e: f\n-\n  - g\n',
      want: { a: ['b', { c: 'd', e: 'f' }, ['g']] },
    },
    { name: 'a list at the column of its key', text: 'a:\n- b\nc: d\n', want: { a: ['b'], c: 'd' } },
    { name: 'flow collections', text: 'a: [b, {c: d}, "e":f, -1]\n', want: { a: ['b', { c: 'd' }, { e: 'f' }, -1] } },
    { name: 'a literal', text: 'a: |-\n  x\n   y\n\nb: c\n', want: { a: 'x\n y', b: 'c' } },
    { name: 'lines of a plain scalar', text: 'a: b\n  c\n\n  d\n', want: { a: 'b c\nd' } },
    { name: 'escapes', text: 'a: "\\u00e9\\x41\\\n  b"\n', want: { a: 'éAb' } },
    {
      name: 'aliases and merges',
      text: 'a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\nc: *x\n',
      want: { a: { k: 1, l: 2 }, b: { k: 3, l: 2 }, c: { k: 1, l: 2 } },
    },
    {
      name: 'keys of every prototype',
      text: '__proto__: {a: 1}\nconstructor: b\n',
      want: JSON.parse('{"__proto__":{"a":1},"constructor":"b"}'),
    },
  ];
  test.each(cases)('$name', ({ text, want }) => {
    expect(read(text)).toEqual([want]);
  });

  const faults: readonly { name: string; text: string; line: number; column: number }[] = [
    { name: 'a tab as indentation', text: 'a:\n\tb: c\n', line: 2, column: 1 },
    { name: 'a value in a value', text: 'a: b: c\n', line: 1, column: 5 },
    { name: 'an open quote', text: 'x: 1\na: "b\n', line: 2, column: 4 },
    { name: 'a line without a colon', text: 'a: b\nc\n', line: 2, column: 1 },
    { name: 'an unknown anchor', text: 'a: *b\n', line: 1, column: 6 },
    { name: 'a control character', text: 'a: b\nc: \x01\n', line: 2, column: 4 },
    { name: 'text behind a separator', text: 'a: b\n--- c\nd: e\n', line: 2, column: 1 },
  ];
  test.each(faults)('tells where $name stands', ({ text, line, column }) => {
    let error: unknown;
    try {
      read(text);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(YamlError);
    expect(error).toMatchObject({ line, column });
  });

  test('bounds depth and aliases', () => {
    expect(() => read(`a: ${'['.repeat(60)}`)).toThrow('limit yamlDepth');
    let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n';
    for (let i = 1; i < 9; i++) text += `a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}]\n`;
    expect(() => read(text)).toThrow('limit aliasNodes');
  });

  test('reads kustomizations by YAML 1.1', () => {
    expect(readPlain('a: yes\nb: "yes"\nno: c\n', BOUNDS)).toEqual(
      new Map<string, unknown>([
        ['a', true],
        ['b', 'yes'],
        ['false', 'c'],
      ]),
    );
  });

  test('throws nothing but its own error', () => {
    const piece = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      "'",
      '|',
      '>',
      '&a',
      '*a',
      '!',
      '#',
      '?',
      '\t',
      '---',
      '<<',
      '1',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          readDocuments(pieces.join(''), BOUNDS);
        } catch (error) {
          expect(error).toBeInstanceOf(YamlError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
