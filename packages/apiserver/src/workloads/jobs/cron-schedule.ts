import type { Schedule } from '../../builtin/validate/schedule.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A schedule that names no day at all (`30 2 31 2 *`) is given up after the longest gap there can be: eight years. */
const MOST_DAYS = 8 * 366;
/** More missed runs than this are not looked through one by one. */
const MOST_MISSED = 100;

const wallClocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(timeZone: string): Intl.DateTimeFormat {
  let clock = wallClocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    wallClocks.set(timeZone, clock);
  }
  return clock;
}

/** By how much clocks in a zone are ahead of UTC at an instant. */
export function offsetMs(timeZone: string, ms: number): number {
  if (timeZone === 'UTC') return 0;
  const parts = new Map(
    wallClock(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const at = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wallMs = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
  return wallMs - Math.floor(ms / 1000) * 1000;
}

/** Whether a zone of this name is known. */
export function isTimeZone(timeZone: string): boolean {
  try {
    wallClock(timeZone);
    return true;
  } catch {
    return false;
  }
}

/**
 * The first minute after an instant that a schedule names on the clocks of a zone; `undefined` when there is none. A
 * minute that the change to summer time leaves out is no run, one that comes twice is two.
 */
export function nextRunMs(schedule: Schedule, afterMs: number, timeZone = 'UTC'): number | undefined {
  if (schedule.everyMs !== undefined) return Math.floor(afterMs / 1000) * 1000 + schedule.everyMs;
  const [minutes, hours] = schedule.sets;
  if (minutes === undefined || hours === undefined) return undefined;
  const startMs = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const firstDayMs = Math.floor((startMs + offsetMs(timeZone, startMs)) / DAY_MS) * DAY_MS;
  for (let days = 0; days < MOST_DAYS; days++) {
    const dayMs = firstDayMs + days * DAY_MS;
    if (!namesDay(schedule, new Date(dayMs))) continue;
    const offsets = new Set([offsetMs(timeZone, dayMs - DAY_MS), offsetMs(timeZone, dayMs + 2 * DAY_MS)]);
    let first: number | undefined;
    for (const hour of hours) {
      for (const minute of minutes) {
        const wallMs = dayMs + hour * HOUR_MS + minute * MINUTE_MS;
        for (const offset of offsets) {
          const runMs = wallMs - offset;
          const isSooner = runMs >= startMs && (first === undefined || runMs < first);
          if (isSooner && runMs + offsetMs(timeZone, runMs) === wallMs) first = runMs;
        }
      }
    }
    if (first !== undefined) return first;
  }
  return undefined;
}

/** So far back the last run is looked for, step by step. */
const LOOK_BACK_MS = [HOUR_MS, DAY_MS, 32 * DAY_MS, 366 * DAY_MS, MOST_DAYS * DAY_MS] as const;

/** The last run after `sinceMs` that is not later than `nowMs`, and whether there were more than a hundred of them. */
export function lastRun(
  schedule: Schedule,
  { sinceMs, nowMs, timeZone }: { readonly sinceMs: number; readonly nowMs: number; readonly timeZone: string },
): { readonly runMs: number; readonly isMany: boolean } | undefined {
  let runMs: number | undefined;
  let missed = 0;
  let next = nextRunMs(schedule, sinceMs, timeZone);
  while (next !== undefined && next <= nowMs) {
    runMs = next;
    missed += 1;
    if (missed === MOST_MISSED) {
      const recent = LOOK_BACK_MS.map((ms) => nextRunMs(schedule, nowMs - ms, timeZone)).find(
        (ms) => ms !== undefined && ms <= nowMs,
      );
      next = Math.max(next, recent ?? next);
      runMs = next;
    }
    next = nextRunMs(schedule, next, timeZone);
  }
  return runMs === undefined ? undefined : { runMs, isMany: missed > MOST_MISSED };
}

/** Whether a schedule names a day, given as its midnight in UTC. */
function namesDay({ sets, openDays }: Schedule, date: Date): boolean {
  const [, , daysOfMonth, months, daysOfWeek] = sets;
  if (!daysOfMonth || !months || !daysOfWeek || !months.has(date.getUTCMonth() + 1)) return false;
  const ofMonth = daysOfMonth.has(date.getUTCDate());
  const ofWeek = daysOfWeek.has(date.getUTCDay());
  return openDays[0] || openDays[1] ? ofMonth && ofWeek : ofMonth || ofWeek;
}

/** An instant as the clocks of a zone show it, with their distance from UTC: `2030-06-01T02:30:00+02:00`. */
export function zonedText(ms: number, timeZone: string): string {
  const offset = offsetMs(timeZone, ms);
  const text = new Date(ms + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${text}Z`;
  const minutes = Math.abs(offset) / MINUTE_MS;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${text}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
