const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** How long ago a timestamp was, in the two units `kubectl get` uses: `45s`, `3m20s`, `5d3h`. */
export function shortAge(timestamp: string | null | undefined, now: number): string {
  if (timestamp === null || timestamp === undefined) return '<unknown>';
  const then = Date.parse(timestamp);
  return Number.isNaN(then) ? '<invalid>' : shortDuration(now - then);
}

/** Rounded as Kubernetes rounds for people: the longer, the coarser. */
export function shortDuration(milliseconds: number): string {
  if (milliseconds < -2 * SECOND) return '<invalid>';
  if (milliseconds < 0) return '0s';
  const whole = (unit: number, of = milliseconds) => Math.floor(of / unit);
  const two = (first: number, firstName: string, second: number, secondName: string) => {
    const rest = whole(second, milliseconds % first);
    return rest === 0 ? `${whole(first)}${firstName}` : `${whole(first)}${firstName}${rest}${secondName}`;
  };
  if (milliseconds < 2 * MINUTE) return `${whole(SECOND)}s`;
  if (milliseconds < 10 * MINUTE) return two(MINUTE, 'm', SECOND, 's');
  if (milliseconds < 3 * HOUR) return `${whole(MINUTE)}m`;
  if (milliseconds < 8 * HOUR) return two(HOUR, 'h', MINUTE, 'm');
  if (milliseconds < 2 * DAY) return `${whole(HOUR)}h`;
  if (milliseconds < 8 * DAY) return two(DAY, 'd', HOUR, 'h');
  if (milliseconds < 2 * YEAR) return `${whole(DAY)}d`;
  if (milliseconds < 8 * YEAR) return two(YEAR, 'y', DAY, 'd');
  return `${whole(YEAR)}y`;
}
