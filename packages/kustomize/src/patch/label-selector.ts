/** Kubernetes' selector grammar: `a=b,c!=d,e in (x,y),!f,g>3`. */

export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

export type LabelSelector = (labels: ReadonlyMap<string, string>) => boolean;

type Token = { readonly type: 'word'; readonly text: string } | { readonly type: 'symbol'; readonly text: string };

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const SYMBOLS = /^(?:==|!=|[=!(),<>])/;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let rest = text.trimStart(); rest !== ''; rest = rest.trimStart()) {
    const symbol = SYMBOLS.exec(rest)?.[0];
    const found = symbol ?? /^[^\s=!(),<>]+/.exec(rest)?.[0] ?? rest.charAt(0);
    tokens.push({ type: symbol === undefined ? 'word' : 'symbol', text: found });
    rest = rest.slice(found.length);
  }
  return tokens;
}

/**
 * @throws SelectorError with the part that is wrong. Values must be valid label values, in annotation selectors too.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const parser = new Parser(text);
  const requirements = parser.requirements();
  return (labels) => requirements.every((matches) => matches(labels));
}

class Parser {
  private readonly text: string;
  private readonly tokens: readonly Token[];
  private pos = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = tokenize(text);
  }

  private fail(message: string): never {
    throw new SelectorError(`selector "${this.text}": ${message}`);
  }

  private symbol(text: string): boolean {
    const token = this.tokens[this.pos];
    if (token?.type !== 'symbol' || token.text !== text) return false;
    this.pos++;
    return true;
  }

  private word(): string | undefined {
    const token = this.tokens[this.pos];
    if (token?.type !== 'word') return undefined;
    this.pos++;
    return token.text;
  }

  requirements(): LabelSelector[] {
    const result: LabelSelector[] = [];
    if (this.tokens.length === 0) return result;
    for (;;) {
      result.push(this.requirement());
      if (this.pos >= this.tokens.length) return result;
      if (!this.symbol(',')) this.fail(`expected ',' before "${this.tokens[this.pos]?.text}"`);
      if (this.pos >= this.tokens.length) this.fail("expected a key after ','");
    }
  }

  private requirement(): LabelSelector {
    const absent = this.symbol('!');
    const key = this.word() ?? this.fail('expected a key');
    this.checkKey(key);
    if (absent) return (labels) => !labels.has(key);
    if (this.symbol('=') || this.symbol('==')) {
      const value = this.value();
      return (labels) => labels.get(key) === value;
    }
    if (this.symbol('!=')) {
      const value = this.value();
      return (labels) => labels.get(key) !== value;
    }
    if (this.symbol('>')) return this.compare(key, (a, b) => a > b);
    if (this.symbol('<')) return this.compare(key, (a, b) => a < b);
    const token = this.tokens[this.pos];
    if (token?.type !== 'word') return (labels) => labels.has(key);
    if (token.text !== 'in' && token.text !== 'notin') this.fail(`"${token.text}" is no operator`);
    this.pos++;
    const values = this.values();
    if (token.text === 'in') return (labels) => labels.has(key) && values.has(labels.get(key) ?? '');
    return (labels) => !labels.has(key) || !values.has(labels.get(key) ?? '');
  }

  private compare(key: string, holds: (a: number, b: number) => boolean): LabelSelector {
    const value = this.value();
    if (!/^[-+]?\d+$/.test(value)) this.fail(`"${value}" is no whole number`);
    const bound = Number(value);
    return (labels) => {
      const own = labels.get(key);
      return own !== undefined && /^[-+]?\d+$/.test(own) && holds(Number(own), bound);
    };
  }

  private value(): string {
    const value = this.word() ?? '';
    this.checkValue(value);
    return value;
  }

  private values(): ReadonlySet<string> {
    if (!this.symbol('(')) this.fail("expected '(' after in or notin");
    const result = new Set<string>();
    for (;;) {
      result.add(this.value());
      if (this.symbol(')')) return result;
      if (!this.symbol(',')) this.fail("expected ',' or ')' in a list of values");
    }
  }

  private checkKey(key: string): void {
    const slash = key.indexOf('/');
    const prefix = slash < 0 ? undefined : key.slice(0, slash);
    if (prefix !== undefined && (!SUBDOMAIN.test(prefix) || prefix.length > 253)) this.fail(`"${key}" is no valid key`);
    if (!NAME.test(key.slice(slash + 1))) this.fail(`"${key}" is no valid key`);
  }

  private checkValue(value: string): void {
    if (value !== '' && !NAME.test(value)) {
      this.fail(`"${value}" is no valid label value: at most 63 letters, digits, '-', '_' or '.'`);
    }
  }
}
