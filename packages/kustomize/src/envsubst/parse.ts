import { Fault } from './error.ts';
import type { Argument, Expression, Template } from './template.ts';

const NAME_CHARACTER = /[\p{L}\p{Nd}_]/u;
const SUGGEST_ESCAPE = 'write $${ where the text itself shall hold ${';

/**
 * Splits a text into literals and expressions, by the grammar of Flux's substitution.
 *
 * In literal text `$$` is one `$` and a backslash is nothing special; inside an expression escapes exist only in the
 * arguments of the replacing operators. As in Flux, the text ends at a NUL, which YAML cannot hold anyway.
 *
 * @throws Fault of kind `syntax` at the first `${` that begins no expression, `limit` for one nested too deep.
 */
export function parseTemplate(source: string, maxDepth: number): Template {
  const nul = source.indexOf('\0');
  const text = nul < 0 ? source : source.slice(0, nul);
  const pieces: (string | Expression)[] = [];
  const parser = new Parser(text, maxDepth);
  let literalFrom = 0;
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at)) {
    const next = text.charCodeAt(at + 1);
    if (next === DOLLAR) {
      pieces.push(text.slice(literalFrom, at + 1));
      at += 2;
      literalFrom = at;
    } else if (next === OPEN_BRACE) {
      if (at > literalFrom) pieces.push(text.slice(literalFrom, at));
      pieces.push(parser.expressionAt(at));
      at = parser.position;
      literalFrom = at;
    } else {
      at += 1;
    }
  }
  if (literalFrom < text.length) pieces.push(text.slice(literalFrom));
  return pieces;
}

const DOLLAR = 0x24;
const SLASH = 0x2f;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Reads one expression at a time, from its `${` to its `}`. */
class Parser {
  /** Behind what was read last. */
  position = 0;
  private readonly text: string;
  private readonly maxDepth: number;
  private depth = 0;
  private offset = 0;
  private name: string | undefined;

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  expressionAt(offset: number): Expression {
    const outer = { offset: this.offset, name: this.name };
    this.offset = offset;
    this.name = undefined;
    this.position = offset + 2;
    this.depth += 1;
    if (this.depth > this.maxDepth) {
      throw new Fault({ fault: 'limit', message: `expressions are nested deeper than ${this.maxDepth}`, offset });
    }
    const expression = this.peek() === '#' ? this.length() : this.named();
    this.depth -= 1;
    this.offset = outer.offset;
    this.name = outer.name;
    return expression;
  }

  private length(): Expression {
    this.position += 1;
    const name = this.readName();
    if (name === '') throw this.fault('bad substitution', 'after ${# comes the name of a variable and }');
    this.name = name;
    return this.closed(name, 'length', []);
  }

  private named(): Expression {
    const name = this.readName();
    if (name === '') throw this.fault('unable to parse variable name');
    this.name = name;
    switch (this.peek()) {
      case '}':
        return this.closed(name, '', []);
      case ':':
        return '=-?+'.includes(this.peek(1) || ' ') ? this.defaulted(name, 2) : this.substring(name);
      case '=':
        return this.defaulted(name, 1);
      case ',':
      case '^':
        return this.cased(name);
      case '/':
        return this.replaced(name);
      case '#':
      case '%':
        return this.trimmed(name);
      default:
        throw this.fault('missing closing brace', this.suggestAfterName());
    }
  }

  private suggestAfterName(): string {
    const found = this.peek();
    if (found === '') return 'the text ends inside the expression';
    if (found === '-' || found === '+' || found === '?') {
      return `\`${found}\` needs a colon here (\`:${found}\`); ${SUGGEST_ESCAPE}`;
    }
    return SUGGEST_ESCAPE;
  }

  private defaulted(name: string, operatorLength: number): Expression {
    const operator = this.take(operatorLength);
    const parts: Argument[] = [];
    while (this.peek() !== '}') parts.push(this.argument(isCloseBrace));
    return this.closed(name, operator, parts);
  }

