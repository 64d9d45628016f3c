/** The grammar of Flux's variable substitution: `${name}` with the operators of a shell, each as Flux reads it. */

/** A piece of a template. */
export type Node =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'expression';
      readonly name: string;
      /** Empty for a bare `${name}`; `#` alone, without arguments, is the length. */
      readonly operator: string;
      readonly args: readonly Node[];
      /** Where the `${` stands in the template. */
      readonly offset: number;
    };

export type SyntaxFault =
  | 'bad substitution'
  | 'missing closing brace'
  | 'unable to parse variable name'
  | 'unable to parse substitution within function'
  | 'unable to parse default function';

/** A template that Flux refuses. `offset` is where the expression begins. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const IDENT = /[\p{L}\p{Nd}_]/u;
const MAX_NESTING = 100;

/** @throws TemplateError */
export function parseTemplate(text: string): Node[] {
  return new Parser(text).template();
}

type Accept = (char: string, index: number) => boolean;

const notBrace: Accept = (c) => c !== '}';

class Parser {
  private readonly text: string;
  private pos = 0;
  private nesting = 0;
  private readonly starts: number[] = [];

  constructor(text: string) {
    this.text = text;
  }

  template(): Node[] {
    const nodes: Node[] = [];
    let plain = '';
    while (this.pos < this.text.length) {
      const dollar = this.text.indexOf('$', this.pos);
      if (dollar < 0) {
        plain += this.text.slice(this.pos);
        break;
      }
      plain += this.text.slice(this.pos, dollar);
      const next = this.text.charAt(dollar + 1);
      if (next === '{') {
        if (plain !== '') nodes.push({ type: 'text', text: plain });
        plain = '';
        this.pos = dollar;
        nodes.push(this.expression());
      } else {
        plain += '$';
        this.pos = dollar + (next === '$' ? 2 : 1);
      }
    }
    if (plain !== '') nodes.push({ type: 'text', text: plain });
    return nodes;
  }

  private fail(fault: SyntaxFault): never {
    throw new TemplateError(fault, this.starts.at(-1) ?? this.pos);
  }

  private peek(ahead = 0): string {
    const code = this.text.codePointAt(this.pos + ahead);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  private atExpression(): boolean {
    return this.text.startsWith('${', this.pos);
  }

  /** The cursor stands on `${`. */
  private expression(): Node {
    if (++this.nesting > MAX_NESTING) {
      throw new TemplateError(`expressions nest deeper than ${MAX_NESTING}`, this.pos);
    }
    const offset = this.pos;
    this.starts.push(offset);
    this.pos += 2;
    const { name, operator, args } = this.peek() === '#' ? this.length() : this.named();
    this.starts.pop();
    this.nesting--;
    return { type: 'expression', name, operator, args, offset };
  }

  private length(): { name: string; operator: string; args: Node[] } {
    this.pos++;
    const name = this.ident();
    if (name === '') this.fail('bad substitution');
    this.close();
    return { name, operator: '#', args: [] };
  }

  private named(): { name: string; operator: string; args: Node[] } {
    const name = this.ident();
    if (name === '') this.fail('unable to parse variable name');
    switch (this.peek()) {
      case ':':
        return '=-?+'.includes(this.peek(1) || ' ') ? this.withDefault(name, 2) : this.substring(name);
      case '=':
        return this.withDefault(name, 1);
      case ',':
      case '^':
        return this.casing(name);
      case '/':
        return this.replacement(name);
      case '#':
      case '%':
        return this.removal(name);
      case '}':
        this.pos++;
        return { name, operator: '', args: [] };
      default:
        return this.fail('missing closing brace');
    }
  }

  private ident(): string {
    const start = this.pos;
    for (let c = this.peek(); c !== '' && IDENT.test(c); c = this.peek()) this.pos += c.length;
    return this.text.slice(start, this.pos);
  }

  private close(): void {
    if (this.peek() !== '}') this.fail('bad substitution');
    this.pos++;
  }

  /** One run of text, or one nested expression. `escapes`: `$$`, `\/` and `\\` stand for one character. */
  private argument(accept: Accept, escapes: boolean): Node {
    if (this.atExpression()) return this.expression();
    let value = '';
    const start = this.pos;
    while (this.pos < this.text.length && !this.atExpression()) {
      const c = this.peek();
      const escaped = escapes ? this.escaped(c) : undefined;
      if (escaped !== undefined) {
        value += escaped;
        this.pos += 2;
      } else if (accept(c, this.pos - start)) {
        value += c;
        this.pos += c.length;
      } else break;
    }
    if (this.pos === start) this.fail('unable to parse substitution within function');
    return { type: 'text', text: value };
  }

  private escaped(c: string): string | undefined {
    const next = this.text.charAt(this.pos + 1);
    if (c === '$' && next === '$') return '$';
    if (c === '\\' && (next === '/' || next === '\\')) return next;
    return undefined;
  }

  private withDefault(name: string, width: number): { name: string; operator: string; args: Node[] } {
    const operator = this.text.slice(this.pos, this.pos + width);
    this.pos += width;
    const args: Node[] = [];
    while (this.peek() !== '}') args.push(this.argument(notBrace, false));
    this.pos++;
    return { name, operator, args };
  }

  private substring(name: string): { name: string; operator: string; args: Node[] } {
    this.pos++;
    const args = [this.argument((c) => c !== ':' && c !== '}', false)];
    if (this.peek() === '}') {
      this.pos++;
      return { name, operator: ':', args };
    }
    if (this.peek() !== ':') this.fail('bad substitution');
    while (this.peek() === ':') this.pos++;
    args.push(this.argument(notBrace, false));
    this.close();
    return { name, operator: ':', args };
  }

  private casing(name: string): { name: string; operator: string; args: Node[] } {
    let operator = '';
    while (operator.length < 2 && (this.peek() === ',' || this.peek() === '^')) {
      operator += this.peek();
      this.pos++;
    }
    this.close();
    return { name, operator, args: [] };
  }

  private removal(name: string): { name: string; operator: string; args: Node[] } {
    const sign = this.peek();
    const operator = this.peek(1) === sign ? sign + sign : sign;
    this.pos += operator.length;
    const args = [this.argument(notBrace, false)];
    this.close();
    return { name, operator, args };
  }

  private replacement(name: string): { name: string; operator: string; args: Node[] } {
    const second = this.peek(1);
    const operator = second !== '' && '/#%'.includes(second) ? `/${second}` : '/';
    this.pos += operator.length;
    const args = [this.argument((c) => c !== '/', true)];
    if (this.peek() !== '/') this.fail('bad substitution');
    while (this.peek() === '/') this.pos++;
    if (this.peek() !== '}') args.push(this.argument(notBrace, true));
    this.close();
    return { name, operator, args };
  }
}
