import { type Environment, TYPE_NAMES } from '../environment.ts';
import { sizeOf, TEXT_FACTOR } from '../library/function.ts';
import type { Call, Expression, Fold, ListLiteral, MapLiteral, Select } from '../syntax/ast.ts';
import { qualifiedName, rootName } from '../syntax/qualified.ts';
import { Failure, isList, MapValue, Optional, type Result, type Value } from '../values/value.ts';
import type { Budget } from './budget.ts';
import { overloadFor } from './dispatch.ts';
import { BINARY, isPresent, noSuchOverload, optionalSelect, select } from './operators.ts';

/** A run of a program: variables, what folds hold, what may still be spent. */
export interface Frame {
  readonly variables: (name: string) => Result | undefined;
  readonly slots: Result[];
  readonly budget: Budget;
}

export type Step = (frame: Frame) => Result;

const LIST_COST = 10;
const MAP_COST = 30;

/** Turns an expression into functions, so that a run decides nothing that is known before. */
export function compile(expression: Expression, environment: Environment): Step {
  return new Compiler(environment).step(expression);
}

class Compiler {
  readonly #environment: Environment;
  readonly #scope: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  step(expression: Expression): Step {
    switch (expression.kind) {
      case 'literal': {
        const { value } = expression;
        return () => value;
      }
      case 'name':
        return this.#name(expression.name);
      case 'select':
        return this.#select(expression);
      case 'call':
        return this.#call(expression);
      case 'list':
        return this.#list(expression);
      case 'map':
        return this.#map(expression);
      case 'fold':
        return this.#fold(expression);
    }
  }

  #name(name: string): Step {
    const slot = this.#scope.lastIndexOf(name);
    if (slot !== -1) {
      return ({ slots, budget }) => {
        budget.spend(1);
        return slots[slot] ?? null;
      };
    }
    const global = name.replace(/^\./, '');
    const type = TYPE_NAMES.get(global)?.value;
    return ({ variables, budget }) => {
      budget.spend(1);
      const value = variables(global);
      return value === undefined ? (type ?? new Failure(`no such attribute(s): ${global}`)) : value;
    };
  }

  #select(expression: Select): Step {
    const { operand, field, test, optional } = expression;
    const read = test ? isPresent : optional ? optionalSelect : select;
    const of = this.step(operand);
    const whole = this.#isLocal(expression) ? undefined : qualifiedName(expression);
    const type = whole === undefined ? undefined : TYPE_NAMES.get(whole)?.value;
    return (frame) => {
      if (whole !== undefined) {
        const value = frame.variables(whole);
        const named = value === undefined ? type : value;
        if (named !== undefined) return named;
      }
      const value = of(frame);
      if (value instanceof Failure) return value;
      frame.budget.spend(1);
      return read(value, field);
    };
  }

  #isLocal(expression: Expression): boolean {
    const root = rootName(expression);
    return root !== undefined && this.#scope.includes(root);
  }

  #call(call: Call): Step {
    const { name, target, args } = call;
    const whole = target === undefined || this.#isLocal(target) ? undefined : qualifiedName(target);
    const isNamed = whole !== undefined && this.#environment.find(`${whole}.${name}`, false).length > 0;
    if (target === undefined || isNamed)
      return this.#global(isNamed ? `${whole}.${name}` : name.replace(/^\./, ''), args);
    const steps = [target, ...args].map((arg) => this.step(arg));
    if (this.#environment.optionals && (name === 'or' || name === 'orValue')) return orElse(steps, name === 'orValue');
    return this.#dispatched(name, true, steps);
  }

  #global(name: string, args: readonly Expression[]): Step {
    const steps = args.map((arg) => this.step(arg));
    const [first, second, third] = steps;
    if (first !== undefined) {
      if (name === '!_') return not(first);
      if (name === '@not_strictly_false') return notStrictlyFalse(first);
      if (second !== undefined) {
        if (name === '_&&_') return logical(first, second, false);
        if (name === '_||_') return logical(first, second, true);
        if (name === '_?_:_' && third !== undefined) return conditional(first, second, third);
        const operator = Object.hasOwn(BINARY, name) ? BINARY[name] : undefined;
        if (operator !== undefined) return binary(first, second, operator, COSTS[name] ?? one);
      }
    }
    return this.#dispatched(name, false, steps);
  }

  #dispatched(name: string, isMember: boolean, steps: readonly Step[]): Step {
    const overloads = this.#environment.find(name, isMember).filter(({ params }) => params.length === steps.length);
    if (overloads.length === 0) return () => new Failure(`unbound function: ${name}()`);
    return (frame) => {
      const args: Value[] = [];
      for (const step of steps) {
        const value = step(frame);
        if (value instanceof Failure) return value;
        args.push(value);
      }
      const overload = overloadFor(overloads, args);
      if (overload === undefined) return noSuchOverload();
      frame.budget.spend(overload.cost(...args));
      return overload.call(...args);
    };
  }

  #list({ items }: ListLiteral): Step {
    const steps = items.map(({ value, optional }) => ({ step: this.step(value), optional }));
    return (frame) => {
      frame.budget.spend(LIST_COST);
      const list: Value[] = [];
      for (const { step, optional } of steps) {
        const value = step(frame);
        if (value instanceof Failure) return value;
        const given = optional ? unwrapped(value) : value;
        if (given instanceof Failure) return given;
        if (given !== undefined) list.push(given);
      }
      return list;
    };
  }

  #map({ entries }: MapLiteral): Step {
    const steps = entries.map(({ key, value, optional }) => ({
      key: this.step(key),
      value: this.step(value),
      optional,
    }));
    return (frame) => {
      frame.budget.spend(MAP_COST);
      const map = new MapValue();
      for (const { key, value, optional } of steps) {
        const name = key(frame);
        if (name instanceof Failure) return name;
        const content = value(frame);
        if (content instanceof Failure) return content;
        const given = optional ? unwrapped(content) : content;
        if (given instanceof Failure) return given;
        if (given === undefined) continue;
        if (!map.add(name, given))
          return new Failure(map.has(name) ? `Failed with repeated key` : 'unsupported key type');
      }
      return map;
    };
  }

  #fold(fold: Fold): Step {
    const range = this.step(fold.range);
    const start = this.step(fold.start);
    const slot = this.#scope.length;
    this.#scope.push(fold.accumulator, fold.variable, ...(fold.second === undefined ? [] : [fold.second]));
    const collect = this.#collecting(fold);
    const condition = this.step(fold.condition);
    const step = this.step(fold.step);
    this.#scope.length = slot + 1;
    const result = this.step(fold.result);
    this.#scope.length = slot;
    const always = fold.condition.kind === 'literal' && fold.condition.value === true;
    const goesOn = always
      ? ({ slots }: Frame) => !(slots[slot] instanceof Failure)
      : (frame: Frame) => condition(frame) !== false;
    const isPaired = fold.second !== undefined;
    return (frame) => {
      const over = range(frame);
      if (over instanceof Failure) return over;
      if (!isList(over) && !(over instanceof MapValue)) return noSuchOverload();
      const { slots } = frame;
      slots[slot] = collect === undefined ? start(frame) : [];
      for (const [key, item] of isPaired ? pairs(over) : singles(over)) {
        if (!goesOn(frame)) break;
        slots[slot + 1] = key;
        slots[slot + 2] = item;
        slots[slot] = collect === undefined ? step(frame) : collect(frame, slots[slot] as Value[]);
      }
      return result(frame);
    };
  }

  /** `map` and `filter` add to their list instead of copying it each time. */
  #collecting({ accumulator, step }: Fold): ((frame: Frame, list: Value[]) => Result) | undefined {
    const isChoice = step.kind === 'call' && step.name === '_?_:_';
    const [predicate, chosen] = isChoice ? step.args : [undefined, step];
    if (chosen?.kind !== 'call' || chosen.name !== '_+_') return undefined;
    const [into, added] = chosen.args;
    const item = added?.kind === 'list' && added.items.length === 1 ? added.items[0] : undefined;
    if (into?.kind !== 'name' || into.name !== accumulator || accumulator !== '@result' || item === undefined)
      return undefined;
    const transform = this.step(item.value);
    const holds = predicate === undefined ? undefined : this.step(predicate);
    return (frame, list) => {
      const wanted = holds === undefined ? true : holds(frame);
      if (wanted instanceof Failure) return wanted;
      if (typeof wanted !== 'boolean') return noSuchOverload();
      frame.budget.spend(wanted ? LIST_COST + 2 : 1);
      if (!wanted) return list;
      const value = transform(frame);
      if (value instanceof Failure) return value;
      list.push(value);
      return list;
    };
  }
}

