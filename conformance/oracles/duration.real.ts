import { formatDuration, parseDuration } from '@stageset/k8s';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Oracle, startOracle } from './oracle.ts';

let oracle: Oracle;
beforeAll(() => {
  oracle = startOracle();
});
afterAll(() => oracle.close());

const number = fc.oneof(
  fc.nat({ max: 10_000 }).map(String),
  fc.double({ min: 0, max: 1e7, noNaN: true }).map(String),
  fc.constantFrom(
    '0',
    '00',
    '.5',
    '5.',
    '.',
    '',
    '1.000000001',
    '9223372036854775807',
    '9223372036854775808',
    '0.9999999999999999999999',
  ),
);
const unit = fc.constantFrom('ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h', 'd', '', 'H', ' s', 'é');
const term = fc.tuple(number, unit).map(([value, name]) => value + name);
const duration = fc
  .tuple(fc.constantFrom('', '', '', '-', '+', '--', ' '), fc.array(term, { maxLength: 4 }))
  .map(([sign, terms]) => sign + terms.join(''));
const text = fc.oneof(
  { weight: 9, arbitrary: duration },
  { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 8 }) },
);

test('durations parse as Go parses them, malformed ones included', { timeout: 60_000 }, async () => {
  const texts = fc.sample(text, { numRuns: 4_000, seed: 7 });
  const answers = await Promise.all(texts.map((each) => oracle.ask({ op: 'duration', text: each })));
  const theirs = answers.map(({ out, error }, index) => ({ text: texts[index], out: error ?? Number(out) }));
  const ours = texts.map((each) => {
    const parsed = parseDuration(each);
    return { text: each, out: parsed.ok ? Number(parsed.ns) : parsed.message };
  });
  expect(ours).toEqual(theirs);
});

test('what is formatted parses back in Go', { timeout: 60_000 }, async () => {
  const millis = fc.sample(fc.oneof(fc.nat(1e9), fc.integer({ min: -1e6, max: 1e6 })), { numRuns: 500, seed: 7 });
  const answers = await Promise.all(millis.map((ms) => oracle.ask({ op: 'duration', text: formatDuration(ms) })));
  expect(answers.map(({ out }) => Number(out) / 1e6)).toEqual(millis.map((ms) => ms + 0));
});
