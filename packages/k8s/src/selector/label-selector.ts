import { validateLabelValue, validateQualifiedName } from '../names/names.ts';
import { scan, type Token } from './label-tokens.ts';
import { SelectorError } from './selector-error.ts';

/** As in the text form; `exists` is a key alone. `=` and `==` mean the same. */
export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | '>' | '<';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, without repetition. Empty for `exists` and `!`, one for the comparisons. */
  readonly values: readonly string[];
}

/** All requirements must hold; no requirement matches everything. Ordered by key. */
export type LabelSelector = readonly LabelRequirement[];

/** `{matchLabels, matchExpressions}` as it stands in objects. */
export interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorExpression[];
}
export interface LabelSelectorExpression {
  readonly key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
  readonly operator: string;
  readonly values?: readonly string[];
}

/** Longer selectors are refused: the API server takes no URL that could carry one. */
export const MAX_SELECTOR_LENGTH = 64 * 1024;

const COMPARISONS: ReadonlySet<string> = new Set(['=', '==', '!=', 'in', 'notin', '>', '<']);
const OPERATORS_OF_OBJECTS: ReadonlyMap<string, LabelOperator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

/**
 * Kubernetes' selector syntax: requirements joined by commas, each `key`, `!key`, `key=value`, `key==value`, `key!=value`,
 * `key in (a,b)`, `key notin (a,b)`, `key>1` or `key<1`. Keys and values must be valid label keys and values.
 * Throws {@link SelectorError}.
 */
export function parseLabelSelector(text: string): LabelSelector {
  if (text.length > MAX_SELECTOR_LENGTH) {
    throw new SelectorError(
      text,
      MAX_SELECTOR_LENGTH,
      `a label selector may have at most ${MAX_SELECTOR_LENGTH} characters`,
    );
  }
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = scan(text);
  }

  parse(): LabelSelector {
    const requirements: LabelRequirement[] = [];
    if (this.#peek().kind === 'end') return requirements;
    for (;;) {
      if (this.#peek().kind !== 'word' && this.#peek().literal !== '!')
        throw this.#expected(this.#peek(), "!, identifier, or 'end of string'");
      requirements.push(this.#requirement());
      const after = this.#next();
      if (after.kind === 'end') return requirements.sort(byKey);
      if (after.literal !== ',') throw this.#expected(after, "',' or 'end of string'");
      const following = this.#peek();
      if (following.kind !== 'word' && following.literal !== '!')
        throw this.#expected(following, "identifier after ','");
    }
  }

  #requirement(): LabelRequirement {
    const first = this.#next();
    const negated = first.literal === '!' && first.kind === 'symbol';
    const key = negated ? this.#next() : first;
    if (key.kind !== 'word') throw this.#unreadable(key, `found '${key.literal}', expected: identifier`);
    const problems = validateQualifiedName(key.literal);
    if (problems.length > 0)
      throw this.#unreadable(key, `key: Invalid value: "${key.literal}": ${problems.join('; ')}`);
    if (negated) return { key: key.literal, operator: '!', values: [] };
    const after = this.#peek();
    if (after.kind === 'end' || after.literal === ',') return { key: key.literal, operator: 'exists', values: [] };
    const operator = this.#next();
    if (!COMPARISONS.has(operator.literal))
      throw this.#unreadable(operator, `found '${operator.literal}', expected: in, notin, =, ==, !=, gt, lt`);
    const set = operator.literal === 'in' || operator.literal === 'notin';
    const values = set ? this.#set(key.literal) : [this.#value(key.literal, 0)];
    if (operator.literal === '>' || operator.literal === '<') this.#checkInteger(operator, values);
    return { key: key.literal, operator: operator.literal as LabelOperator, values: sortedUnique(values) };
  }

  /** `(a,b)`; nothing between two commas or parentheses is the empty value. */
  #set(key: string): string[] {
    const open = this.#next();
    if (open.literal !== '(') throw this.#unreadable(open, `found '${open.literal}' expected: '('`);
    if (this.#peek().kind === 'end') throw this.#unreadable(this.#peek(), "found '', expected: ',', ')' or identifier");
    const values: string[] = [];
    for (;;) {
      values.push(this.#value(key, values.length));
      const after = this.#next();
      if (after.literal === ')') return values;
      if (after.literal !== ',') throw this.#unreadable(after, `found '${after.literal}', expected: ',' or ')'`);
    }
  }

  #value(key: string, index: number): string {
    const token = this.#peek();
    if (token.kind === 'end' || token.literal === ',' || token.literal === ')') return '';
    if (token.kind !== 'word') throw this.#unreadable(token, `found '${token.literal}', expected: identifier`);
    this.#at++;
    const problems = validateLabelValue(token.literal);
    if (problems.length > 0)
      throw this.#unreadable(
        token,
        `values[${index}][${key}]: Invalid value: "${token.literal}": ${problems.join('; ')}`,
      );
    return token.literal;
  }

  #checkInteger(operator: Token, values: readonly string[]): void {
    if (parseInteger(values[0] ?? '') === undefined) {
      throw this.#unreadable(operator, `after ${operator.literal} the value must be an integer`);
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', literal: '', position: this.#text.length };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #expected(token: Token, what: string): SelectorError {
    return new SelectorError(this.#text, token.position, `found '${token.literal}', expected: ${what}`);
  }

  /** What is wrong inside of one requirement, in Kubernetes' words. */
  #unreadable(token: Token, message: string): SelectorError {
    return new SelectorError(this.#text, token.position, `unable to parse requirement: ${message}`);
  }
}

/**
 * The selector of an object's `{matchLabels, matchExpressions}`. An empty one matches everything. Throws
 * {@link SelectorError}, whose position is 0, for unknown operators and for keys and values that no label can have.
 */
export function labelSelectorOf(selector: LabelSelectorObject): LabelSelector {
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push(checked(`matchLabels[${key}]`, { key, operator: '=', values: [value] }));
  }
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const field = `matchExpressions[${index}]`;
    const known = OPERATORS_OF_OBJECTS.get(operator);
    if (known === undefined) {
      throw objectError(
        field,
        `"${operator}" is not a valid label selector operator; use In, NotIn, Exists or DoesNotExist`,
      );
    }
    const set = known === 'in' || known === 'notin';
    if (set && values.length === 0) throw objectError(field, `operator ${operator} needs at least one value`);
    if (!set && values.length > 0) throw objectError(field, `operator ${operator} takes no values`);
    requirements.push(checked(field, { key, operator: known, values: sortedUnique(values) }));
  }
  return requirements.sort(byKey);
}