function* singles(over: readonly Value[] | MapValue): Generator<readonly [Value, Value]> {
  for (const item of over instanceof MapValue ? over.keys() : over) yield [item, null];
}

function* pairs(over: readonly Value[] | MapValue): Generator<readonly [Value, Value]> {
  if (over instanceof MapValue) yield* over.entries();
  else for (const [index, item] of over.entries()) yield [BigInt(index), item];
}

const one = (): number => 1;
const smaller = (left: Value, right: Value): number => Math.ceil(Math.min(sizeOf(left), sizeOf(right)) * TEXT_FACTOR);

const COSTS: Readonly<Record<string, (left: Value, right: Value) => number>> = {
  '_==_': smaller,
  '_!=_': smaller,
  '_<_': smaller,
  '_<=_': smaller,
  '_>_': smaller,
  '_>=_': smaller,
  '@in': (_, container) => (isList(container) ? container.length : 1),
};

function binary(
  left: Step,
  right: Step,
  operator: (left: Value, right: Value) => Result,
  cost: (left: Value, right: Value) => number,
): Step {
  return (frame) => {
    const a = left(frame);
    if (a instanceof Failure) return a;
    const b = right(frame);
    if (b instanceof Failure) return b;
    frame.budget.spend(cost(a, b));
    return operator(a, b);
  };
}