  private substring(name: string): Expression {
    // The reference steps back by the width of the character after the colon, so only an ASCII one can follow it.
    const after = this.text.charCodeAt(this.position + 1);
    if (Number.isNaN(after) || after > 0x7f)
      throw this.fault('bad substitution', 'after : comes an offset or a default');
    this.position += 1;
    const offset = this.argument(isColonOrCloseBrace);
    if (this.peek() === '}') return this.closed(name, ':', [offset]);
    this.skipRun(COLON);
    return this.closed(name, ':', [offset, this.argument(isCloseBrace)]);
  }

  private cased(name: string): Expression {
    const second = this.peek(1);
    return this.closed(name, this.take(second === ',' || second === '^' ? 2 : 1), []);
  }

  private trimmed(name: string): Expression {
    const operator = this.take(this.peek(1) === this.peek() ? 2 : 1);
    return this.closed(name, operator, [this.argument(isCloseBrace)]);
  }

  private replaced(name: string): Expression {
    const second = this.peek(1);
    const operator = this.take(second === '/' || second === '#' || second === '%' ? 2 : 1);
    const pattern = this.argument(isSlash, true);
    this.skipRun(SLASH);
    if (this.peek() === '}') return this.closed(name, operator, [pattern]);
    return this.closed(name, operator, [pattern, this.argument(isCloseBrace, true)]);
  }

  private closed(name: string, operator: string, parts: readonly Argument[]): Expression {
    if (this.peek() !== '}') throw this.fault('bad substitution');
    this.position += 1;
    return { name, operator, arguments: parts, offset: this.offset };
  }

  /** One nested expression or one run of literal text that is not empty. */
  private argument(ends: (code: number) => boolean, escapes = false): Argument {
    const { text } = this;
    if (text.startsWith('${', this.position)) return this.expressionAt(this.position);
    let literal = '';
    let from = this.position;
    let at = from;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const next = text.charCodeAt(at + 1);
      if (code === DOLLAR && next === OPEN_BRACE) break;
      if (escapes && isEscape(code, next)) {
        literal += text.slice(from, at);
        from = at + 1;
        at += 1;
      } else if (ends(code)) break;
    }
    if (at === this.position) throw this.fault('unable to parse substitution within function', this.suggestArgument());
    this.position = at;
    return literal + text.slice(from, at);
  }

  private suggestArgument(): string {
    return this.peek() === '' ? 'the text ends inside the expression' : 'the operator needs an argument';
  }

  private skipRun(code: number): void {
    if (this.text.charCodeAt(this.position) !== code) throw this.fault('bad substitution');
    while (this.text.charCodeAt(this.position) === code) this.position += 1;
  }

  private readName(): string {
    const { text } = this;
    const from = this.position;
    let at = from;
    while (at < text.length) {
      const code = text.codePointAt(at) as number;
      if (code < 0x80 ? !isAsciiNameCharacter(code) : !NAME_CHARACTER.test(String.fromCodePoint(code))) break;
      at += code > 0xffff ? 2 : 1;
    }
    this.position = at;
    return text.slice(from, at);
  }

  private peek(ahead = 0): string {
    return this.text.charAt(this.position + ahead);
  }

  private take(length: number): string {
    const from = this.position;
    this.position += length;
    return this.text.slice(from, this.position);
  }

  private fault(message: string, suggestion = SUGGEST_ESCAPE): Fault {
    const variable = this.name === undefined ? {} : { variable: this.name };
    return new Fault({ fault: 'syntax', message, suggestion, offset: this.offset, ...variable });
  }
}

function isAsciiNameCharacter(code: number): boolean {
  const lower = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x7a) || code === 0x5f;
}

function isEscape(code: number, next: number): boolean {
  return (code === DOLLAR && next === DOLLAR) || (code === BACKSLASH && (next === SLASH || next === BACKSLASH));
}

function isCloseBrace(code: number): boolean {
  return code === CLOSE_BRACE;
}

function isColonOrCloseBrace(code: number): boolean {
  return code === COLON || code === CLOSE_BRACE;
}

function isSlash(code: number): boolean {
  return code === SLASH;
}
