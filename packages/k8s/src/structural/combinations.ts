import type { Schema } from '../schema.ts';
import { invalidCause, type ValidationCause } from './cause.ts';
import { type Findings, validateValue } from './validate.ts';

/**
 * anyOf, oneOf, allOf and not. A failure is told as such, and with it what is wrong by the alternative that came nearest:
 * the one that passed most checks.
 */
export function validateCombinations(value: unknown, schema: Schema, path: string, old: unknown, out: Findings): void {
  const { anyOf, oneOf, allOf, not } = schema;
  if (anyOf !== undefined) validateAnyOf(value, anyOf, path, old, out);
  if (oneOf !== undefined) validateOneOf(value, oneOf, path, old, out);
  if (allOf !== undefined) validateAllOf(value, allOf, path, old, out);
  if (not !== undefined && check(value, not, path, old, out).causes.length === 0) {
    out.causes.push(whole(`"${path}" must not validate the schema (not)`));
  }
}

function validateAnyOf(value: unknown, schemas: readonly Schema[], path: string, old: unknown, out: Findings): void {
  let best: Findings | undefined;
  for (const schema of schemas) {
    const found = check(value, schema, path, old, out);
    if (found.causes.length === 0) {
      merge(out, found);
      return;
    }
    if (best === undefined || found.matches > best.matches) best = found;
  }
  if (best === undefined) return;
  out.causes.push(whole(`"${path}" must validate at least one schema (anyOf)`));
  merge(out, best);
}

function validateOneOf(value: unknown, schemas: readonly Schema[], path: string, old: unknown, out: Findings): void {
  let valid = 0;
  let first: Findings | undefined;
  let best: Findings | undefined;
  for (const schema of schemas) {
    const found = check(value, schema, path, old, out);
    if (found.causes.length === 0) {
      valid++;
      first ??= found;
    } else if (valid === 0 && (best === undefined || found.matches > best.matches)) {
      best = found;
    }
  }
  if (valid === 1) {
    if (first !== undefined) merge(out, first);
    return;
  }
  if (schemas.length === 0) return;
  const which = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
  out.causes.push(whole(`"${path}" must validate one and only one schema (oneOf). ${which}`));
  if (valid === 0 && best !== undefined) merge(out, best);
}

function validateAllOf(value: unknown, schemas: readonly Schema[], path: string, old: unknown, out: Findings): void {
  const found = schemas.map((schema) => check(value, schema, path, old, out));
  for (const one of found) merge(out, one);
  const valid = found.filter(({ causes }) => causes.length === 0).length;
  if (valid === schemas.length) return;
  out.causes.push(whole(`"${path}" must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`));
}

function check(value: unknown, schema: Schema, path: string, old: unknown, out: Findings): Findings {
  const found: Findings = { causes: [], matches: 0, isDefault: out.isDefault };
  validateValue(value, schema, path, old, found);
  return found;
}

function merge(out: Findings, found: Findings): void {
  out.causes.push(...found.causes);
  out.matches += found.matches;
}

/** The API server gives these no field. */
function whole(detail: string): ValidationCause {
  return invalidCause('<nil>', '', detail);
}
