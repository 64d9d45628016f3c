import { type Environment, TYPE_NAMES } from '../environment.ts';
import type { Overload } from '../library/function.ts';
import { MIXED_NUMBERS } from '../library/standard.ts';
import { didYouMean, ProblemAt } from '../problem.ts';
import type { Call, Expression, Fold, ListLiteral, MapLiteral, Select } from '../syntax/ast.ts';
import { MACROS } from '../syntax/macros.ts';
import { qualifiedName, rootName } from '../syntax/qualified.ts';
import { moreGeneral, Substitution, sameType } from './substitution.ts';
import { BOOL, DYN, ERROR, INT, listOf, mapOf, optionalOf, shownType, type Type } from './type.ts';

export interface Checked {
  readonly type: Type;
  /** Empty when the expression may be evaluated. */
  readonly problems: readonly ProblemAt[];
  readonly facts: Facts;
}

/** What a check found out of the parts of an expression. */
export interface Facts {
  typeOf(expression: Expression): Type;
  callOf(call: Call): CheckedCall | undefined;
}

/** A call as it was meant: `sets.contains(a, b)` is no member of `sets`. */
export interface CheckedCall {
  readonly name: string;
  readonly isMember: boolean;
  /** All that fit the types of the arguments. */
  readonly overloads: readonly Overload[];
}

/** Finds the type of an expression, by the rules of the reference implementation. */
export function check(expression: Expression, environment: Environment, variables: ReadonlyMap<string, Type>): Checked {
  return new Checker(environment, variables).whole(expression);
}

class Checker implements Facts {
  readonly #environment: Environment;
  readonly #variables: ReadonlyMap<string, Type>;
  readonly #scope: { readonly name: string; readonly type: Type }[] = [];
  readonly #types = new Substitution();
  readonly #problems: ProblemAt[] = [];
  readonly #typeOf = new Map<Expression, Type>();
  readonly #calls = new Map<Call, CheckedCall>();
  #metMacro = false;
  /** Calls around this place that take lists of values of different types. */
  #mixing = 0;

  constructor(environment: Environment, variables: ReadonlyMap<string, Type>) {
    this.#environment = environment;
    this.#variables = variables;
  }

  whole(expression: Expression): Checked {
    const type = this.#types.resolve(this.#check(expression), DYN);
    return { type, problems: this.#problems, facts: this };
  }

  typeOf(expression: Expression): Type {
    return this.#types.resolve(this.#typeOf.get(expression) ?? DYN, DYN);
  }

  callOf(call: Call): CheckedCall | undefined {
    return this.#calls.get(call);
  }

  #check(expression: Expression): Type {
    const type = this.#kindOf(expression);
    this.#typeOf.set(expression, type);
    return type;
  }

  #kindOf(expression: Expression): Type {
    switch (expression.kind) {
      case 'literal':
        return expression.type;
      case 'name':
        return this.#name(expression.name, expression.at);
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

  #lookup(name: string): Type | undefined {
    if (name.startsWith('.')) return this.#variables.get(name.slice(1)) ?? TYPE_NAMES.get(name.slice(1))?.type;
    const local = this.#scope.findLast((each) => each.name === name);
    return local?.type ?? this.#variables.get(name) ?? TYPE_NAMES.get(name)?.type;
  }

