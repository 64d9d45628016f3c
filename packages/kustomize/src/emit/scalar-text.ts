import { readsAsString } from '../yaml/scalars.ts';

const WIDTH = 80;

/** Text that is a plain scalar whatever stands around it, and that no reader of YAML 1.1 takes for anything but a string. */
const SIMPLE = /^[A-Za-z_/][A-Za-z0-9_./-]*$/;
const SIMPLE_WORD = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** Characters that Go's emitter does not print as they are. */
const SPECIAL = /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
const BREAKS = /[\n\u2028\u2029]/;

interface Traits {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
}

function analyze(text: string): Traits {
  if (text === '') return { multiline: false, plain: true, single: true, block: false };
  const multiline = BREAKS.test(text);
  const special = SPECIAL.test(text);
  const first = text.charAt(0);
  const last = text.charAt(text.length - 1);
  const spaceBreak = / [\n\u2028\u2029]/.test(text);
  const breakSpace = /[\n\u2028\u2029] /.test(text);
  const edges = first === ' ' || last === ' ' || BREAKS.test(first) || BREAKS.test(last);
  return {
    multiline,
    plain: !(special || spaceBreak || breakSpace || edges || multiline || hasIndicators(text)),
    single: !(special || spaceBreak || breakSpace),
    block: !(special || spaceBreak || last === ' '),
  };
}

const STARTS = new Set('#,[]{}&*!|>\'"%@`');

/** Whether the text would read as something else if it stood plain in a block. */
function hasIndicators(text: string): boolean {
  const first = text.charAt(0);
  if (STARTS.has(first) || text.startsWith('---') || text.startsWith('...')) return true;
  if ((first === '?' || first === ':' || first === '-') && blankAt(text, 1)) return true;
  for (let i = text.indexOf(':', 1); i >= 0; i = text.indexOf(':', i + 1)) if (blankAt(text, i + 1)) return true;
  for (let i = text.indexOf('#', 1); i >= 0; i = text.indexOf('#', i + 1)) {
    if (blankAt(text, i - 1) || BREAKS.test(text.charAt(i - 1))) return true;
  }
  return false;
}

function blankAt(text: string, i: number): boolean {
  return i >= text.length || text.charCodeAt(i) === 0x20 || text.charCodeAt(i) === 0x09;
}

/** Whether a block scalar can hold the text. Tabs are fine there, unlike in what is printed in the end. */
export function canBeBlock(text: string): boolean {
  return analyze(text.includes('\t') ? text.replaceAll('\t', 'x') : text).block;
}

/** Whether a plain scalar may consist of this text, in a block or in a flow collection. */
export function canBePlain(text: string, inFlow: boolean): boolean {
  if (SIMPLE.test(text)) return true;
  if (!analyze(text).plain) return false;
  if (!inFlow) return true;
  return text !== '' && !/[,?[\]{}:]/.test(text);
}

/**
 * A string as kustomize prints it.
 *
 * @param column where the text begins, for folding at 80 columns.
 * @param indent of continuation lines.
 */
export function stringText(text: string, column: number, indent: number): string {
  if (text.length < 64 && SIMPLE.test(text) && !SIMPLE_WORD.test(text)) return text;
  const traits = analyze(text);
  if (text.includes('\n')) {
    if (traits.block) return literal(text, indent);
    return doubleQuoted(text, column, indent, true);
  }
  if (readsAsString(text, 'yaml11')) {
    if (traits.plain) return fold(text, column, indent);
    if (traits.single) return singleQuoted(text, column, indent, true);
  }
  return doubleQuoted(text, column, indent, true);
}

export interface KeyText {
  readonly text: string;
  /** Too long or on several lines: needs the `? ` form. */
  readonly complex: boolean;
}

/** A key as kustomize prints it. */
export function keyText(text: string, column: number, indent: number): KeyText {
  if (text.length < 43 && SIMPLE.test(text) && !SIMPLE_WORD.test(text)) return { text, complex: false };
  const traits = analyze(text);
  const complex = traits.multiline || utf8Length(text) > 128;
  if (complex) return { text: stringText(text, column + 2, indent + 2), complex };
  if (text === '') return { text: '""', complex };
  if (!readsAsString(text, 'yaml11')) return { text: doubleQuoted(text, column, indent, false), complex };
  if (traits.plain) return { text, complex };
  if (traits.single) return { text: singleQuoted(text, column, indent, false), complex };
  return { text: doubleQuoted(text, column, indent, false), complex };
}

function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    length += c < 0x80 ? 1 : c < 0x800 ? 2 : c >= 0xd800 && c <= 0xdfff ? 2 : 3;
  }
  return length;
}

/** Breaks a line at single spaces once it has passed the 80th column. */
function fold(text: string, column: number, indent: number): string {
  if (column + text.length <= WIDTH || !text.includes(' ')) return text;
  const pad = `\n${' '.repeat(indent)}`;
  let out = '';
  let from = 0;
  let at = column;
  let afterSpace = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x20) {
      if (!afterSpace && at > WIDTH && text.charCodeAt(i + 1) !== 0x20) {
        out += text.slice(from, i) + pad;
        from = i + 1;
        at = indent;
      } else at++;
      afterSpace = true;
    } else {
      // A surrogate pair is one column.
      if (c < 0xdc00 || c > 0xdfff) at++;
      afterSpace = false;
    }
  }
  return out + text.slice(from);
}

