import { parseDuration } from '../duration/duration.ts';
import { validateDns1123Label } from '../names/names.ts';
import { compilePattern } from '../re2/pattern.ts';
import { isCidr, isIpv4, isIpv6 } from './ip.ts';

/**
 * The formats that the API server checks in strings; all others say nothing. Hyphens in a name do not count (`date-time`).
 * Texts longer than the longest that a format could have are refused without being looked at.
 */
const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map<string, (text: string) => boolean>([
  [
    'byte',
    (text) =>
      text !== '' && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/.test(text),
  ],
  ['cidr', isCidr],
  ['creditcard', isCreditCard],
  ['date', isDate],
  ['datetime', isDateTime],
  ['duration', isDuration],
  ['email', isEmail],
  ['hexcolor', pattern('^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$')],
  ['hostname', isHostname],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['isbn', (text) => isIsbn10(text) || isIsbn13(text)],
  ['isbn10', isIsbn10],
  ['isbn13', isIsbn13],
  ['k8sshortname', (text) => validateDns1123Label(text).length === 0],
  ['k8slongname', pattern('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$', 253)],
  ['mac', isMac],
  ['password', () => true],
  ['rgbcolor', isRgbColor],
  ['ssn', pattern('^[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}$')],
  ['uri', isRequestUri],
  ['uuid', uuid('[0-9a-f]{4}-?[0-9a-f]{4}')],
  ['uuid3', uuid('3[0-9a-f]{3}-?[0-9a-f]{4}')],
  ['uuid4', uuid('4[0-9a-f]{3}-?[89ab][0-9a-f]{3}')],
  ['uuid5', uuid('5[0-9a-f]{3}-?[89ab][0-9a-f]{3}')],
]);

/** Whether a format of this name is checked at all. */
export function isKnownFormat(format: string): boolean {
  return FORMATS.has(normalized(format));
}

/** Whether a text has the format; true for formats that are not checked. */
export function hasFormat(text: string, format: string): boolean {
  return FORMATS.get(normalized(format))?.(text) ?? true;
}

function normalized(format: string): string {
  return format.replaceAll('-', '');
}

function pattern(source: string, maxLength = Number.POSITIVE_INFINITY): (text: string) => boolean {
  const compiled = compilePattern(source);
  return (text) => text.length <= maxLength && compiled.test(text);
}

function uuid(middle: string): (text: string) => boolean {
  return pattern(`(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?${middle}-?[0-9a-f]{12}$`);
}

const HOSTNAME = compilePattern(
  '^([a-zA-Z0-9\\p{S}\\p{L}]((-?[a-zA-Z0-9\\p{S}\\p{L}]{0,62})?)|([a-zA-Z0-9\\p{S}\\p{L}](([a-zA-Z0-9-\\p{S}\\p{L}]{0,61}[a-zA-Z0-9\\p{S}\\p{L}])?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})$',
);

function isHostname(text: string): boolean {
  const bytes = (part: string): number => new TextEncoder().encode(part).length;
  return (
    text.length <= 255 &&
    bytes(text) <= 255 &&
    HOSTNAME.test(text) &&
    text.split('.').every((part) => bytes(part) <= 63)
  );
}

/** A bare address, or one in angle brackets after a name. */
function isEmail(text: string): boolean {
  const address = /^[^<>]*<([^<>]*)>\s*$/.exec(text)?.[1] ?? text.trim();
  const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\uffff-]+";
  return (
    address.length <= 1_000 &&
    new RegExp(`^(?:${atom}(?:\\.${atom})*|"(?:[^"\\\\]|\\\\.)*")@${atom}(?:\\.${atom})*$`).test(address)
  );
}

/** What may stand in a request line: an absolute path, or a URL with a scheme. */
function isRequestUri(text: string): boolean {
  if (text === '' || /[\u0000-\u001f\u007f]/.test(text)) return false;
  const [, scheme, rest = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?([\s\S]*)$/.exec(text) ?? [];
  if (text === '*') return true;
  if (!rest.startsWith('/')) return scheme !== undefined && rest !== '';
  const [, authority, path = ''] = /^(?:\/\/([^/?]*))?([\s\S]*)$/.exec(rest) ?? [];
  if (
    authority !== undefined &&
    !/^(?:[^\s@"<>\\^`{|}]*@)?(?:\[[0-9A-Fa-f:.%]*\]|[^\s:@"<>\\^`{|}[\]]*)(?::\d*)?$/.test(authority)
  )
    return false;
  return !/%(?![0-9A-Fa-f]{2})/.test(path.split('?')[0] ?? '');
}

/** Six, eight or twenty bytes: with colons or hyphens between them, dots after every second, or nothing. */
function isMac(text: string): boolean {
  const match =
    /^(?:[0-9a-f]{4}(?:\.[0-9a-f]{4})+|[0-9a-f]{2}(?:(?::[0-9a-f]{2})+|(?:-[0-9a-f]{2})+|(?:[0-9a-f]{2})+))$/i;
  return text.length <= 59 && match.test(text) && [12, 16, 40].includes(text.replaceAll(/[.:-]/g, '').length);
}

function isRgbColor(text: string): boolean {
  const part = '\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*';
  return new RegExp(`^rgb\\(${part},${part},${part}\\)$`).test(text);
}

function isIsbn10(text: string): boolean {
  const digits = text.replaceAll(/[\s-]+/g, '');
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce(
    (total, digit, index) => total + (index + 1) * (digit === 'X' ? 10 : Number(digit)),
    0,
  );
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replaceAll(/[\s-]+/g, '');
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

const CARD =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/;

/** Known issuers' numbers with a right check digit (Luhn). */
function isCreditCard(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]+/g, '');
  if (!CARD.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** `2006-01-02`, a day that there is. */
function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  const last = [31, isLeap(Number(year)) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1];
  return last !== undefined && Number(day) >= 1 && Number(day) <= last;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** RFC 3339, with a `t` or `T` in between. */
function isDateTime(text: string): boolean {
  const [, date = '', hour, minute, second] =
    /^(\d{4}-\d{2}-\d{2})[tT](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[zZ]|[+-]\d{2}:\d{2})$/.exec(text) ?? [];
  return isDate(date) && Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 59;
}

const UNIT = /^(?:ns|nano.*|us|µs|micro.*|ms|milli.*|s|sec.*|m|min.*|h|hr|hour.*|d|day.*|w|wk|week.*)$/i;

/** Go's durations, or Scala's (`3 days`, `22 ns`); of the latter one part that is right is enough, as in the API server. */
function isDuration(text: string): boolean {
  if (text.length > 200) return false;
  if (parseDuration(text).ok) return true;
  const parts = [...text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)];
  if (parts.some(([, count = '']) => BigInt(count) >= 1n << 63n)) return false;
  return parts.some(([, , unit = '']) => UNIT.test(unit));
}
