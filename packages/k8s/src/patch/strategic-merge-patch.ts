import type { JsonObject } from '../json/value.ts';
import type { Schema } from '../schema.ts';

export class StrategicMergePatchError extends Error {
  override readonly name = 'StrategicMergePatchError';
}

export function applyStrategicMergePatch(object: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  throw new Error('to follow');
}
