import { isJsonObject, type JsonObject } from '@stageset/k8s';
import { createEnvironment } from '../environment.ts';
import { Budget } from '../evaluate/budget.ts';
import { compileExpression, DEFAULT_COST_LIMIT, type Program } from '../expression.ts';
import { LIBRARIES } from '../library/index.ts';
import type { ExpressionProblem } from '../problem.ts';
import { fromJson } from '../values/convert.ts';
import type { Value } from '../values/value.ts';

/** What Flux's `healthCheckExprs` say of a kind. */
export interface HealthExpressions {
  readonly current: string;
  readonly inProgress?: string;
  readonly failed?: string;
}

export type ExpressionHealth =
  | { readonly status: 'Current' | 'InProgress' | 'Failed' }
  | { readonly status: 'Unknown'; readonly why: string };

export interface HealthEvaluator {
  evaluate(object: JsonObject): ExpressionHealth;
}

export type CompiledHealth =
  | { readonly ok: true; readonly evaluator: HealthEvaluator }
  | { readonly ok: false; readonly expression: keyof HealthExpressions; readonly problem: ExpressionProblem };

const ENVIRONMENT = createEnvironment({
  functions: [LIBRARIES.strings, LIBRARIES.newerStrings, LIBRARIES.sets, LIBRARIES.encoders],
  optionals: true,
  mixedNumbers: true,
});

/**
 * Reads the expressions that say how healthy objects of a kind are, by Flux's rules: only their syntax is looked at here;
 * of the object, every field at the top is a variable. An object whose generation has not been observed is in progress;
 * then `inProgress`, `failed` and `current` decide, in this order.
 */
export function compileHealth(expressions: HealthExpressions): CompiledHealth {
  const programs = new Map<keyof HealthExpressions, Program>();
  for (const name of ['current', 'inProgress', 'failed'] as const) {
    const text = expressions[name] ?? '';
    if (text === '' && name !== 'current') continue;
    const compiled = compileExpression(text, {
      environment: ENVIRONMENT,
      variables: new Map(),
      result: 'bool',
      checked: false,
    });
    if (!compiled.ok) return { ok: false, expression: name, problem: compiled.problem };
    programs.set(name, compiled.program);
  }
  return { ok: true, evaluator: { evaluate: (object) => evaluate(programs, object) } };
}

function evaluate(programs: ReadonlyMap<keyof HealthExpressions, Program>, object: JsonObject): ExpressionHealth {
  if (isUnobserved(object)) return { status: 'InProgress' };
  const variables: ReadonlyMap<string, Value> = new Map(
    Object.entries(object).map(([name, value]) => [name, fromJson(value)]),
  );
  for (const [name, status] of [
    ['inProgress', 'InProgress'],
    ['failed', 'Failed'],
    ['current', 'Current'],
  ] as const) {
    const evaluated = programs.get(name)?.evaluate(variables, new Budget(DEFAULT_COST_LIMIT));
    if (evaluated === undefined) continue;
    if (!evaluated.ok) return { status: 'Unknown', why: evaluated.message };
    if (evaluated.value === true) return { status };
  }
  return { status: 'InProgress' };
}

function isUnobserved({ metadata, status }: JsonObject): boolean {
  const observed = isJsonObject(status) ? status['observedGeneration'] : undefined;
  const generation = isJsonObject(metadata) ? (metadata['generation'] ?? 0) : 0;
  return Number.isInteger(observed) && observed !== generation;
}
