import { type Cursor, isBlankOrEnd, isBreak } from './cursor.ts';

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x27;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const HASH = 0x23;

function endsFlowScalar(c: number): boolean {
  // , ? [ ] { }
  return c === 0x2c || c === 0x3f || c === 0x5b || c === 0x5d || c === 0x7b || c === 0x7d;
}

/** Collects blanks and breaks between words or lines of a scalar, and what they fold to. */
class Gap {
  blanks = '';
  leading = '';
  trailing = '';
  crossed = false;

  fold(): string {
    if (!this.crossed) return this.blanks;
    if (this.leading === '\n') return this.trailing === '' ? ' ' : this.trailing;
    return this.leading + this.trailing;
  }
}

/** A plain scalar of the block that is indented by `indent`; ends before `: `, ` #`, and in flow context before indicators. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one scan of one production; cut in two it would pass its state along
export function scanPlain(cursor: Cursor, indent: number): string {
  const { text } = cursor;
  const inFlow = cursor.flowLevel > 0;
  let value = '';
  let gap: Gap | undefined;
  for (;;) {
    if (cursor.atDocumentMarker() || cursor.peek() === HASH) break;
    const start = cursor.pos;
    let p = start;
    for (;;) {
      const c = text.charCodeAt(p);
      if (isBlankOrEnd(c)) break;
      if (c === COLON && isBlankOrEnd(text.charCodeAt(p + 1))) break;
      if (inFlow && endsFlowScalar(c)) break;
      p++;
    }
    if (p > start) {
      if (gap !== undefined) value += gap.fold();
      gap = undefined;
      value = value === '' ? text.slice(start, p) : value + text.slice(start, p);
      cursor.pos = p;
    }
    const c = cursor.peek();
    if (!(c === SPACE || c === TAB || isBreak(c))) break;
    gap = skipGap(cursor, gap, inFlow ? -1 : indent);
    if (!inFlow && cursor.column <= indent) break;
  }
  if (gap?.crossed === true) cursor.keyAllowed = true;
  return value;
}

function skipGap(cursor: Cursor, before: Gap | undefined, indent: number): Gap {
  const gap = before ?? new Gap();
  for (;;) {
    const c = cursor.peek();
    if (c === SPACE || c === TAB) {
      if (gap.crossed && c === TAB && cursor.column <= indent) {
        cursor.fail('found a tab character that violates indentation');
      }
      if (!gap.crossed) gap.blanks += c === SPACE ? ' ' : '\t';
      cursor.pos++;
    } else if (isBreak(c)) {
      const char = cursor.text.charAt(cursor.pos);
      if (gap.crossed) gap.trailing += char;
      else {
        gap.crossed = true;
        gap.leading = char;
      }
      cursor.nextLine();
    } else {
      return gap;
    }
  }
}

const ESCAPES = new Map<string, string>([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\x1b'],
  [' ', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['N', '\x85'],
  ['_', '\xa0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);
const HEX_LENGTH = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/** A scalar in single or double quotes; the cursor stands on the opening quote. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one scan of one production; cut in two it would pass its state along
export function scanQuoted(cursor: Cursor): string {
  const quote = cursor.peek();
  const single = quote === QUOTE;
  const { line, column, text } = cursor;
  cursor.pos++;
  let value = '';
  for (;;) {
    if (cursor.atDocumentMarker()) {
      cursor.fail('found unexpected document indicator in a quoted scalar', line, column + 1);
    }
    if (cursor.atEnd) cursor.fail('found unexpected end of stream in a quoted scalar', line, column + 1);
    let escapedBreak = false;
    let from = cursor.pos;
    for (;;) {
      const c = cursor.peek();
      if (isBlankOrEnd(c) || (c === quote && !(single && cursor.peek(1) === QUOTE))) break;
      if (single && c === QUOTE) {
        value += text.slice(from, cursor.pos + 1);
        cursor.pos += 2;
        from = cursor.pos;
      } else if (!single && c === BACKSLASH) {
        value += text.slice(from, cursor.pos);
        if (isBreak(cursor.peek(1))) {
          cursor.pos++;
          cursor.nextLine();
          escapedBreak = true;
          from = cursor.pos;
          break;
        }
        value += scanEscape(cursor);
        from = cursor.pos;
      } else {
        cursor.pos++;
      }
    }
    value += text.slice(from, cursor.pos);
    if (cursor.peek() === quote) break;
    const gap = new Gap();
    if (escapedBreak) gap.crossed = true;
    skipGap(cursor, gap, -1);
    if (escapedBreak) value += gap.leading + gap.trailing;
    else value += gap.fold();
  }
  cursor.pos++;
  return value;
}

function scanEscape(cursor: Cursor): string {
  const name = cursor.text.charAt(cursor.pos + 1);
  const plain = ESCAPES.get(name);
  if (plain !== undefined) {
    cursor.pos += 2;
    return plain;
  }
  const length = HEX_LENGTH.get(name);
  if (length === undefined) return cursor.fail(`found unknown escape character \\${name} in a quoted scalar`);
  const digits = cursor.text.slice(cursor.pos + 2, cursor.pos + 2 + length);
  if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) {
    return cursor.fail('did not find expected hexadecimal number in an escape of a quoted scalar');
  }
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    return cursor.fail('found invalid Unicode character escape code in a quoted scalar');
  }
  cursor.pos += 2 + length;
  return String.fromCodePoint(code);
}

/** A literal or folded scalar below a block that is indented by `parentIndent`; the cursor stands on `|` or `>`. */
export function scanBlockScalar(cursor: Cursor, parentIndent: number): string {
  const literal = cursor.peek() === 0x7c;
  const { line, column, text } = cursor;
  cursor.pos++;
  const { chomping, increment } = scanHeader(cursor, line, column);
  let indent = increment > 0 ? (parentIndent >= 0 ? parentIndent + increment : increment) : 0;
  let value = '';
  let leading = '';
  let leadingBlank = false;
  const first = scanBreaks(cursor, indent, parentIndent);
  let trailing = first.breaks;
  indent = first.indent;
  while (cursor.column === indent && !cursor.atEnd) {
    const c = cursor.peek();
    const blank = c === SPACE || c === TAB;
    if (!literal && !leadingBlank && !blank && leading === '\n') {
      if (trailing === '') value += ' ';
    } else {
      value += leading;
    }
    value += trailing;
    leadingBlank = blank;
    let end = cursor.pos;
    while (end < text.length && !isBreak(text.charCodeAt(end))) end++;
    value += text.slice(cursor.pos, end);
    cursor.pos = end;
    leading = '';
    if (!cursor.atEnd) {
      leading = text.charAt(end);
      cursor.nextLine();
    }
    trailing = scanBreaks(cursor, indent, parentIndent).breaks;
  }
  if (chomping >= 0) value += leading;
  if (chomping > 0) value += trailing;
  return value;
}

