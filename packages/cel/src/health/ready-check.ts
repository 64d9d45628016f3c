import { isJsonObject, type JsonObject } from '@stageset/k8s';
import { createEnvironment } from '../environment.ts';
import { Budget } from '../evaluate/budget.ts';
import { type Compiled, compileExpression, DEFAULT_COST_LIMIT } from '../expression.ts';
import { DYN, STRING, type Type } from '../types/type.ts';
import { fromJson } from '../values/convert.ts';
import { MapValue, type Value } from '../values/value.ts';

const ENVIRONMENT = createEnvironment();

const PARTS = ['metadata', 'spec', 'status', 'data'] as const;

const VARIABLES: ReadonlyMap<string, Type> = new Map<string, Type>([
  ['apiVersion', STRING],
  ['kind', STRING],
  ...PARTS.map((part): [string, Type] => [part, DYN]),
]);

/** Compiled expressions that are kept; the one that was not asked for longest goes first. */
const MAX_COMPILED = 1_000;
const COMPILED = new Map<string, Compiled>();

/**
 * Compiles an expression of a ready check or of a wait: the language alone, and the parts of one object. An expression is
 * compiled once, however often it is asked for.
 */
export function compileReadyCheck(text: string): Compiled {
  const known = COMPILED.get(text);
  COMPILED.delete(text);
  const compiled = known ?? compileExpression(text, { environment: ENVIRONMENT, variables: VARIABLES, result: 'bool' });
  COMPILED.set(text, compiled);
  for (const oldest of COMPILED.keys()) {
    if (COMPILED.size <= MAX_COMPILED) break;
    COMPILED.delete(oldest);
  }
  return compiled;
}

/** What a ready check sees of an object: parts that are missing are empty. */
export function readyCheckVariables(object: JsonObject): ReadonlyMap<string, Value> {
  const text = (key: string): Value => (typeof object[key] === 'string' ? object[key] : '');
  const part = (key: string): Value => (isJsonObject(object[key]) ? fromJson(object[key]) : MapValue.empty);
  return new Map([
    ['apiVersion', text('apiVersion')],
    ['kind', text('kind')],
    ...PARTS.map((name): [string, Value] => [name, part(name)]),
  ]);
}

/** What an expression says of an object. An `error` may heal, such as a field that is not there yet. */
export type CheckAnswer =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'error'; readonly message: string };

/**
 * Asks an expression about an object. Never throws. The message of an error tells nothing of what a Secret holds.
 *
 * @param budget what it may cost; several expressions may share one.
 */
export function askReadyCheck(text: string, object: JsonObject, budget = new Budget(DEFAULT_COST_LIMIT)): CheckAnswer {
  const compiled = compileReadyCheck(text);
  if (!compiled.ok) {
    const { line, column, message } = compiled.problem;
    return { kind: 'error', message: `at ${line}:${column}: ${message}` };
  }
  const evaluated = compiled.program.evaluate(readyCheckVariables(object), budget);
  if (evaluated.ok) return { kind: evaluated.value === true ? 'true' : 'false' };
  const isSecret = object['kind'] === 'Secret' && evaluated.kind === 'failed';
  return {
    kind: 'error',
    message: isSecret ? 'it cannot be evaluated on what the Secret holds now' : evaluated.message,
  };
}
