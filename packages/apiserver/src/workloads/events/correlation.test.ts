import { expect, test } from 'vitest';
import { EventCorrelation } from './correlation.ts';

const saying = (message: string, reason = 'SuccessfulCreate', source = 'web') => ({
  source,
  fieldPath: '',
  type: 'Normal',
  reason,
  message,
});

/** Says something, and tells under which name it was written when it is new. */
function say(correlation: EventCorrelation, message: string, nowMs = 0, reason = 'SuccessfulCreate'): string {
  const found = correlation.observe(saying(message, reason), nowMs);
  if (found.kind === 'new') correlation.written(found.key, message);
  return found.kind === 'dropped' ? 'dropped' : `${found.kind} ${found.message}`;
}

test('the same event is counted', () => {
  const correlation = new EventCorrelation();
  expect(say(correlation, 'a')).toBe('new a');
  expect(say(correlation, 'a')).toBe('again a');
  expect(correlation.observe(saying('a'), 0)).toMatchObject({ kind: 'again', name: 'a', count: 3 });
});

test('from the tenth on, events that differ in their message are combined; ten minutes later they are new again', () => {
  const correlation = new EventCorrelation();
  for (let index = 0; index < 9; index++) expect(say(correlation, `pod ${index}`)).toBe(`new pod ${index}`);
  expect(say(correlation, 'pod 9')).toBe('new (combined from similar events): pod 9');
  expect(say(correlation, 'pod 10')).toBe('again (combined from similar events): pod 10');
  expect(say(correlation, 'other', 0, 'Killing')).toBe('new other');
  expect(say(correlation, 'pod 11', 600_001)).toBe('new pod 11');
});

test('a source that says too much of one object is not heard; one more thing every five minutes', () => {
  const correlation = new EventCorrelation();
  const heard = Array.from({ length: 40 }, () => say(correlation, 'a')).filter((said) => said !== 'dropped');
  expect(heard).toHaveLength(25);
  expect(say(correlation, 'a', 299_000)).toBe('dropped');
  expect(say(correlation, 'a', 300_000)).toBe('again a');
  expect(say(correlation, 'a', 300_000)).toBe('dropped');
});
