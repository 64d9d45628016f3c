/** A piece of a label selector: a word (key, value, `in`, `notin`), a symbol, or its end. */
export interface Token {
  readonly kind: 'word' | 'symbol' | 'end';
  readonly literal: string;
  readonly position: number;
}

/** Blanks separate; the longest symbol wins, so that `a!=b` is not `a`, `!`, `=b`. */
const TOKEN = /[ \t\r\n]*(?:(==|!=|[=!(),<>])|([^ \t\r\n=!(),<>]+))/y;

export function scan(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [, symbol, word] = match;
    const literal = symbol ?? word ?? '';
    tokens.push({
      kind: symbol === undefined ? 'word' : 'symbol',
      literal,
      position: TOKEN.lastIndex - literal.length,
    });
  }
  tokens.push({ kind: 'end', literal: '', position: text.length });
  return tokens;
}
