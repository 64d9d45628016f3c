import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

// Generated texts are compared with Go in conformance/oracles.

const valid: readonly (readonly [text: string, ms: number, canonical: string])[] = [
  ['0', 0, '0s'],
  ['-0', 0, '0s'],
  ['1h30m', 5_400_000, '1h30m0s'],
  ['1.5s', 1_500, '1.5s'],
  ['+.5m', 30_000, '30s'],
  ['-2m3.4s', -123_400, '-2m3.4s'],
  ['100ms', 100, '100ms'],
  ['1us', 0.001, '1µs'],
  ['1µs1ns', 0.001001, '1.001µs'],
  ['36h', 129_600_000, '36h0m0s'],
];
for (const [text, ms, canonical] of valid) {
  test(text, () => {
    expect(parseDuration(text)).toMatchObject({ ok: true, ms });
    expect(formatDuration(ms)).toBe(canonical);
  });
}

const wrong: readonly (readonly [text: string, message: string])[] = [
  ['', 'time: invalid duration ""'],
  ['-', 'time: invalid duration "-"'],
  ['.s', 'time: invalid duration ".s"'],
  ['5', 'time: missing unit in duration "5"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  ['1 h', 'time: unknown unit " h" in duration "1 h"'],
  ['"é', 'time: invalid duration "\\"\\xc3\\xa9"'],
  ['3000000h', 'time: invalid duration "3000000h"'],
];
for (const [text, message] of wrong) {
  test(`refuses "${text}"`, () => expect(parseDuration(text)).toEqual({ ok: false, message }));
}

test('what is formatted parses back', () => {
  fc.assert(
    fc.property(fc.integer(), (ms) => {
      expect(parseDuration(formatDuration(ms))).toMatchObject({ ok: true, ms });
    }),
  );
});
