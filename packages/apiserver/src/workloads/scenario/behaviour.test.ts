import { expect, test } from 'vitest';
import { delayOf, parseBehaviour } from './behaviour.ts';

const good: readonly [string, object][] = [
  ['hold', { word: 'hold' }],
  ['  hold   for=5m ', { word: 'hold', forMs: 300_000 }],
  ['fail times=1 exit=3', { word: 'fail', times: 1, exitCode: 3 }],
  ['fail reason=BadCredentials', { word: 'fail', reason: 'BadCredentials' }],
  ['crash times=2 after=1.5s stop=1m', { word: 'crash', times: 2, afterMs: 1500, stopMs: 60_000 }],
  ['run after=2s for=1h', { word: 'run', afterMs: 2000, forMs: 3_600_000 }],
  ['flap every=7s', { word: 'flap', everyMs: 7000 }],
  ['pull-error', { word: 'pull-error' }],
];
for (const [text, behaviour] of good) {
  test(`reads ${JSON.stringify(text)}`, () => expect(parseBehaviour(text)).toEqual({ ok: true, behaviour }));
}

const words = 'run, hold, unready, fail, crash, unhealthy, pull-error, flap';
const bad: readonly [string, string][] = [
  ['', `"" is none of: ${words}`],
  ['explode', `"explode" is none of: ${words}`],
  ['constructor', `"constructor" is none of: ${words}`],
  ['hold times=1', 'hold takes for, stop; it does not take "times"'],
  ['hold __proto__=1', 'hold takes for, stop; it does not take "__proto__"'],
  ['fail times=0', 'times=0: expected a whole number above zero'],
  ['fail times', 'times=: expected a whole number above zero'],
  ['fail exit=256', 'exit=256: expected an exit code from 1 to 255'],
  ['fail exit=0', 'exit=0: expected an exit code from 1 to 255'],
  ['run after=soon', 'after=soon: expected a duration, for example 90s or 1h30m'],
  ['run after=-1s', 'after=-1s: expected a duration, for example 90s or 1h30m'],
  ['flap every=0s', 'every=0s: expected a duration, for example 90s or 1h30m'],
  ['fail reason=no-good', 'reason=no-good: expected a word such as BadCredentials'],
];
for (const [text, message] of bad) {
  test(`refuses ${JSON.stringify(text)}`, () => expect(parseBehaviour(text)).toEqual({ ok: false, message }));
}

test('what is only waited for comes late, or never', () => {
  expect(delayOf({ word: 'run' }, 50)).toBe(50);
  expect(delayOf({ word: 'run', afterMs: 9 }, 50)).toBe(9);
  expect(delayOf({ word: 'hold' }, 50)).toBeUndefined();
  expect(delayOf({ word: 'hold', forMs: 70 }, 50)).toBe(70);
  expect(delayOf({ word: 'fail' }, 50)).toBeUndefined();
});
