import { Failure, Opaque, type Result } from '../values/value.ts';
import { global, member, type Overload, traversal } from './function.ts';

const TYPE = 'kubernetes.Semver';

/** A version by semver.org, whose build is of no account in comparisons. */
class Semver extends Opaque {
  override readonly type = TYPE;
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];

  constructor(numbers: readonly bigint[], pre: readonly string[]) {
    super();
    this.numbers = numbers;
    this.pre = pre;
  }

  override equals(other: Opaque): boolean {
    return other instanceof Semver && compare(this, other) === 0;
  }
}

const NUMBER = '(0|[1-9]\\d*)';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?$`);

function parse(text: string): Semver | undefined {
  const [, major, minor, patch, pre] = VERSION.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  const identifiers = pre === undefined ? [] : pre.split('.');
  if (identifiers.some((each) => /^0\d+$/.test(each))) return undefined;
  return new Semver([major, minor, patch].map(BigInt), identifiers);
}

/** `v1.01` is taken for `1.1.0`. */
function normalized(text: string): string {
  const trimmed = text.replace(/^v/, '');
  const end = /[-+]/.exec(trimmed)?.index ?? trimmed.length;
  const parts = trimmed.slice(0, end).split('.');
  if (parts.length > 3) return trimmed;
  const whole = [...parts, '0', '0'].slice(0, 3).map((part) => part.replace(/^0+(?=\d)/, ''));
  return whole.join('.') + trimmed.slice(end);
}

function compare(a: Semver, b: Semver): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (let at = 0; at < Math.max(a.pre.length, b.pre.length); at++) {
    const order = compareIdentifiers(a.pre[at], b.pre[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const numbers = [a, b].map((each) => /^\d+$/.test(each));
  if (numbers[0] && numbers[1]) return Number(BigInt(a) > BigInt(b)) - Number(BigInt(a) < BigInt(b));
  if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

const read = (text: string, isNormalized = false): Semver | undefined => parse(isNormalized ? normalized(text) : text);

function semver(text: string, isNormalized?: boolean): Result {
  return (
    read(text, isNormalized) ??
    new Failure(`semver parse error during conversion from string: ${JSON.stringify(text)} is no version`)
  );
}

const isSemver = (text: string, isNormalized?: boolean): boolean => read(text, isNormalized) !== undefined;
const part =
  (index: number) =>
  (of: Semver): bigint =>
    of.numbers[index] ?? 0n;

export const VERSIONS: readonly Overload[] = [
  global('semver', `string -> ${TYPE}`, semver, traversal),
  global('semver', `string, bool -> ${TYPE}`, semver, traversal),
  global('isSemver', 'string -> bool', isSemver, traversal),
  global('isSemver', 'string, bool -> bool', isSemver, traversal),
  member('major', `${TYPE} -> int`, part(0)),
  member('minor', `${TYPE} -> int`, part(1)),
  member('patch', `${TYPE} -> int`, part(2)),
  member('compareTo', `${TYPE}, ${TYPE} -> int`, (a: Semver, b: Semver) => BigInt(compare(a, b))),
  member('isLessThan', `${TYPE}, ${TYPE} -> bool`, (a: Semver, b: Semver) => compare(a, b) < 0),
  member('isGreaterThan', `${TYPE}, ${TYPE} -> bool`, (a: Semver, b: Semver) => compare(a, b) > 0),
];