function checked(field: string, requirement: LabelRequirement): LabelRequirement {
  const problems = validateQualifiedName(requirement.key);
  if (problems.length > 0)
    throw objectError(field, `"${requirement.key}" is no valid label key: ${problems.join('; ')}`);
  for (const value of requirement.values) {
    const wrong = validateLabelValue(value);
    if (wrong.length > 0) throw objectError(field, `"${value}" is no valid label value: ${wrong.join('; ')}`);
  }
  return requirement;
}

function objectError(field: string, message: string): SelectorError {
  return new SelectorError(field, 0, `invalid label selector: ${field}: ${message}`);
}

/** The text form, which parses back to the same selector. The empty selector is the empty string. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  if (operator === 'exists') return key;
  if (operator === '!') return `!${key}`;
  if (operator === 'in' || operator === 'notin') return `${key} ${operator} (${values.join(',')})`;
  return `${key}${operator}${values[0] ?? ''}`;
}

/** Whether labels meet every requirement. `!=` and `notin` hold for a label that is not there. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>> | undefined): boolean {
  return selector.every((requirement) => holds(requirement, labels));
}

function holds(
  { key, operator, values }: LabelRequirement,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    default: {
      const left = value === undefined ? undefined : parseInteger(value);
      const right = parseInteger(values[0] ?? '');
      if (left === undefined || right === undefined) return false;
      return operator === '>' ? left > right : left < right;
    }
  }
}

/** A 64-bit integer, as these operators compare. */
function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function sortedUnique(values: readonly string[]): string[] {
  return values.length < 2 ? [...values] : [...new Set(values)].sort();
}

function byKey(a: LabelRequirement, b: LabelRequirement): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
