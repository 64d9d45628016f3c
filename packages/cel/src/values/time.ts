const NANOS = 1_000_000_000n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z. */
const FIRST = -62_135_596_800n * NANOS;
const LAST = 253_402_300_799n * NANOS + 999_999_999n;
const MAX_INT = 2n ** 63n - 1n;

/** An instant between the years 1 and 9999, in nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  /** Undefined outside of the years that timestamps have. */
  static at(nanos: bigint): Timestamp | undefined {
    return nanos < FIRST || nanos > LAST ? undefined : new Timestamp(nanos);
  }
}

/** A span of at most about 292 years, in nanoseconds. */
export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  static of(nanos: bigint): Duration | undefined {
    return nanos > MAX_INT || nanos < -MAX_INT - 1n ? undefined : new Duration(nanos);
  }
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** Reads RFC 3339, as Go does. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = RFC3339.exec(text) ?? [];
  if (year === undefined) return undefined;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number);
  const date = new Date(0);
  date.setUTCFullYear(y ?? 0, (mo ?? 1) - 1, d ?? 1);
  date.setUTCHours(h ?? 0, mi ?? 0, s ?? 0, 0);
  const isSame = date.getUTCMonth() === (mo ?? 0) - 1 && date.getUTCDate() === d && (h ?? 0) < 24;
  if (!isSame || (mi ?? 0) > 59 || (s ?? 0) > 59) return undefined;
  const [zoneHour = 0, zoneMinute = 0] = zone === 'Z' ? [] : zone.slice(1).split(':').map(Number);
  if (zoneHour > 23 || zoneMinute > 59) return undefined;
  const offset = BigInt((zone.startsWith('-') ? -1 : 1) * (zoneHour * 60 + zoneMinute) * 60) * NANOS;
  const nanos = BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return Timestamp.at(BigInt(date.getTime()) * 1_000_000n + nanos - offset);
}

export function formatTimestamp({ nanos }: Timestamp): string {
  const { seconds, rest } = split(nanos);
  const date = new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, '');
  return `${date}${fractionOf(rest)}Z`;
}

function fractionOf(nanos: bigint): string {
  return nanos === 0n ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`;
}

/** Whole seconds, rounded down, and what is left. */
function split(nanos: bigint): { readonly seconds: bigint; readonly rest: bigint } {
  const rest = ((nanos % NANOS) + NANOS) % NANOS;
  return { seconds: (nanos - rest) / NANOS, rest };
}

export function formatDuration({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? '-' : ''}${size / NANOS}${fractionOf(size % NANOS)}s`;
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: NANOS,
  m: 60n * NANOS,
  h: 3600n * NANOS,
};
const DURATION_PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;

/** Reads Go's durations: `1h30m`, `-1.5s`. */
export function parseDuration(text: string): Duration | undefined {
  const sign = /^[+-]/.test(text) ? text[0] : '';
  const body = text.slice(sign === '' ? 0 : 1);
  if (body === '0') return new Duration(0n);
  if (body === '') return undefined;
  let total = 0n;
  for (let at = 0; at < body.length; ) {
    DURATION_PART.lastIndex = at;
    const [part, whole = '', fraction = '', unit = ''] = DURATION_PART.exec(body) ?? [];
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (part === undefined || size === undefined || (whole === '' && fraction === '')) return undefined;
    total +=
      BigInt(whole || '0') * size + (fraction === '' ? 0n : (BigInt(fraction) * size) / 10n ** BigInt(fraction.length));
    at += part.length;
  }
  return Duration.of(sign === '-' ? -total : total);
}

/** Parts of an instant as a clock in a place shows them. */
export interface ClockParts {
  readonly year: number;
  /** Counted from 0. */
  readonly month: number;
  /** Day of the month, counted from 1. */
  readonly day: number;
  readonly dayOfYear: number;
  /** 0 is Sunday. */
  readonly dayOfWeek: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly millis: number;
}

/** @param zone `+01:00`, `-8:00` or a name of the time zone database. Undefined when it is neither. */
export function clockParts({ nanos }: Timestamp, zone: string): ClockParts | undefined {
  const { seconds, rest } = split(nanos);
  const offset = zoneOffset(Number(seconds) * 1000, zone);
  if (offset === undefined) return undefined;
  const date = new Date(Number(seconds) * 1000 + offset);
  const newYear = new Date(0);
  newYear.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    dayOfYear: Math.floor((date.getTime() - newYear.getTime()) / 86_400_000),
    dayOfWeek: date.getUTCDay(),
    hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(),
    seconds: date.getUTCSeconds(),
    millis: Number(rest / 1_000_000n),
  };
}

function zoneOffset(atMs: number, zone: string): number | undefined {
  if (zone === '' || zone === 'UTC') return 0;
  const [, sign, hours, minutes] = /^([+-]?)(\d{1,2}):(\d\d)$/.exec(zone) ?? [];
  if (hours !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' });
    const name = format.formatToParts(atMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
    const [, side, h, m, s] = /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
    return h === undefined ? 0 : (side === '-' ? -1 : 1) * (Number(h) * 3600 + Number(m) * 60 + Number(s ?? 0)) * 1000;
  } catch {
    return undefined;
  }
}
