import { isJsonObject, type JsonObject } from '@stageset/k8s';
import { createEnvironment } from '../environment.ts';
import { type Compiled, compileExpression } from '../expression.ts';
import { DYN, STRING, type Type } from '../types/type.ts';
import { fromJson } from '../values/convert.ts';
import { MapValue, type Value } from '../values/value.ts';

const ENVIRONMENT = createEnvironment();

const VARIABLES: ReadonlyMap<string, Type> = new Map([
  ['apiVersion', STRING],
  ['kind', STRING],
  ['metadata', DYN],
  ['spec', DYN],
  ['status', DYN],
]);

/** Compiles an expression of a ready check or of a wait: the language alone, and the parts of one object. */
export function compileReadyCheck(text: string): Compiled {
  return compileExpression(text, { environment: ENVIRONMENT, variables: VARIABLES, result: 'bool' });
}

/** What a ready check sees of an object: parts that are missing are empty. */
export function readyCheckVariables(object: JsonObject): ReadonlyMap<string, Value> {
  const text = (key: string): Value => (typeof object[key] === 'string' ? object[key] : '');
  const part = (key: string): Value => (isJsonObject(object[key]) ? fromJson(object[key]) : MapValue.empty);
  return new Map([
    ['apiVersion', text('apiVersion')],
    ['kind', text('kind')],
    ['metadata', part('metadata')],
    ['spec', part('spec')],
    ['status', part('status')],
  ]);
}
