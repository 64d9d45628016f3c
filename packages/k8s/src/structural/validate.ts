import { deepEqual } from '../json/equality.ts';
import { isJsonArray, isJsonObject, type JsonObject } from '../json/value.ts';
import type { Schema } from '../schema.ts';
import {
  invalidCause,
  notSupportedCause,
  requiredCause,
  tooLongCause,
  tooManyCause,
  typeCause,
  type ValidationCause,
} from './cause.ts';
import { validateCombinations } from './combinations.ts';
import { validateEmbedded } from './embedded.ts';
import { hasFormat, isKnownFormat } from './formats.ts';
import { validateListTypes } from './list-types.ts';
import { isWhole, validateNumber } from './numbers.ts';
import { matchesPattern } from './patterns.ts';
import { formerItems, isUnchanged, NONE } from './unchanged.ts';

export interface ValidateOptions {
  /**
   * What the object was before an update. A value that the update leaves as it was is not held against it, even when the
   * schema has become stricter in the meantime (the API server's ratcheting).
   */
  readonly old?: unknown;
  /**
   * Whether the value is a default of the schema: of those, lists may repeat themselves, an int-or-string may be anything,
   * and any format counts.
   */
  readonly isDefault?: boolean;
}

/**
 * What is wrong with a custom resource by its structural schema, as the causes of the API server's answer: types, nulls, bounds,
 * patterns, formats, enums, required fields, anyOf / oneOf / allOf / not, keys of list maps and sets, embedded resources.
 * CEL rules and the object's own metadata are not looked at. An empty list means valid.
 */
export function validate(object: unknown, schema: Schema, options: ValidateOptions = {}): ValidationCause[] {
  const findings: Findings = { causes: [], matches: 0, isDefault: options.isDefault === true };
  const embedded = validateEmbedded(object, schema);
  validateValue(object, schema, '', options.old ?? NONE, findings);
  const lists = options.isDefault === true ? [] : validateListTypes(object, schema);
  // Lists that had repeated keys before the update may go on having them.
  const isOld = lists.length > 0 && options.old !== undefined && validateListTypes(options.old, schema).length > 0;
  return distinct([...findings.causes, ...embedded, ...(isOld ? [] : lists)]);
}

/** What a schema found at a value. `matches` counts what was checked: the best of several failures is the one that got furthest. */
export interface Findings {
  readonly causes: ValidationCause[];
  matches: number;
  readonly isDefault: boolean;
}

/** @param path as in causes, without a leading dot only at the top: `spec.list[0]`. */
export function validateValue(value: unknown, schema: Schema, path: string, old: unknown, out: Findings): void {
  const before = out.causes.length;
  if (value === null) {
    if (typesOf(schema, out).length > 0) validateType(value, schema, path, out);
    validateEnum(value, schema, path, out);
  } else {
    validatePresent(value, schema, path, old, out);
  }
  if (out.causes.length > before && old !== NONE && isUnchanged(value, old, schema)) out.causes.length = before;
}

function validatePresent(value: unknown, schema: Schema, path: string, old: unknown, out: Findings): void {
  if (isTyped(schema, out)) {
    validateType(value, schema, path, out);
    out.matches++;
  }
  validateCombinations(value, schema, path, old, out);
  out.matches += 2;
  if (typeof value === 'string') validateString(value, schema, path, out);
  else if (typeof value === 'number') validateNumber(value, schema, path, out);
  else if (isJsonArray(value)) validateList(value, schema, path, old, out);
  validateEnum(value, schema, path, out);
  out.matches++;
  if (isJsonObject(value)) validateObject(value, schema, path, old, out);
  out.matches++;
}

/** Types that a schema allows; none where it leaves that open. */
function typesOf(schema: Schema, { isDefault }: Findings): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true && !isDefault) return ['integer', 'string'];
  return schema.type === undefined ? [] : [schema.type];
}

/** A format alone is a type too: to the API server, nothing but texts and lists has one. */
function isTyped(schema: Schema, out: Findings): boolean {
  return typesOf(schema, out).length > 0 || formatOf(schema, out) !== undefined;
}

function formatOf({ format }: Schema, { isDefault }: Findings): string | undefined {
  return format !== undefined && (isDefault || isKnownFormat(format)) ? format : undefined;
}

const NUMERIC = ['integer', 'number'];

function validateType(value: unknown, schema: Schema, path: string, out: Findings): void {
  const types = typesOf(schema, out);
  if (value === null) {
    if (types.length === 0 || schema.nullable === true) out.matches++;
    else wrongType(types.join(','), 'null', path, out);
    return;
  }
  const format = formatOf(schema, out);
  const [actual, size] = goTypeOf(value);
  const fits = types.includes(actual) || (actual === 'integer' && types.includes('number'));
  const mayHaveFormat = typeof value === 'string' || isJsonArray(value);
  if (format !== undefined && !mayHaveFormat && !fits && size !== format) wrongType(format, size, path, out);
  else if (format !== undefined && mayHaveFormat && !types.some((type) => NUMERIC.includes(type))) out.matches++;
  else if (fits) out.matches++;
  else wrongType(types.join(','), actual, path, out);
}

