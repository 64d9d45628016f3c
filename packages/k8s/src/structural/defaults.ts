import type { JsonObject } from '../json/value.ts';
import type { Schema } from '../schema.ts';
/** The same object when nothing was to default; never changes its input. */
export function applyDefaults<T extends JsonObject>(object: T, schema: Schema): T {
  throw new Error('to follow');
}
