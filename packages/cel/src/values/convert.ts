import { isJsonArray, isJsonObject } from '@stageset/k8s';
import { MapValue, type Value } from './value.ts';

/** JSON as values: whole numbers become ints, others doubles; keys keep their order. */
export function fromJson(json: unknown): Value {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (typeof json === 'string' || typeof json === 'boolean' || json === null) return json;
  if (isJsonArray(json)) return json.map(fromJson);
  if (!isJsonObject(json)) return null;
  const map = new MapValue();
  for (const [key, value] of Object.entries(json)) if (value !== undefined) map.add(key, fromJson(value));
  return map;
}
