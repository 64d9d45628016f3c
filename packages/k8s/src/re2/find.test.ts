import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from './pattern.ts';

describe('the first match', () => {
  test.each([
    ['[0-9]+', 'abc 123 45', [4, 7]],
    ['a*', 'baa', [0, 0]],
    ['a+?', 'baa', [1, 2]],
    ['a{1,3}?b', 'aaab', [0, 4]],
    ['a{2,3}', 'aaaa', [0, 3]],
    ['foo|foobar', 'foobar', [0, 3]],
    ['foobar|foo', 'foobar', [0, 6]],
    ['<.+?>', '<<a>>', [0, 4]],
    ['<.+>', '<<a>>', [0, 5]],
    ['$', 'ab', [2, 2]],
    ['x', 'ab', undefined],
    ['(a|ab)(c|bcd)', 'abcd', [0, 4]],
  ] as const)('of %s in %s', (pattern, text, want) => {
    expect(compilePattern(pattern).find(text)).toEqual(want);
  });
});

test('is the one that trying one way after the other finds', () => {
  const part = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    'a*',
    'b+',
    'a?',
    'b*?',
    'a+?',
    '(a|ab)',
    '(?:b|bc)*',
    'a{1,2}',
    'c',
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.stringMatching(/^[abc]{0,12}$/), (parts, text) => {
      const source = parts.join('');
      const match = new RegExp(source).exec(text);
      const want = match === null ? undefined : [match.index, match.index + match[0].length];
      expect(compilePattern(source).find(text)).toEqual(want);
    }),
  );
});
