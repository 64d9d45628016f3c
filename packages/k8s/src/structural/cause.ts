import { goJson, goNumber, goQuote } from './go-format.ts';

/** One finding as it stands in `details.causes` of the API server's answer. */
export interface ValidationCause {
  /** `FieldValueRequired`, `FieldValueInvalid`, `FieldValueNotSupported`, … */
  readonly reason: string;
  /** `spec.stages[0].name`; `<nil>`, as the API server has it, for findings of a whole anyOf, oneOf, allOf or not. */
  readonly field: string;
  /** Without the field: `Invalid value: "x": spec.name in body should match '^a$'`. */
  readonly message: string;
}

/** A cause for the list of an API failure's causes, and its line in the failure's message. */
export function formatCause({ field, message }: ValidationCause): string {
  return `${field}: ${message}`;
}

export function requiredCause(field: string): ValidationCause {
  return { reason: 'FieldValueRequired', field, message: 'Required value' };
}

export function invalidCause(field: string, value: unknown, detail: string): ValidationCause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${show(value)}: ${detail}` };
}

export function typeCause(field: string, value: unknown, detail: string): ValidationCause {
  return { reason: 'FieldValueTypeInvalid', field, message: `Invalid value: ${show(value)}: ${detail}` };
}

export function duplicateCause(field: string, value: unknown): ValidationCause {
  return { reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${show(value)}` };
}

/** `supported` in the schema's order; what is no text is shown as JSON. */
export function notSupportedCause(field: string, value: unknown, supported: readonly unknown[]): ValidationCause {
  const names = supported.map((name) => goQuote(typeof name === 'string' ? name : goJson(name)));
  const message = `Unsupported value: ${show(value)}: supported values: ${names.join(', ')}`;
  return { reason: 'FieldValueNotSupported', field, message };
}

/** The API server says bytes, although it counts characters. */
export function tooLongCause(field: string, most: number): ValidationCause {
  const message = `Too long: may not be more than ${most} ${most === 1 ? 'byte' : 'bytes'}`;
  return { reason: 'FieldValueTooLong', field, message };
}

export function tooManyCause(field: string, actual: number, most: number): ValidationCause {
  const message = `Too many: ${actual}: must have at most ${most} ${most === 1 ? 'item' : 'items'}`;
  return { reason: 'FieldValueTooMany', field, message };
}

function show(value: unknown): string {
  if (typeof value === 'string') return goQuote(value);
  return typeof value === 'number' ? goNumber(value) : goJson(value);
}