function scanHeader(cursor: Cursor, line: number, column: number): { chomping: number; increment: number } {
  let chomping = 0;
  let increment = 0;
  for (let i = 0; i < 2; i++) {
    const c = cursor.peek();
    if (chomping === 0 && (c === 0x2b || c === 0x2d)) chomping = c === 0x2b ? 1 : -1;
    else if (increment === 0 && c >= 0x30 && c <= 0x39) {
      increment = c - 0x30;
      if (increment === 0) cursor.fail('found an indentation indicator equal to 0', line, column + 1);
    } else break;
    cursor.pos++;
  }
  while (cursor.peek() === SPACE || cursor.peek() === TAB) cursor.pos++;
  if (cursor.peek() === HASH) while (!cursor.atEnd && !isBreak(cursor.peek())) cursor.pos++;
  if (!cursor.atEnd && !isBreak(cursor.peek())) {
    cursor.fail('did not find expected comment or line break after a block scalar indicator', line, column + 1);
  }
  if (!cursor.atEnd) cursor.nextLine();
  return { chomping, increment };
}

/** Skips indentation and empty lines; finds the indentation from the first line with content when it is not given (0). */
function scanBreaks(cursor: Cursor, given: number, parentIndent: number): { breaks: string; indent: number } {
  let breaks = '';
  let deepest = 0;
  for (;;) {
    while ((given === 0 || cursor.column < given) && cursor.peek() === SPACE) cursor.pos++;
    if (cursor.column > deepest) deepest = cursor.column;
    if ((given === 0 || cursor.column < given) && cursor.peek() === TAB) {
      cursor.fail('found a tab character where an indentation space is expected');
    }
    if (cursor.atEnd || !isBreak(cursor.peek())) break;
    breaks += cursor.text.charAt(cursor.pos);
    cursor.nextLine();
  }
  return { breaks, indent: given === 0 ? Math.max(deepest, parentIndent + 1, 1) : given };
}
