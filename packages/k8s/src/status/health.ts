import type { JsonObject } from '../json/value.ts';
import type { ObjectStatus, StatusOptions } from './status.ts';
export function computeHealth(object: JsonObject, options?: StatusOptions): ObjectStatus {
  throw new Error('to follow');
}
