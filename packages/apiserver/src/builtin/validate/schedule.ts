import { parseDuration } from '@stageset/k8s';

const FIELDS = [
  { least: 0, most: 59, names: [] },
  { least: 0, most: 23, names: [] },
  { least: 1, most: 31, names: [] },
  { least: 1, most: 12, names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { least: 0, most: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;

const SHORTHANDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** The minutes, hours, days of the month, months and days of the week that a schedule names. */
export interface Schedule {
  readonly sets: readonly ReadonlySet<number>[];
  /** Whether the day of the month, and that of the week, is left open (`*`): only then must both be met. */
  readonly openDays: readonly [boolean, boolean];
  /** `@every 90m`: instead of the sets, a distance from the run before. */
  readonly everyMs?: number;
}

export type ParsedSchedule =
  | { readonly ok: true; readonly schedule: Schedule }
  | { readonly ok: false; readonly message: string };

/** Reads a cron schedule of five fields, or a shorthand such as `@daily`. */
export function parseSchedule(text: string): ParsedSchedule {
  if (text.startsWith(EVERY)) return parseEvery(text);
  const expanded = Object.hasOwn(SHORTHANDS, text) ? (SHORTHANDS[text] ?? text) : text;
  const words = expanded.trim().split(/\s+/);
  if (words.length !== FIELDS.length) {
    return { ok: false, message: `expected exactly 5 fields, found ${words.length}: [${words.join(' ')}]` };
  }
  const sets: ReadonlySet<number>[] = [];
  for (const [index, word] of words.entries()) {
    const set = parseField(word, index);
    if (typeof set === 'string') return { ok: false, message: set };
    sets.push(set);
  }
  const isOpen = (word: string | undefined) => word === '?' || word?.startsWith('*') === true;
  return { ok: true, schedule: { sets, openDays: [isOpen(words[2]), isOpen(words[4])] } };
}

const EVERY = '@every ';

function parseEvery(text: string): ParsedSchedule {
  const parsed = parseDuration(text.slice(EVERY.length));
  if (!parsed.ok) return { ok: false, message: `failed to parse duration ${text}: ${parsed.message}` };
  const everyMs = Math.max(1000, Math.floor(parsed.ms / 1000) * 1000);
  return { ok: true, schedule: { sets: [], openDays: [true, true], everyMs } };
}

export function scheduleFault(text: string): string | undefined {
  const parsed = parseSchedule(text);
  return parsed.ok ? undefined : parsed.message;
}

function parseField(word: string, index: number): ReadonlySet<number> | string {
  const set = new Set<number>();
  for (const part of word.split(',')) {
    const fault = addPart(part, index, set);
    if (fault !== undefined) return fault;
  }
  return set;
}

function addPart(part: string, index: number, set: Set<number>): string | undefined {
  const field = FIELDS[index] ?? FIELDS[0];
  const [range = '', stepText, ...more] = part.split('/');
  if (more.length > 0) return `too many slashes: ${part}`;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (!Number.isInteger(step))
    return `failed to parse int from ${stepText}: strconv.Atoi: parsing "${stepText}": invalid syntax`;
  if (step === 0) return `step of range should be a positive number: ${part}`;
  const [first = '', last, ...tooMany] = range.split('-');
  if (tooMany.length > 0) return `too many hyphens: ${part}`;
  const isStar = first === '*' || first === '?';
  const from = isStar ? field.least : numberNamed(first, field.names);
  const to =
    isStar || (last === undefined && stepText !== undefined) ? field.most : numberNamed(last ?? first, field.names);
  const unread = Number.isNaN(from) ? first : (last ?? first);
  if (Number.isNaN(from) || Number.isNaN(to)) {
    return `failed to parse int from ${unread}: strconv.Atoi: parsing "${unread}": invalid syntax`;
  }
  if (from < field.least) return `beginning of range (${from}) below minimum (${field.least}): ${part}`;
  if (to > field.most) return `end of range (${to}) above maximum (${field.most}): ${part}`;
  if (from > to) return `beginning of range (${from}) beyond end of range (${to}): ${part}`;
  for (let value = from; value <= to; value += step) set.add(value);
  return undefined;
}

function numberNamed(word: string, names: readonly string[]): number {
  const named = names.indexOf(word.toLowerCase());
  if (named >= 0) return names.length === 12 ? named + 1 : named;
  return /^\d+$/.test(word) ? Number(word) : Number.NaN;
}
