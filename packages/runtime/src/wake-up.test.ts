import { expect, test } from 'vitest';
import { type Result, type Verdict, verdictOn } from './wake-up.ts';

const error = new Error('no');
const NOW = 1_000_000;
const BACK_OFF = 700;

const CASES: readonly { name: string; given: Result; want: Verdict; countsAsFailure: boolean }[] = [
  {
    name: 'more to do: at once, and as urgent as before',
    given: { kind: 'again' },
    want: { forgetFailures: false, wakeUp: { atMs: NOW, priority: 'user' } },
    countsAsFailure: false,
  },
  {
    name: 'nothing to do until an event',
    given: { kind: 'wait' },
    want: { forgetFailures: true, wakeUp: undefined },
    countsAsFailure: false,
  },
  {
    name: 'nothing to do until an instant',
    given: { kind: 'wait', atMs: NOW + 5 },
    want: { forgetFailures: true, wakeUp: { atMs: NOW + 5, priority: 'background' } },
    countsAsFailure: false,
  },
  {
    name: 'nothing to do until an instant that has passed: the others have their turn before',
    given: { kind: 'wait', atMs: NOW - 5 },
    want: { forgetFailures: true, wakeUp: { atMs: NOW + 1, priority: 'background' } },
    countsAsFailure: false,
  },
  {
    name: 'failed: after the back-off',
    given: { kind: 'retry', error },
    want: { forgetFailures: false, wakeUp: { atMs: NOW + BACK_OFF, priority: 'background' } },
    countsAsFailure: true,
  },
  {
    name: 'failed, and the server asks for patience',
    given: { kind: 'retry', error, notBeforeMs: 60_000 },
    want: { forgetFailures: false, wakeUp: { atMs: NOW + 60_000, priority: 'background' } },
    countsAsFailure: true,
  },
  {
    name: 'gone: forgotten',
    given: { kind: 'gone' },
    want: { forgetFailures: true, wakeUp: undefined },
    countsAsFailure: false,
  },
  {
    name: 'threw: after the back-off',
    given: { kind: 'bug', error },
    want: { forgetFailures: false, wakeUp: { atMs: NOW + BACK_OFF, priority: 'background' } },
    countsAsFailure: true,
  },
];

for (const { name, given, want, countsAsFailure } of CASES) {
  test(name, () => {
    let failures = 0;
    const backOffMs = () => {
      failures++;
      return BACK_OFF;
    };
    expect(verdictOn(given, { nowMs: NOW, priority: 'user', backOffMs })).toEqual(want);
    expect(failures).toBe(countsAsFailure ? 1 : 0);
  });
}
