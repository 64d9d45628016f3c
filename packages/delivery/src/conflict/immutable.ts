import type { ApiError, StatusCause } from '@stageset/k8s';

/** Texts with which the API's validation says, of one field, that it may not change. Lower case. */
const IMMUTABLE_TEXTS = [
  'is immutable',
  'immutable field',
  'immutable after creation',
  'may not change',
  'may not be changed',
  'may not be updated',
  'cannot change',
  'can not be changed',
  'cannot be changed',
  'cannot be updated',
  'for fields other than',
  'are forbidden',
] as const;

/** The reasons that validation gives a cause when an update touches what it must not. */
const CAUSE_REASONS = new Set(['FieldValueForbidden', 'FieldValueInvalid']);

function isImmutableCause(cause: StatusCause): boolean {
  if (cause.field === undefined || !CAUSE_REASONS.has(cause.reason ?? '')) return false;
  const text = (cause.message ?? '').toLowerCase();
  return IMMUTABLE_TEXTS.some((phrase) => text.includes(phrase));
}

/**
 * Whether the API server refused a write only because it would change fields that cannot be changed in place, so that a
 * new object in its stead would be accepted. Decided by the typed causes of a 422, each of which must name such a field:
 * a manifest that is also wrong in another way would be refused again after the old object was gone.
 */
export function isImmutableConflict(error: ApiError): boolean {
  return error.code === 422 && error.causes.length > 0 && error.causes.every(isImmutableCause);
}

/** The fields of {@link isImmutableConflict}, each once, in the order of the answer. */
export function immutableFields(error: ApiError): string[] {
  return [...new Set(error.causes.flatMap((cause) => (cause.field === undefined ? [] : [cause.field])))];
}
