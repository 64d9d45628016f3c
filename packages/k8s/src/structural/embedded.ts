import { isJsonArray, isJsonObject, type JsonObject, own } from '../json/value.ts';
import { validateDns1035Label } from '../names/names.ts';
import type { Schema } from '../schema.ts';
import { invalidCause, requiredCause, type ValidationCause } from './cause.ts';

/** Objects under `x-kubernetes-embedded-resource` must say their type. The root itself is not looked at. */
export function validateEmbedded(object: unknown, schema: Schema): ValidationCause[] {
  const causes: ValidationCause[] = [];
  visit(object, schema, '', causes);
  return causes;
}

function visit(value: unknown, schema: Schema, path: string, causes: ValidationCause[]): void {
  if (isJsonArray(value)) {
    const { items } = schema;
    if (items !== undefined)
      for (const [index, item] of value.entries()) visit(item, items, `${path}[${index}]`, causes);
    return;
  }
  if (!isJsonObject(value)) return;
  if (schema['x-kubernetes-embedded-resource'] === true) causes.push(...typeProblems(value, path));
  for (const key of Object.keys(value)) {
    const property = schema.properties === undefined ? undefined : (own(schema.properties, key) as Schema | undefined);
    if (property !== undefined) visit(value[key], property, join(path, key), causes);
    else if (typeof schema.additionalProperties === 'object')
      visit(value[key], schema.additionalProperties, `${path}[${key}]`, causes);
  }
}

function typeProblems(object: JsonObject, path: string): ValidationCause[] {
  const causes: ValidationCause[] = [];
  for (const key of ['apiVersion', 'kind']) {
    const field = join(path, key);
    const value = own(object, key);
    if (value === undefined) causes.push(requiredCause(field));
    else if (typeof value !== 'string') causes.push(invalidCause(field, value, 'must be a string'));
    else if (value === '') causes.push(invalidCause(field, value, 'must not be empty'));
    else causes.push(...(key === 'kind' ? kindProblems(value, field) : versionProblems(value, field)));
  }
  return causes;
}

function kindProblems(kind: string, field: string): ValidationCause[] {
  const problems = validateDns1035Label(kind.toLowerCase());
  if (problems.length === 0) return [];
  return [invalidCause(field, kind, `may have mixed case, but should otherwise match: ${problems.join(',')}`)];
}

function versionProblems(apiVersion: string, field: string): ValidationCause[] {
  if (apiVersion.split('/').length <= 2) return [];
  return [invalidCause(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
