/** The operator of an expression; empty for a bare `${name}`, `length` for `${#name}`. */
export type Operator = string;

/** An argument of an operator: literal text or an expression. Arguments of a default follow each other. */
export type Argument = string | Expression;

/** `${name}`, `${#name}` or `${name op arguments}`. */
export interface Expression {
  readonly name: string;
  readonly operator: Operator;
  readonly arguments: readonly Argument[];
  /** Where its `${` stands in the text. */
  readonly offset: number;
}

/** A text in pieces: literal text as it comes out, and expressions. */
export type Template = readonly (string | Expression)[];

/** Operators that supply a value where the variable has none, and so never miss it. */
export const DEFAULT_OPERATORS: ReadonlySet<Operator> = new Set([':-', ':=', ':?', ':+', '=']);