function singleQuoted(text: string, column: number, indent: number, mayBreak: boolean): string {
  const pad = ' '.repeat(indent);
  let out = "'";
  let at = column + 1;
  let afterSpace = false;
  let afterBreak = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === ' ') {
      const inside = i > 0 && i < text.length - 1 && text.charAt(i + 1) !== ' ';
      if (mayBreak && !afterSpace && at > WIDTH && inside) {
        out += `\n${pad}`;
        at = indent;
      } else {
        out += char;
        at++;
      }
      afterSpace = true;
    } else if (BREAKS.test(char)) {
      if (!afterBreak && char === '\n') out += '\n';
      out += char;
      at = 0;
      afterBreak = true;
    } else {
      if (afterBreak) {
        out += pad;
        at = indent;
      }
      if (char === "'") {
        out += "'";
        at++;
      }
      out += char;
      const c = text.charCodeAt(i);
      if (c < 0xdc00 || c > 0xdfff) at++;
      afterSpace = false;
      afterBreak = false;
    }
  }
  return `${out}'`;
}

const SHORT_ESCAPES = new Map<number, string>([
  [0, '0'],
  [7, 'a'],
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [11, 'v'],
  [12, 'f'],
  [13, 'r'],
  [27, 'e'],
  [0x22, '"'],
  [0x5c, '\\'],
  [0x85, 'N'],
  [0xa0, '_'],
  [0x2028, 'L'],
  [0x2029, 'P'],
]);

function escapeSequence(code: number): string {
  const short = SHORT_ESCAPES.get(code);
  if (short !== undefined) return `\\${short}`;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function doubleQuoted(text: string, column: number, indent: number, mayBreak: boolean): string {
  const pad = `\n${' '.repeat(indent)}`;
  let out = '"';
  let at = column + 1;
  let afterSpace = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) as number;
    const char = String.fromCodePoint(code);
    if (code === 0x20) {
      if (mayBreak && !afterSpace && at > WIDTH && i > 0 && i < text.length - 1) {
        out += pad;
        at = indent;
        if (text.charAt(i + 1) === ' ') {
          out += '\\';
          at++;
        }
      } else {
        out += ' ';
        at++;
      }
      afterSpace = true;
      continue;
    }
    if (code > 0xffff || code === 0x22 || code === 0x5c || SPECIAL.test(char) || BREAKS.test(char)) {
      const escaped = escapeSequence(code);
      out += escaped;
      at += escaped.length;
    } else {
      out += char;
      at++;
    }
    if (code > 0xffff) i++;
    afterSpace = false;
  }
  return `${out}"`;
}

function literal(text: string, indent: number): string {
  const pad = ' '.repeat(indent);
  const first = text.charAt(0);
  let header = '|';
  if (first === ' ' || BREAKS.test(first)) header += '2';
  const last = text.charAt(text.length - 1);
  if (!BREAKS.test(last)) header += '-';
  else if (text.length === 1 || BREAKS.test(text.charAt(text.length - 2))) header += '+';
  if (!text.includes('\u2028') && !text.includes('\u2029')) {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    let out = `${header}\n`;
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] as string;
      out += line === '' ? '' : pad + line;
      if (i < lines.length - 1) out += '\n';
    }
    return out;
  }
  let out = `${header}\n`;
  let atStart = true;
  for (const char of text) {
    if (BREAKS.test(char)) {
      out += char;
      atStart = true;
    } else {
      if (atStart) out += pad;
      out += char;
      atStart = false;
    }
  }
  return out.endsWith('\n') ? out.slice(0, -1) : out;
}

/** Where a scalar stands when it is written in a style of its own. */
export interface Place {
  readonly inFlow: boolean;
  readonly isKey: boolean;
  /** Of continuation lines. */
  readonly indent: number;
}

export type WrittenStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

/** Text in the given style where it allows that style, else in the nearest that can hold it. Lines are never folded. */
export function styledText(text: string, wanted: WrittenStyle, place: Place): string {
  const traits = analyze(text);
  const special = /\t/.test(text);
  let style = wanted;
  if (place.isKey && traits.multiline) style = 'double';
  if (style === 'plain') {
    const empty = text === '' && (place.inFlow || place.isKey);
    const plain = traits.plain && !special && !(place.inFlow && /[,?[\]{}:]/.test(text));
    if (!plain || empty) style = 'single';
  }
  // Tabs are special to the printer of objects, but not to that of files.
  const fine = special ? analyze(text.replaceAll('\t', 'x')) : traits;
  if (style === 'single' && !(fine.single && !special)) style = 'double';
  if ((style === 'literal' || style === 'folded') && (!fine.block || place.inFlow || place.isKey)) style = 'double';
  switch (style) {
    case 'plain':
      return text;
    case 'single':
      return singleQuoted(text, 0, place.indent, false);
    case 'double':
      return doubleQuoted(text, 0, place.indent, false);
    default:
      return literal(text, place.indent);
  }
}