function not(operand: Step): Step {
  return (frame) => {
    const value = operand(frame);
    if (value instanceof Failure) return value;
    frame.budget.spend(1);
    return typeof value === 'boolean' ? !value : noSuchOverload();
  };
}

function notStrictlyFalse(operand: Step): Step {
  return (frame) => {
    const value = operand(frame);
    frame.budget.spend(1);
    return value !== false;
  };
}

/** `&&` and `||`: the deciding value wins over an error on the other side. */
function logical(left: Step, right: Step, deciding: boolean): Step {
  return (frame) => {
    const a = left(frame);
    if (a === deciding) return deciding;
    const b = right(frame);
    if (b === deciding) return deciding;
    if (typeof a === 'boolean' && typeof b === 'boolean') return !deciding;
    if (a instanceof Failure) return a;
    return b instanceof Failure ? b : noSuchOverload();
  };
}

function conditional(condition: Step, then: Step, otherwise: Step): Step {
  return (frame) => {
    const value = condition(frame);
    if (value instanceof Failure) return value;
    return typeof value === 'boolean' ? (value ? then(frame) : otherwise(frame)) : noSuchOverload();
  };
}

function orElse([operand, other]: readonly Step[], unwraps: boolean): Step {
  return (frame) => {
    const value = operand?.(frame) ?? noSuchOverload();
    if (value instanceof Failure) return value;
    if (!(value instanceof Optional)) return noSuchOverload();
    frame.budget.spend(1);
    if (value.value !== undefined) return unwraps ? value.value : value;
    return other?.(frame) ?? null;
  };
}

function unwrapped(value: Value): Value | Failure | undefined {
  return value instanceof Optional
    ? value.value
    : new Failure('cannot initialize optional entry from non-optional value');
}
