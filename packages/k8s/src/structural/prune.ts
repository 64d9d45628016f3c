import type { JsonObject } from '../json/value.ts';
import type { Schema } from '../schema.ts';
/** `pruned`: paths of what was dropped, sorted, as the API server writes them: `spec.template.foo`, `spec.list[0].bar`. */
export interface Pruned<T> {
  readonly object: T;
  readonly pruned: readonly string[];
}
export function prune<T extends JsonObject>(object: T, schema: Schema): Pruned<T> {
  throw new Error('to follow');
}
