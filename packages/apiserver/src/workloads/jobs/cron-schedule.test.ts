import { expect, test } from 'vitest';
import { parseSchedule, type Schedule } from '../../builtin/validate/schedule.ts';
import { isTimeZone, lastRun, nextRunMs, zonedText } from './cron-schedule.ts';

function schedule(text: string): Schedule {
  const parsed = parseSchedule(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.schedule;
}
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16));

const next: readonly { text: string; zone?: string; after: string; want: string | undefined }[] = [
  { text: '*/15 * * * *', after: '2030-01-01T00:00:30Z', want: '2030-01-01T00:15' },
  { text: '0 0 29 2 *', after: '2030-01-01T00:00:00Z', want: '2032-02-29T00:00' },
  { text: '30 2 31 2 *', after: '2030-01-01T00:00:00Z', want: undefined },
  { text: '@every 90m', after: '2030-01-01T00:10:30Z', want: '2030-01-01T01:40' },
  { text: '0 9 * * *', zone: 'Europe/Berlin', after: '2030-01-01T00:00:00Z', want: '2030-01-01T08:00' },
  { text: '0 9 * * *', zone: 'Europe/Berlin', after: '2030-07-01T00:00:00Z', want: '2030-07-01T07:00' },
  { text: '0 1 * * *', zone: 'Asia/Kolkata', after: '2030-01-01T00:00:00Z', want: '2030-01-01T19:30' },
  // The hour from two to three does not exist on the day summer time begins, and comes twice when it ends.
  { text: '30 2 * * *', zone: 'Europe/Berlin', after: '2030-03-30T12:00:00Z', want: '2030-04-01T00:30' },
  { text: '30 2 * * *', zone: 'Europe/Berlin', after: '2030-10-26T12:00:00Z', want: '2030-10-27T00:30' },
  { text: '30 2 * * *', zone: 'Europe/Berlin', after: '2030-10-27T00:30:00Z', want: '2030-10-27T01:30' },
];
for (const { text, zone = 'UTC', after, want } of next) {
  test(`${text} in ${zone}, after ${after}`, () =>
    expect(iso(nextRunMs(schedule(text), Date.parse(after), zone))).toBe(want));
}

const last: readonly { text: string; since: string; now: string; want: [string, boolean] | undefined }[] = [
  { text: '0 * * * *', since: '2030-01-01T00:00:00Z', now: '2030-01-01T00:59:00Z', want: undefined },
  { text: '0 * * * *', since: '2030-01-01T00:00:00Z', now: '2030-01-01T03:30:00Z', want: ['2030-01-01T03:00', false] },
  { text: '* * * * *', since: '2020-01-01T00:00:00Z', now: '2030-01-01T03:30:30Z', want: ['2030-01-01T03:30', true] },
  { text: '0 0 * * 1', since: '2000-01-01T00:00:00Z', now: '2030-01-03T00:00:00Z', want: ['2029-12-31T00:00', true] },
];
for (const { text, since, now, want } of last) {
  test(`the last run of ${text} between ${since} and ${now}`, () => {
    const found = lastRun(schedule(text), { sinceMs: Date.parse(since), nowMs: Date.parse(now), timeZone: 'UTC' });
    expect(found && [iso(found.runMs), found.isMany]).toEqual(want);
  });
}

test('zones are known by their names', () => {
  expect([isTimeZone('Europe/Berlin'), isTimeZone('Europe/Nowhere')]).toEqual([true, false]);
  expect(zonedText(Date.parse('2030-07-01T00:30:00Z'), 'Europe/Berlin')).toBe('2030-07-01T02:30:00+02:00');
  expect(zonedText(Date.parse('2030-07-01T00:30:00Z'), 'America/St_Johns')).toBe('2030-06-30T22:00:00-02:30');
  expect(zonedText(Date.parse('2030-07-01T00:30:00Z'), 'UTC')).toBe('2030-07-01T00:30:00Z');
});
