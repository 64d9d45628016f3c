import type { Overload } from '../library/function.ts';
import type { Call, Expression, Fold, ListLiteral, MapLiteral, Select } from '../syntax/ast.ts';
import type { Facts } from '../types/checker.ts';
import type { Type } from '../types/type.ts';
import { isBytes } from '../values/value.ts';
import { callCost, type Operand } from './call-costs.ts';
import { Path } from './path.ts';
import { either, exactly, MOST, plus, type Size, times, UNKNOWN } from './size.ts';

/**
 * How large the value at a path of the variables may be, the variable itself left out; items of lists are at `@items`,
 * keys and values of maps at `@keys` and `@values`. Undefined where nothing bounds it.
 */
export type SizeLookup = (steps: readonly string[]) => number | undefined;

/**
 * The most that an expression may cost, whatever it is given, in the units of {@link Budget}: the estimate by which
 * Kubernetes takes or refuses the rules of a definition, and no tighter. Never more than 2^64.
 */
export function estimateCost(expression: Expression, facts: Facts, sizes: SizeLookup): number {
  return new Estimator(facts, sizes).cost(expression);
}

interface Entries {
  readonly container: 'list' | 'map';
  readonly key: Size;
  readonly value: Size;
}

interface Local {
  readonly name: string;
  readonly path: Path;
  readonly size: Size | undefined;
  readonly entries: Entries | undefined;
}

const LIST_COST = 10;
const MAP_COST = 30;

class Estimator {
  readonly #facts: Facts;
  readonly #lookup: SizeLookup;
  readonly #paths = new Map<Expression, Path>();
  readonly #sizes = new Map<Expression, Size>();
  readonly #entries = new Map<Expression, Entries>();
  readonly #locals: Local[] = [];

  constructor(facts: Facts, lookup: SizeLookup) {
    this.#facts = facts;
    this.#lookup = lookup;
  }

  cost(expression: Expression): number {
    switch (expression.kind) {
      case 'literal':
        return 0;
      case 'name':
        this.#paths.set(expression, this.#local(expression.name)?.path ?? Path.of(expression.name));
        return 1;
      case 'select':
        return this.#select(expression);
      case 'call':
        return this.#call(expression);
      case 'list':
        return this.#list(expression);
      case 'map':
        return this.#map(expression);
      case 'fold':
        return isBinding(expression) ? this.#binding(expression) : this.#fold(expression);
    }
  }

