import type { JsonObject } from '../json/value.ts';
import type { Schema } from '../schema.ts';
/** One finding as it stands in `details.causes` of the API server's answer. */
export interface ValidationCause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}
export function validate(object: JsonObject, schema: Schema): ValidationCause[] {
  throw new Error('to follow');
}