function wrongType(wanted: string, actual: string, path: string, out: Findings): void {
  out.causes.push(typeCause(fieldOf(path), actual, `${path} in body must be of type ${wanted}: "${actual}"`));
}

/** The type of a value, and how Go holds it where that counts. */
function goTypeOf(value: unknown): readonly [type: string, size: string] {
  if (isJsonArray(value)) return ['array', ''];
  if (typeof value === 'number') return isWhole(value) ? ['integer', 'int64'] : ['number', 'float64'];
  return [typeof value, ''];
}

/** Only the first of length and pattern is told. */
function validateString(value: string, schema: Schema, path: string, out: Findings): void {
  const problem = stringProblem(value, schema, path);
  if (problem !== undefined) out.causes.push(problem);
  out.matches++;
  const { format } = schema;
  if (format === undefined || !isKnownFormat(format)) return;
  if (!hasFormat(value, format)) {
    out.causes.push(
      typeCause(fieldOf(path), value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`),
    );
  }
  out.matches++;
}

function stringProblem(
  value: string,
  { maxLength, minLength, pattern }: Schema,
  path: string,
): ValidationCause | undefined {
  if (maxLength !== undefined && value.length > maxLength && lengthOf(value) > maxLength) {
    return tooLongCause(fieldOf(path), maxLength);
  }
  if (minLength !== undefined && lengthOf(value) < minLength) {
    return invalidCause(fieldOf(path), value, `${path} in body should be at least ${minLength} chars long`);
  }
  if (pattern === undefined || pattern === '') return undefined;
  const { matches, shown } = matchesPattern(value, pattern);
  return matches ? undefined : invalidCause(fieldOf(path), value, `${path} in body should match '${shown}'`);
}

/** Characters, not UTF-16 units. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function validateList(list: readonly unknown[], schema: Schema, path: string, old: unknown, out: Findings): void {
  const { items, minItems, maxItems, uniqueItems } = schema;
  if (items !== undefined) {
    const former = formerItems(schema, old);
    for (const [index, item] of list.entries()) {
      validateValue(item, items, `${path}[${index}]`, former === undefined ? NONE : former(item), out);
    }
  }
  if (minItems !== undefined && list.length < minItems) {
    out.causes.push(invalidCause(fieldOf(path), list.length, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && list.length > maxItems) {
    out.causes.push(tooManyCause(fieldOf(path), list.length, maxItems));
  }
  if (
    uniqueItems === true &&
    list.some((item, index) => list.slice(0, index).some((other) => deepEqual(item, other)))
  ) {
    out.causes.push(invalidCause(fieldOf(path), '', `${path} in body shouldn't contain duplicates`));
  }
  out.matches += 2;
}

function validateEnum(value: unknown, schema: Schema, path: string, out: Findings): void {
  const { enum: allowed } = schema;
  if (allowed === undefined || allowed.length === 0) return;
  if (value !== null && allowed.some((one) => deepEqual(one, value))) return;
  out.causes.push(notSupportedCause(fieldOf(path), value, allowed));
}

function validateObject(object: JsonObject, schema: Schema, path: string, old: unknown, out: Findings): void {
  const { required, minProperties, maxProperties } = schema;
  const keys = Object.keys(object);
  if (minProperties !== undefined && keys.length < minProperties) {
    const detail = `${path} in body should have at least ${minProperties} properties`;
    out.causes.push(invalidCause(fieldOf(path), keys.length, detail));
  }
  if (maxProperties !== undefined && keys.length > maxProperties) {
    out.causes.push(tooManyCause(fieldOf(path), keys.length, maxProperties));
  }
  for (const key of keys) validateField(object, key, schema, path, old, out);
  for (const key of required ?? []) {
    if (!Object.hasOwn(object, key)) out.causes.push(requiredCause(fieldOf(`${path}.${key}`)));
  }
}

function validateField(
  object: JsonObject,
  key: string,
  { properties, additionalProperties }: Pick<Schema, 'properties' | 'additionalProperties'>,
  path: string,
  old: unknown,
  out: Findings,
): void {
  const property = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const field = property ?? additionalProperties;
  if (field === false) {
    out.causes.push(invalidCause(fieldOf(path), key, `${path}.${key} in body is a forbidden property`));
  } else if (field !== undefined && field !== true) {
    const childPath = path === '' && property !== undefined ? key : `${path}.${key}`;
    // What the type of the object is named is not ratcheted: both versions are converted to the same one.
    const isTypeField = path === '' && (key === 'kind' || key === 'apiVersion');
    const former = isJsonObject(old) && Object.hasOwn(old, key) && !isTypeField ? old[key] : NONE;
    validateValue(object[key], field, childPath, former, out);
  }
}

/** The field of a cause: keys of a map at the top have a dot in front in messages, and none here. */
function fieldOf(path: string): string {
  return path === '' ? '<nil>' : path.replace(/^\./, '');
}

/** The API server tells nothing twice. */
function distinct(causes: readonly ValidationCause[]): ValidationCause[] {
  if (causes.length < 2) return [...causes];
  const seen = new Map(causes.map((cause) => [`${cause.reason}\n${cause.field}\n${cause.message}`, cause]));
  return [...seen.values()];
}
