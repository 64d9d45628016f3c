import { YamlError } from './error.ts';

const TAB = 0x09;
const LF = 0x0a;
const SPACE = 0x20;
const HASH = 0x23;

/** Anything that Go's YAML readers refuse to see in a stream. */
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

export function isBreak(c: number): boolean {
  return c === LF || c === 0x2028 || c === 0x2029;
}

/** A blank, a line break, or the end (NaN, as charCodeAt gives it). */
export function isBlankOrEnd(c: number): boolean {
  return c === SPACE || c === LF || c === TAB || Number.isNaN(c) || c === 0x2028 || c === 0x2029;
}

/**
 * A place in a text, with its line and column, and what the scanner of YAML calls "a simple key is allowed here":
 * at the start of a line and after `- ` and `? `.
 */
export class Cursor {
  readonly text: string;
  pos = 0;
  line: number;
  lineStart = 0;
  keyAllowed = true;
  flowLevel = 0;
  /** A comment has been skipped. */
  sawComment = false;

  constructor(source: string, firstLine = 1) {
    let text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
    const bad = FORBIDDEN.exec(text);
    if (bad !== null) {
      const before = text.slice(0, bad.index).split('\n');
      const code = bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      throw new YamlError(
        `control characters are not allowed: U+${code}`,
        firstLine + before.length - 1,
        (before.at(-1) ?? '').length + 1,
      );
    }
    if (text.includes('\r') || text.includes('\x85')) text = text.replace(/\r\n|\r|\x85/g, '\n');
    this.text = text;
    this.line = firstLine;
  }

  /** Character code here, or `ahead` of here; NaN at the end. */
  peek(ahead = 0): number {
    return this.text.charCodeAt(this.pos + ahead);
  }

  get column(): number {
    return this.pos - this.lineStart;
  }

  get atEnd(): boolean {
    return this.pos >= this.text.length;
  }

  /** Steps over one line break. */
  nextLine(): void {
    this.pos++;
    this.line++;
    this.lineStart = this.pos;
  }

  /** Whether `---` or `...` stands here at the start of a line. */
  atDocumentMarker(): boolean {
    if (this.pos !== this.lineStart) return false;
    const c = this.peek();
    return (
      (c === 0x2d || c === 0x2e) &&
      this.peek(1) === c &&
      this.peek(2) === c &&
      isBlankOrEnd(this.text.charCodeAt(this.pos + 3))
    );
  }

  /** Skips blanks, comments and line breaks. Tabs count as blanks only where no key could start. */
  skipToToken(): void {
    for (;;) {
      const c = this.peek();
      if (c === SPACE || (c === TAB && (this.flowLevel > 0 || !this.keyAllowed))) {
        this.pos++;
      } else if (c === HASH) {
        this.skipComment();
      } else if (isBreak(c)) {
        this.nextLine();
        if (this.flowLevel === 0) this.keyAllowed = true;
      } else {
        return;
      }
    }
  }

  private skipComment(): void {
    this.sawComment = true;
    const end = this.text.indexOf('\n', this.pos);
    this.pos = end < 0 ? this.text.length : end;
  }

  fail(message: string, line = this.line, column = this.column + 1): never {
    throw new YamlError(message, line, column);
  }
}
