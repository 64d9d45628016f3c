import type { Type } from '../types/type.ts';
import type { Value } from '../values/value.ts';

/** Where something begins in the text: an offset in UTF-16 units. */
export type Offset = number;

interface Node {
  readonly at: Offset;
}

export type Expression = Literal | Name | Select | Call | ListLiteral | MapLiteral | Fold;

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
  readonly type: Type;
}

export interface Name extends Node {
  readonly kind: 'name';
  /** With a leading dot when it is meant absolutely. */
  readonly name: string;
}

export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expression;
  readonly field: string;
  /** `has(a.b)`: whether it is there, not what it is. */
  readonly test: boolean;
  /** `a.?b`. */
  readonly optional: boolean;
}

export interface Call extends Node {
  readonly kind: 'call';
  /** Operators have the names that the language's definition gives them: `_+_`, `!_`, `_[_]`. */
  readonly name: string;
  readonly target?: Expression;
  readonly args: readonly Expression[];
}

export interface ListLiteral extends Node {
  readonly kind: 'list';
  readonly items: readonly { readonly value: Expression; readonly optional: boolean }[];
}

export interface MapLiteral extends Node {
  readonly kind: 'map';
  readonly entries: readonly {
    readonly at: Offset;
    readonly key: Expression;
    readonly value: Expression;
    readonly optional: boolean;
  }[];
}

/** What the macros `all`, `exists`, `exists_one`, `map`, `filter` and `cel.bind` become. */
export interface Fold extends Node {
  readonly kind: 'fold';
  readonly range: Expression;
  readonly variable: string;
  readonly second?: string;
  readonly accumulator: string;
  readonly start: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result: Expression;
}
