import type { Schedule } from '../builtin/validate/schedule.ts';

const MINUTE_MS = 60_000;
/** A schedule that names no day at all (`30 2 31 2 *`) is given up after the longest gap there can be: eight years. */
const MOST_DAYS = 8 * 366;

/** The first minute after an instant that a schedule names, in UTC; `undefined` when there is none. */
export function nextRunMs({ sets, openDays }: Schedule, afterMs: number): number | undefined {
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = sets;
  if (!minutes || !hours || !daysOfMonth || !months || !daysOfWeek) return undefined;
  const isDay = (date: Date): boolean => {
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const ofMonth = daysOfMonth.has(date.getUTCDate());
    const ofWeek = daysOfWeek.has(date.getUTCDay());
    return openDays[0] || openDays[1] ? ofMonth && ofWeek : ofMonth || ofWeek;
  };
  const startMs = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const day = new Date(startMs);
  day.setUTCHours(0, 0, 0, 0);
  for (let days = 0; days < MOST_DAYS; days++, day.setUTCDate(day.getUTCDate() + 1)) {
    if (!isDay(day)) continue;
    for (const hour of [...hours].toSorted((a, b) => a - b)) {
      for (const minute of [...minutes].toSorted((a, b) => a - b)) {
        const runMs = day.getTime() + (hour * 60 + minute) * MINUTE_MS;
        if (runMs >= startMs) return runMs;
      }
    }
  }
  return undefined;
}
