import { describe, expect, test } from 'vitest';
import { compileAnchored, compilePattern, PatternError } from './pattern.ts';

describe('patterns', () => {
  const cases: readonly (readonly [pattern: string, text: string, want: boolean])[] = [
    ['web', 'web', true],
    ['web', 'web-1', false],
    ['web-.*', 'web-1', true],
    ['a|b', 'ab', false],
    ['(?i)WEB', 'web', true],
    ['[[:alpha:]]+\\d{2,3}', 'ab123', true],
    ['[^a-c]x', 'bx', false],
    ['\\Qa.b\\E', 'a.b', true],
    ['(?P<n>x)?y', 'y', true],
    ['\\p{Lu}\\w*', 'Éa', true],
    ['a{2}', 'aaa', false],
    ['x\\z', 'x', true],
    ['.', '\n', false],
    ['(?s).', '\n', true],
    ['', 'anything', true],
  ];
  test.each(cases)('%s on %s', (pattern, text, want) => {
    expect(compileAnchored(pattern, 100).matches(text)).toBe(want);
  });

  test.each(['(', ')', '[', 'a**', '*a', '(?=a)', '(?!a)', '\\1', 'a{2,1}', 'a{1001}', '\\', '[z-a]', '(?<=a)b'])(
    'refuses %s',
    (pattern) => {
      expect(() => compilePattern(pattern, 100)).toThrow(PatternError);
    },
  );

  test('takes no exponential time', () => {
    expect(compileAnchored('(a|a)*(a+)+b', 100).matches('a'.repeat(20_000))).toBe(false);
  });

  test('is bounded', () => {
    expect(() => compilePattern('a'.repeat(101), 100)).toThrow('limit patternLength');
    expect(() => compilePattern('((a{100}){100}){100}', 100)).toThrow('states');
  });
});
