import { Cursor } from '../yaml/cursor.ts';
import { scanBlockScalar } from '../yaml/scan-scalars.ts';
import { canBeBlock } from './scalar-text.ts';

const BREAK = /[\n\u2028\u2029]/;

/**
 * A folded scalar after Go's YAML library has written and read it once more. That is not always the text it was: its
 * writer puts an empty line before lines with leading blanks, and one at the end of a text that keeps its line breaks.
 */
export function refold(text: string): string {
  if (!canBeBlock(text)) return text;
  const cursor = new Cursor(written(text));
  return scanBlockScalar(cursor, 0);
}

function written(text: string): string {
  let start = 0;
  while (BREAK.test(text.charAt(start))) start++;
  const first = text.charAt(start);
  const startsBlank = first === '' || first === ' ' || first === '\t';
  let out = `>${header(text)}\n`;
  let atBreak = true;
  let leadingBlank = true;
  for (const char of text) {
    if (BREAK.test(char)) {
      if (!atBreak && !leadingBlank && char === '\n' && !startsBlank) out += '\n';
      out += char;
      atBreak = true;
      continue;
    }
    if (atBreak) {
      out += '  ';
      leadingBlank = char === ' ' || char === '\t';
    }
    out += char;
    atBreak = false;
  }
  return out;
}

function header(text: string): string {
  const first = text.charAt(0);
  const indent = first === ' ' || BREAK.test(first) ? '2' : '';
  if (!BREAK.test(text.charAt(text.length - 1))) return `${indent}-`;
  return text.length === 1 || BREAK.test(text.charAt(text.length - 2)) ? `${indent}+` : indent;
}