  #name(name: string, at: number): Type {
    const found = this.#lookup(name);
    if (found !== undefined) return found;
    const known = [...this.#scope.map((each) => each.name), ...this.#variables.keys()].filter((each) =>
      /^\w+$/.test(each),
    );
    return this.#problem(at, `undeclared reference to '${name}' (in container '')`, didYouMean(name, known));
  }

  #select(expression: Select): Type {
    const { operand, field, at, test, optional } = expression;
    const whole = qualifiedName(expression);
    if (whole !== undefined && !this.#isLocal(expression)) {
      const found = this.#variables.get(whole) ?? TYPE_NAMES.get(whole)?.type;
      if (found !== undefined) return found;
    }
    const target = this.#types.resolve(this.#check(operand));
    const isOptional = optional || target.kind === 'optional';
    const type = this.#field(target.kind === 'optional' ? target.value : target, field, at);
    if (test) return BOOL;
    return isOptional && type.kind !== 'error' ? optionalOf(type.kind === 'optional' ? type.value : type) : type;
  }

  #isLocal(expression: Expression): boolean {
    const root = rootName(expression);
    return this.#scope.some(({ name }) => name === root);
  }

  #field(target: Type, field: string, at: number): Type {
    switch (target.kind) {
      case 'dyn':
      case 'error':
        return DYN;
      case 'param':
        this.#types.isAssignable(target, DYN);
        return DYN;
      case 'map':
        return target.value;
      case 'object': {
        const found = target.fields.get(field);
        return found ?? this.#problem(at, `undefined field '${field}'`, didYouMean(field, target.fields.keys()));
      }
      default:
        return this.#problem(at, `type '${shownType(target)}' does not support field selection`);
    }
  }

  #call(call: Call): Type {
    const { name, target, args, at } = call;
    if (target !== undefined) {
      const whole = qualifiedName(target);
      const named =
        whole === undefined || this.#isLocal(target) ? [] : this.#environment.find(`${whole}.${name}`, false);
      if (named.length > 0)
        return this.#overload(
          call,
          named,
          `${whole}.${name}`,
          args.map((arg) => this.#check(arg)),
          false,
        );
    }
    const overloads = this.#environment.find(name.replace(/^\./, ''), target !== undefined);
    const operands = target === undefined ? args : [target, ...args];
    // What is formatted may be of any types, side by side.
    const isFormat = target !== undefined && name === 'format';
    if (isFormat) this.#mixing += 1;
    const types = operands.map((operand) => this.#check(operand));
    if (isFormat) this.#mixing -= 1;
    if (overloads.length > 0) return this.#overload(call, overloads, name, types, target !== undefined);
    const known = [...this.#environment.functionNames, ...MACROS];
    return this.#problem(at, `undeclared reference to '${name}' (in container '')`, didYouMean(name, known));
  }

  #overload(call: Call, overloads: readonly Overload[], name: string, args: readonly Type[], isMember: boolean): Type {
    let result: Type | undefined;
    const fitting: Overload[] = [];
    for (const overload of overloads) {
      if (overload.params.length !== args.length || this.#isHidden(overload)) continue;
      const [own = DYN, ...params] = this.#types.freshened([overload.result, ...overload.params]);
      if (!this.#types.areAssignable(args, params)) continue;
      fitting.push(overload);
      const type = this.#types.resolve(own);
      if (result === undefined) result = type;
      else if (result.kind !== 'dyn' && !sameType(result, type)) result = DYN;
    }
    this.#calls.set(call, { name, isMember, overloads: fitting });
    if (result !== undefined) return result;
    const shown = args.map((arg) => shownType(this.#types.resolve(arg, DYN)));
    const [receiver, ...rest] = shown;
    const applied = isMember ? `${receiver}.(${rest.join(', ')})` : `(${shown.join(', ')})`;
    return this.#problem(call.at, `found no matching overload for '${name}' applied to '${applied}'`, hint(name, args));
  }

  /** The reference implementation forgets, from the first macro on, that numbers of different types may not be compared. */
  #isHidden(overload: Overload): boolean {
    return !this.#environment.mixedNumbers && !this.#metMacro && MIXED_NUMBERS.includes(overload);
  }

  #list({ items }: ListLiteral): Type {
    let element: Type | undefined;
    for (const { value, optional } of items) {
      const type = this.#check(value);
      element = this.#join(element, optional ? this.#unwrapped(type, value.at) : type, value.at);
    }
    return listOf(element ?? this.#types.fresh());
  }

  #map({ entries }: MapLiteral): Type {
    let keyType: Type | undefined;
    let valueType: Type | undefined;
    for (const { key, value, optional } of entries) {
      keyType = this.#join(keyType, this.#check(key), key.at);
      const type = this.#check(value);
      valueType = this.#join(valueType, optional ? this.#unwrapped(type, value.at) : type, value.at);
    }
    return mapOf(keyType ?? this.#types.fresh(), valueType ?? this.#types.fresh());
  }

  #unwrapped(type: Type, at: number): Type {
    const found = this.#types.resolve(type);
    if (found.kind === 'optional') return found.value;
    if (found.kind === 'dyn') return DYN;
    return this.#problem(at, `expected type 'optional_type(dyn)' but found '${shownType(found)}'`);
  }

  #join(before: Type | undefined, type: Type, at: number): Type {
    if (before === undefined) return type;
    if (this.#types.isAssignable(before, type)) return moreGeneral(before, type);
    if (!this.#environment.uniformLiterals || this.#mixing > 0) return DYN;
    const [expected, found] = [before, type].map((each) => shownType(this.#types.resolve(each, DYN)));
    return this.#problem(at, `expected type '${expected}' but found '${found}'`);
  }

  #fold(fold: Fold): Type {
    const range = this.#types.resolve(this.#check(fold.range));
    const [first, second] = this.#itemTypes(range, fold);
    const accumulator = this.#check(fold.start);
    this.#metMacro = true;
    this.#scope.push({ name: fold.accumulator, type: accumulator });
    this.#scope.push({ name: fold.variable, type: first });
    if (fold.second !== undefined) this.#scope.push({ name: fold.second, type: second });
    this.#expect(this.#check(fold.condition), BOOL, fold.condition.at);
    this.#expect(this.#check(fold.step), accumulator, fold.step.at);
    this.#scope.length -= fold.second === undefined ? 1 : 2;
    const result = this.#check(fold.result);
    this.#scope.length -= 1;
    return this.#types.resolve(result);
  }

  #itemTypes(range: Type, { range: { at }, second }: Fold): readonly [Type, Type] {
    switch (range.kind) {
      case 'list':
        return second === undefined ? [range.element, DYN] : [INT, range.element];
      case 'map':
        return [range.key, range.value];
      case 'param':
        this.#types.isAssignable(range, DYN);
        return [DYN, DYN];
      case 'dyn':
      case 'error':
        return [DYN, DYN];
      default: {
        const why = 'cannot be range of a comprehension (must be list, map, or dynamic)';
        this.#problem(at, `expression of type '${shownType(range)}' ${why}`);
        return [ERROR, ERROR];
      }
    }
  }

  #expect(type: Type, wanted: Type, at: number): void {
    if (this.#types.isAssignable(wanted, type)) return;
    const [expected, found] = [wanted, type].map((each) => shownType(this.#types.resolve(each, DYN)));
    this.#problem(at, `expected type '${expected}' but found '${found}'`);
  }

  #problem(at: number, message: string, suggestion?: string): Type {
    this.#problems.push(new ProblemAt(at, message, suggestion));
    return ERROR;
  }
}

/** What is most often meant by an operator between values that do not go together. */
function hint(name: string, args: readonly Type[]): string | undefined {
  const kinds = args.map(({ kind }) => kind);
  if (!/^_(?:==|!=|<=?|>=?|[-+*/%])_$/.test(name)) return undefined;
  const other = kinds.find((kind) => kind !== 'string');
  if (kinds.includes('string') && (other === 'int' || other === 'double' || other === 'bool')) {
    return `convert one side: string(…) or ${other}(…)`;
  }
  return kinds.includes('int') && kinds.includes('double') ? 'convert one side: double(…) or int(…)' : undefined;
}
