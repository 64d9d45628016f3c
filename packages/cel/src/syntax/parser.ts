import { ProblemAt } from '../problem.ts';
import { BOOL, BYTES, DOUBLE, INT, NULL, STRING, type Type, UINT } from '../types/type.ts';
import { Uint, type Value } from '../values/value.ts';
import type { Expression, ListLiteral, MapLiteral } from './ast.ts';
import { readTokens, type Token } from './lexer.ts';
import { expandMacro } from './macros.ts';

/** Deeper expressions are refused before they are read. */
export const MAX_DEPTH = 200;
/** Longer expressions are refused; Kubernetes refuses longer ones in definitions too. */
export const MAX_LENGTH = 100_000;

const RESERVED = new Set([
  ...['as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package'],
  ...['namespace', 'return', 'var', 'void', 'while'],
]);

const LEVELS: readonly (readonly string[])[] = [
  ['==', '!=', '<', '<=', '>', '>=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];

export interface ParseOptions {
  /** Whether macros take two variables: `list.all(index, item, …)`. */
  readonly pairs?: boolean;
  readonly bindings?: boolean;
  /** Whether `a.?b`, `a[?0]`, `[?a]` and `{?'a': b}` are known. */
  readonly optionals?: boolean;
}

/** Reads an expression; macros are expanded. @throws {ProblemAt} */
export function parse(text: string, options: ParseOptions = {}): Expression {
  if (text.length > MAX_LENGTH) {
    throw new ProblemAt(0, `Syntax error: an expression may have at most ${MAX_LENGTH} characters`);
  }
  return new Parser(readTokens(text), options).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #macros: { readonly pairs: boolean; readonly bindings: boolean };
  readonly #optionals: boolean;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], { pairs = false, bindings = true, optionals = false }: ParseOptions) {
    this.#tokens = tokens;
    this.#macros = { pairs, bindings };
    this.#optionals = optionals;
  }

  whole(): Expression {
    const expression = this.#expression();
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator or the end');
    return expression;
  }

  #expression(): Expression {
    if (++this.#depth > MAX_DEPTH) {
      throw new ProblemAt(this.#token.at, `Syntax error: expressions may be nested at most ${MAX_DEPTH} deep`);
    }
    const condition = this.#or();
    const at = this.#token.at;
    let result = condition;
    if (this.#take('?')) {
      const then = this.#or();
      this.#expect(':');
      result = { kind: 'call', at, name: '_?_:_', args: [condition, then, this.#expression()] };
    }
    this.#depth--;
    return result;
  }

  #or(): Expression {
    return this.#logical('||', '_||_', () => this.#logical('&&', '_&&_', () => this.#binary(0)));
  }

  /** Chains are balanced, so that a long one is not a deep one. */
  #logical(sign: string, name: string, operand: () => Expression): Expression {
    const terms = [operand()];
    const places: number[] = [];
    for (let at = this.#token.at; this.#take(sign); at = this.#token.at) {
      places.push(at);
      terms.push(operand());
    }
    return balanced(terms, places, name, 0, terms.length - 1);
  }

  #binary(level: number): Expression {
    const signs = LEVELS[level];
    if (signs === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (let chain = 0; ; chain++) {
      const { at, text, kind } = this.#token;
      if ((kind !== 'sign' && kind !== 'name') || !signs.includes(text)) return left;
      if (chain > MAX_DEPTH)
        throw new ProblemAt(at, `Syntax error: at most ${MAX_DEPTH} operators may follow one another`);
      this.#next++;
      left = { kind: 'call', at, name: text === 'in' ? '@in' : `_${text}_`, args: [left, this.#binary(level + 1)] };
    }
  }

  #unary(): Expression {
    const { at, kind, text }: Token = this.#token;
    if (kind !== 'sign' || (text !== '!' && text !== '-')) return this.#member();
    let count = 0;
    while (this.#take(text)) count++;
    const token: Token = this.#token;
    const isNumber = token.kind === 'literal' && (typeof token.value === 'bigint' || typeof token.value === 'number');
    if (text === '-' && count === 1 && isNumber) {
      // The sign belongs to the literal: the smallest number has no positive counterpart.
      this.#next++;
      const value = -(token.value as bigint | number) as bigint | number;
      const literal: Expression = { kind: 'literal', at, value, type: typeof value === 'bigint' ? INT : DOUBLE };
      return this.#suffixes(literal);
    }
    return repeated(this.#member(), at, text === '!' ? '!_' : '-_', count);
  }

  #member(): Expression {
    return this.#suffixes(this.#primary());
  }

  #suffixes(start: Expression): Expression {
    let expression = start;
    for (let chain = 0; ; chain++) {
      const { at } = this.#token;
      if (chain > MAX_DEPTH)
        throw new ProblemAt(at, `Syntax error: at most ${MAX_DEPTH} selections may follow one another`);
      if (this.#take('.')) expression = this.#selection(expression, at);
      else if (this.#take('[')) {
        const name = this.#takeOptional() ? '_[?_]' : '_[_]';
        const index = this.#expression();
        this.#expect(']');
        expression = { kind: 'call', at, name, args: [expression, index] };
      } else return expression;
    }
  }

  #selection(operand: Expression, at: number): Expression {
    const optional = this.#takeOptional();
    const token = this.#token;
    if (token.kind !== 'name' && token.kind !== 'quoted-name') throw this.#unexpected('a field');
    if (token.kind === 'name' && (token.text === 'in' || LITERALS.has(token.text))) throw this.#unexpected('a field');
    this.#next++;
    const open = this.#token.at;
    if (token.kind === 'name' && !optional && this.#take('(')) {
      const args = this.#list(')');
      const macro = expandMacro({
        at: open,
        nameAt: token.at,
        name: token.text,
        target: operand,
        args,
        ...this.#macros,
      });
      return macro ?? { kind: 'call', at: open, name: token.text, target: operand, args };
    }
    return { kind: 'select', at, operand, field: token.text, test: false, optional };
  }

  #primary(): Expression {
    const token = this.#token;
    switch (token.kind) {
      case 'literal':
        this.#next++;
        return literalOf(token.value, token.at);
      case 'name':
        return this.#name('');
      case 'sign':
        return this.#bracketed(token.text, token.at);
      default:
        throw this.#unexpected('a value');
    }
  }

  #bracketed(sign: string, at: number): Expression {
    const next = this.#tokens[this.#next + 1];
    const isNumber = next?.kind === 'literal' && (typeof next.value === 'bigint' || typeof next.value === 'number');
    if (sign === '-' && isNumber) return this.#unary();
    if (this.#take('(')) {
      const expression = this.#expression();
      this.#expect(')');
      return expression;
    }
    if (this.#take('.')) return this.#name('.');
    if (this.#take('[')) return this.#listLiteral(at);
    if (this.#take('{')) return this.#mapLiteral(at);
    throw this.#unexpected(sign === '=' ? 'a value; equality is ==' : 'a value');
  }

  #name(dot: '' | '.'): Expression {
    const token = this.#token;
    if (token.kind !== 'name' || token.text === 'in') throw this.#unexpected('a name');
    this.#next++;
    const { at, text } = token;
    if (dot === '' && LITERALS.has(text)) return { kind: 'literal', at, ...(LITERALS.get(text) ?? NULL_LITERAL) };
    if (RESERVED.has(text)) throw new ProblemAt(at, `Syntax error: reserved identifier: ${text}`);
    const open = this.#token.at;
    if (!this.#take('(')) return { kind: 'name', at, name: `${dot}${text}` };
    const args = this.#list(')');
    const macro = dot === '' ? expandMacro({ at: open, nameAt: at, name: text, args, ...this.#macros }) : undefined;
    return macro ?? { kind: 'call', at: open, name: `${dot}${text}`, args };
  }

  #listLiteral(at: number): Expression {
    const items: ListLiteral['items'][number][] = [];
    while (!this.#take(']')) {
      const optional = this.#takeOptional();
      items.push({ value: this.#expression(), optional });
      if (!this.#take(',') && this.#token.text !== ']') throw this.#unexpected(', or ]');
    }
    return { kind: 'list', at, items };
  }

  #mapLiteral(at: number): Expression {
    const entries: MapLiteral['entries'][number][] = [];
    while (!this.#take('}')) {
      const optional = this.#takeOptional();
      const key = this.#expression();
      const colon = this.#token.at;
      this.#expect(':');
      entries.push({ at: colon, key, value: this.#expression(), optional });
      if (!this.#take(',') && this.#token.text !== '}') throw this.#unexpected(', or }');
    }
    return { kind: 'map', at, entries };
  }

  #list(close: string): readonly Expression[] {
    const items: Expression[] = [];
    if (this.#take(close)) return items;
    do items.push(this.#expression());
    while (this.#take(','));
    this.#expect(close);
    return items;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: 0 };
  }

  #take(sign: string): boolean {
    const { kind, text } = this.#token;
    if (kind !== 'sign' || text !== sign) return false;
    this.#next++;
    return true;
  }

  #takeOptional(): boolean {
    const { at } = this.#token;
    const isOptional = this.#take('?');
    if (!isOptional || this.#optionals) return isOptional;
    throw new ProblemAt(at, "unsupported syntax '?'", 'ask with has() whether a field is there: has(a.b) ? a.b : …');
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw this.#unexpected(sign);
  }

  #unexpected(expected: string): ProblemAt {
    const { kind, text, at } = this.#token;
    if (kind === 'sign' && text === '{') {
      return new ProblemAt(at, 'Syntax error: messages cannot be constructed here', 'write a map: {"key": value}');
    }
    return new ProblemAt(
      at,
      `Syntax error: mismatched input '${kind === 'end' ? '<EOF>' : text}' expecting ${expected}`,
    );
  }
}

const NULL_LITERAL: { readonly value: Value; readonly type: Type } = { value: null, type: NULL };
const LITERALS = new Map<string, { readonly value: Value; readonly type: Type }>([
  ['true', { value: true, type: BOOL }],
  ['false', { value: false, type: BOOL }],
  ['null', NULL_LITERAL],
]);

function literalOf(value: string | Uint8Array | number | bigint | Uint, at: number): Expression {
  if (typeof value === 'string') return { kind: 'literal', at, value, type: STRING };
  if (typeof value === 'number') return { kind: 'literal', at, value, type: DOUBLE };
  if (value instanceof Uint) return { kind: 'literal', at, value, type: UINT };
  if (typeof value !== 'bigint') return { kind: 'literal', at, value, type: BYTES };
  if (value === 2n ** 63n) throw new ProblemAt(at, 'Syntax error: invalid int literal');
  return { kind: 'literal', at, value, type: INT };
}

/** Signs cancel out in pairs. */
function repeated(operand: Expression, at: number, name: string, count: number): Expression {
  return count % 2 === 0 ? operand : { kind: 'call', at, name, args: [operand] };
}

function balanced(
  terms: readonly Expression[],
  places: readonly number[],
  name: string,
  low: number,
  high: number,
): Expression {
  const only = terms[low];
  if (low === high && only !== undefined) return only;
  const middle = low + Math.floor((high - low + 1) / 2) - 1;
  const left = balanced(terms, places, name, low, middle);
  const right = balanced(terms, places, name, middle + 1, high);
  return { kind: 'call', at: places[middle] ?? 0, name, args: [left, right] };
}
