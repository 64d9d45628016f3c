import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern, MAX_PATTERN_LENGTH, PatternError } from './pattern.ts';

// What the patterns of CRDs match in a real API server is compared in conformance/structural.

const cases: readonly (readonly [pattern: string, matching: readonly string[], failing: readonly string[]])[] = [
  ['', ['', 'a'], []],
  ['^$', [''], ['a']],
  ['a|b|', ['a', 'c'], []],
  ['^(?:a|bc)*$', ['', 'abcbca'], ['ab']],
  ['^a{2,3}$', ['aa', 'aaa'], ['a', 'aaaa']],
  ['^a{2,}$', ['aa', 'aaaaa'], ['a']],
  ['^a{,2}$', ['a{,2}'], ['aa']],
  ['^a+?b*?$', ['a', 'aabb'], ['b']],
  ['^[^a-c]$', ['d', '\n', '\u{1f600}'], ['b', 'dd']],
  ['^[]a-]+$', [']a-'], ['b']],
  ['^[a\\]\\-\\\\]+$', ['a]-\\'], ['b']],
  ['^[[:^digit:]x]$', ['x', 'a'], ['1']],
  ['^\\x41\\x{1F600}\\101$', ['A\u{1f600}A'], ['A']],
  ['(?i)^stra[s]e$', ['STRASE', 'Stra\u017fe'], ['stra']],
  ['(?i)^[^k]$', ['x'], ['k', 'K', '\u212a']],
  ['(?s)^.$', ['\n'], ['']],
  ['^(?i)a(?-i)b$', ['Ab'], ['AB']],
  ['^\\PL\\p{^L}\\p{Lu}$', ['12A'], ['12a', 'a2A']],
  ['\\Bb\\B', ['abc'], ['b', 'ab']],
  ['^\\Qa+b\\E+$', ['a+bb'], ['aab']],
  ['(^a|b$)', ['ax', 'xb'], ['xa', 'bx']],
];
for (const [pattern, matching, failing] of cases) {
  test(`/${pattern}/`, () => {
    const compiled = compilePattern(pattern);
    expect(matching.filter((text) => !compiled.test(text))).toEqual([]);
    expect(failing.filter((text) => compiled.test(text))).toEqual([]);
  });
}

describe('refuses, in the words of Go', () => {
  const wrong: readonly (readonly [pattern: string, message: string])[] = [
    ['a**', 'invalid nested repetition operator: `**`'],
    ['*a', 'missing argument to repetition operator: `*`'],
    ['a)', 'unexpected ): `a)`'],
    ['(a', 'missing closing ): `(a`'],
    ['[a', 'missing closing ]: `[a`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['\\y', 'invalid escape sequence: `\\y`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['a\\', 'trailing backslash at end of expression: ``'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['a{3,2}', 'invalid repeat count: `{3,2}`'],
    ['(a{100}){100}', 'invalid repeat count: `(a{100}){100}`'],
    ['\\p{Nothing}', 'invalid character class range: `\\p{Nothing}`'],
  ];
  for (const [pattern, message] of wrong) {
    test(pattern, () =>
      expect(() => compilePattern(pattern)).toThrow(new PatternError(pattern, `error parsing regexp: ${message}`)),
    );
  }
  test('what is too long or too large', () => {
    expect(() => compilePattern('a'.repeat(MAX_PATTERN_LENGTH + 1))).toThrow(/at most 16384 characters/);
    expect(() => compilePattern('[a-z]{1000}'.repeat(100))).toThrow(/too large/);
    expect(() => compilePattern('('.repeat(1_000))).toThrow(/nests too deeply/);
  });
});

test('agrees with JavaScript on the syntax that both share', () => {
  const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '(?:ab|b)', '(a)', '^', '$', '\\w', '\\d', '\\b');
  const pattern = fc
    .array(fc.tuple(atom, fc.constantFrom('', '', '?', '*', '+', '{1,2}')), { maxLength: 5 })
    .map((parts) => parts.map(([each, count]) => each + (/^[\\^$]b?$/.test(each) ? '' : count)).join(''));
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', '1', ' '), maxLength: 8 }), (source, text) => {
      expect(compilePattern(source).test(text)).toBe(new RegExp(source, 'u').test(text));
    }),
    { numRuns: 2_000 },
  );
});

test('time grows with the text, not with the ways to match it', () => {
  const pattern = compilePattern('^(a*)*(a|aa)*(a?){20}$');
  expect(pattern.test(`${'a'.repeat(2_000)}b`)).toBe(false);
});