  #local(name: string): Local | undefined {
    return this.#locals.findLast((each) => each.name === name);
  }

  #select(expression: Select): number {
    const { operand, field, test, optional } = expression;
    const cost = this.cost(operand);
    if (test) return cost;
    if (optional) return plus(cost, 1);
    const { kind } = this.#facts.typeOf(operand);
    this.#paths.set(expression, this.#pathOf(operand).to(field));
    return kind === 'map' || kind === 'object' ? plus(cost, 1) : cost;
  }

  #call(call: Call): number {
    const { args, name } = call;
    const [first] = args;
    if (name === 'dyn' && first !== undefined) {
      const cost = plus(this.cost(first), 1);
      this.#copySizes(call, first);
      return cost;
    }
    const called = this.#facts.callOf(call);
    if (called === undefined) return 0;
    const operands = args.map((arg) => this.#operand(arg));
    const target = called.isMember && call.target !== undefined ? this.#operand(call.target) : undefined;
    this.#followEntries(call);
    let most = 0;
    let size: Size | undefined;
    for (const overload of called.overloads) {
      const estimate = callCost({ name: called.name, overload, target, args: operands });
      most = Math.max(most, estimate.cost);
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : either(size, estimate.size);
      if (name === '_[_]' && first !== undefined) {
        size = this.#entriesOf(first)?.value;
        this.#paths.set(call, this.#pathOf(first).to(isListIndex(overload) ? '@items' : '@values'));
      }
      size ??= this.#sizeOf(call);
    }
    if (size !== undefined) this.#sizes.set(call, size);
    return plus(most, target?.cost ?? 0);
  }

  /** What is known of items goes on into what is made of two lists. */
  #followEntries(call: Call): void {
    const { name, args } = call;
    if (name !== '_?_:_' && name !== '_+_') return;
    const [a, b] = args.slice(-2).map((part) => this.#entriesOf(part));
    if (a === undefined || b === undefined) return;
    this.#entries.set(call, { ...a, key: either(a.key, b.key), value: either(a.value, b.value) });
  }

  #operand(expression: Expression): Operand {
    const cost = this.cost(expression);
    const type = this.#facts.typeOf(expression);
    const literal =
      expression.kind === 'literal' && typeof expression.value === 'bigint' ? expression.value : undefined;
    const itemSize = (): Size => this.#sizeAt([...this.#pathOf(expression).steps, '@items']) ?? UNKNOWN;
    const path = this.#pathOf(expression);
    const size = this.#sizeOf(expression);
    return { type, size, cost, literal, itemSize: path.isNone ? () => UNKNOWN : itemSize };
  }

  #list(expression: ListLiteral): number {
    const { items } = expression;
    const cost = items.map(({ value }) => this.cost(value));
    const value = this.#together(items.map((item) => item.value));
    this.#entries.set(expression, { container: 'list', key: exactly(1), value });
    return plus(LIST_COST, ...cost);
  }

  #map(expression: MapLiteral): number {
    const { entries } = expression;
    const cost = entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]);
    const key = this.#together(entries.map((entry) => entry.key));
    const value = this.#together(entries.map((entry) => entry.value));
    this.#entries.set(expression, { container: 'map', key, value });
    return plus(MAP_COST, ...cost);
  }

  #together(parts: readonly Expression[]): Size {
    const none: Size = { min: parts.length === 0 ? 0 : MOST, max: 0 };
    return parts.reduce((size, part) => either(size, this.#sizeOf(part) ?? UNKNOWN), none);
  }

  #fold(fold: Fold): number {
    const { range, start, variable, second } = fold;
    const before = plus(this.cost(range), this.cost(start));
    this.#locals.push(this.#bound(fold.accumulator, start));
    const depth = this.#locals.length;
    const entries = this.#entriesOf(range);
    const isList = (entries?.container ?? this.#facts.typeOf(range).kind) === 'list';
    const path = this.#pathOf(range);
    const key = { path: path.to(isList ? '@indices' : '@keys'), size: entries?.key, entries: undefined };
    if (second === undefined && !isList) this.#locals.push({ name: variable, ...key });
    else {
      if (second !== undefined) this.#locals.push({ name: variable, ...key });
      const value = path.to(isList ? '@items' : '@values');
      this.#locals.push({ name: second ?? variable, path: value, size: entries?.value, entries: undefined });
    }
    const each = plus(this.cost(fold.condition), this.cost(fold.step));
    this.#locals.length = depth;
    const after = this.cost(fold.result);
    this.#locals.length = depth - 1;
    const count = this.#sizeOf(range) ?? UNKNOWN;
    if (start.kind === 'literal') this.#copySize(fold, start);
    else if (start.kind === 'list' || start.kind === 'map') {
      this.#sizes.set(fold, count);
      const made = this.#entriesOf(fold.step);
      if (made !== undefined) this.#entries.set(fold, made);
    }
    return plus(before, after, times(count.max, each));
  }

  #binding(fold: Fold): number {
    const before = plus(this.cost(fold.range), this.cost(fold.start));
    this.#locals.push(this.#bound(fold.accumulator, fold.start));
    const after = this.cost(fold.result);
    this.#locals.length -= 1;
    this.#copySizes(fold, fold.result);
    return plus(before, after);
  }

  #bound(name: string, value: Expression): Local {
    return { name, path: this.#pathOf(value), size: this.#sizeOf(value), entries: this.#entriesOf(value) };
  }

  #pathOf(expression: Expression): Path {
    const local = expression.kind === 'name' ? this.#local(expression.name) : undefined;
    return local?.path ?? this.#paths.get(expression) ?? Path.NONE;
  }

  #sizeOf(expression: Expression): Size | undefined {
    const known = this.#sizes.get(expression) ?? literalSize(expression);
    if (known !== undefined) return known;
    const path = this.#pathOf(expression);
    const declared = path.isNone ? undefined : this.#sizeAt(path.steps);
    if (declared !== undefined) {
      this.#sizes.set(expression, declared);
      return declared;
    }
    if (isScalar(this.#facts.typeOf(expression))) return exactly(1);
    return expression.kind === 'name' ? this.#local(expression.name)?.size : undefined;
  }

  #sizeAt(steps: readonly string[]): Size | undefined {
    const max = this.#lookup(steps);
    return max === undefined ? undefined : { min: 0, max };
  }

  #entriesOf(expression: Expression): Entries | undefined {
    const known = this.#entries.get(expression);
    return known ?? (expression.kind === 'name' ? this.#local(expression.name)?.entries : undefined);
  }

  #copySize(to: Expression, from: Expression): void {
    const size = this.#sizeOf(from);
    if (size !== undefined) this.#sizes.set(to, size);
  }

  #copySizes(to: Expression, from: Expression): void {
    this.#copySize(to, from);
    const entries = this.#entriesOf(from);
    if (entries !== undefined) this.#entries.set(to, entries);
  }
}

/** `cel.bind()`: a fold over nothing. */
function isBinding({ range, condition }: Fold): boolean {
  return range.kind === 'list' && range.items.length === 0 && condition.kind === 'literal' && condition.value === false;
}

function isListIndex({ params }: Overload): boolean {
  return params[0]?.kind === 'list';
}

function literalSize(expression: Expression): Size | undefined {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      if (typeof value === 'string') return exactly([...value].length);
      return exactly(value !== null && isBytes(value) ? value.length : 1);
    }
    case 'list':
      return exactly(expression.items.length);
    case 'map':
      return exactly(expression.entries.length);
    default:
      return undefined;
  }
}

const SCALARS: readonly Type['kind'][] = ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'];

function isScalar(type: Type): boolean {
  return type.kind === 'optional' ? isScalar(type.value) : SCALARS.includes(type.kind);
}
