import { estimateCost, type SizeLookup } from './cost/estimate.ts';
import type { Environment } from './environment.ts';
import { type Budget, CostExceeded } from './evaluate/budget.ts';
import { compile } from './evaluate/program.ts';
import { type ExpressionProblem, ProblemAt, problemIn } from './problem.ts';
import type { Expression } from './syntax/ast.ts';
import { parse } from './syntax/parser.ts';
import { check } from './types/checker.ts';
import { formatType, type Type } from './types/type.ts';
import { typeName } from './values/type-of.ts';
import { Failure, type Result, type Value } from './values/value.ts';

export interface ExpressionOptions {
  readonly environment: Environment;
  /** The names an expression may use, and their types. */
  readonly variables: ReadonlyMap<string, Type>;
  /**
   * Without it any type of result is taken. `dyn` always is, since it may turn out to be right; then the value is checked.
   */
  readonly result?: 'bool' | 'string';
  /** False: only the syntax is looked at, and everything else is an error of the evaluation, as Flux does. Default true. */
  readonly checked?: boolean;
  /** What bounds the sizes of the variables. With it, the program says what it may cost at most. */
  readonly sizes?: SizeLookup;
}

export type Compiled =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly problem: ExpressionProblem; readonly problems: readonly ExpressionProblem[] };

/** An expression that is ready to be evaluated, any number of times. */
export interface Program {
  readonly text: string;
  /** What the checker found it to give. */
  readonly type: Type;
  readonly expression: Expression;
  /** The most that it may cost; undefined when it was not asked for. */
  readonly estimate?: number;
  /**
   * Never throws for what an expression does.
   *
   * @param variables those that are not there are errors of the evaluation. A function is asked when one is needed.
   * @param budget what it may cost; several evaluations may share one.
   */
  evaluate(variables: Variables, budget: Budget): Evaluated;
}

export type Variables =
  | Readonly<Record<string, Value>>
  | ReadonlyMap<string, Value>
  | ((name: string) => Result | undefined);

export type Evaluated =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly kind: 'failed' | 'cost-exceeded'; readonly message: string };

/** The budget of a ready check, as the reference controller has it. */
export const DEFAULT_COST_LIMIT = 10_000_000;

/** Reads and checks an expression. What is wrong with it is told with its place, never thrown. */
export function compileExpression(text: string, options: ExpressionOptions): Compiled {
  const { environment, variables, result, checked = true, sizes } = options;
  try {
    const expression = parse(text, environment);
    if (!checked) return { ok: true, program: program(text, expression, { kind: 'dyn' }, options) };
    const { type, problems, facts } = check(expression, environment, variables);
    if (problems.length > 0) return refused(text, problems);
    if (result !== undefined && type.kind !== result && type.kind !== 'dyn') {
      const instead =
        result === 'bool' ? 'compare it with something, so that it is true or false' : 'convert it: string(…)';
      return refused(text, [new ProblemAt(0, `result type is ${formatType(type)}, not ${result}`, instead)]);
    }
    const made = program(text, expression, type, options);
    if (sizes === undefined) return { ok: true, program: made };
    return { ok: true, program: { ...made, estimate: estimateCost(expression, facts, sizes) } };
  } catch (error) {
    if (error instanceof ProblemAt) return refused(text, [error]);
    throw error;
  }
}

function refused(text: string, found: readonly ProblemAt[]): Compiled {
  const problems = found.toSorted((a, b) => a.at - b.at).map((problem) => problemIn(text, problem));
  const [problem] = problems;
  if (problem === undefined) throw new Error('refused without a problem');
  return { ok: false, problem, problems };
}

function program(
  text: string,
  expression: Expression,
  type: Type,
  { environment, result }: ExpressionOptions,
): Program {
  const step = compile(expression, environment);
  return {
    text,
    type,
    expression,
    evaluate(variables, budget) {
      const lookup = lookupOf(variables);
      try {
        const value = step({ variables: lookup, slots: [], budget });
        if (value instanceof Failure) return { ok: false, kind: 'failed', message: value.message };
        if (result !== undefined && typeName(value) !== result) {
          return { ok: false, kind: 'failed', message: `result is ${typeName(value)}, not ${result}` };
        }
        return { ok: true, value };
      } catch (error) {
        if (error instanceof CostExceeded) return { ok: false, kind: 'cost-exceeded', message: error.message };
        throw error;
      }
    },
  };
}

function lookupOf(variables: Variables): (name: string) => Result | undefined {
  if (typeof variables === 'function') return variables;
  if (variables instanceof Map) return (name) => variables.get(name) as Value | undefined;
  const record = variables as Readonly<Record<string, Value>>;
  return (name) => (Object.hasOwn(record, name) ? record[name] : undefined);
}
