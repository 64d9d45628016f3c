/** A set of characters. `ranges` are pairs of code points, both included. */
export interface CharSet {
  readonly ranges: readonly (readonly [number, number])[];
  /** Unicode properties, already with their own negation. */
  readonly properties: readonly RegExp[];
  readonly negated: boolean;
  /** Case does not count. */
  readonly fold: boolean;
}

export type Assertion = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word' | 'not-word';

/** What a pattern means, captures left out: they do not decide whether a text matches. */
export type Syntax =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly Syntax[] }
  | { readonly kind: 'choice'; readonly options: readonly Syntax[] }
  | {
      readonly kind: 'repeat';
      readonly body: Syntax;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    };

/** `{n,m}` may not ask for more, nor may nested ones together. */
export const MAX_REPEAT = 1000;
