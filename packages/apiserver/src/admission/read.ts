import { isJsonArray, isJsonObject, type JsonObject } from '@stageset/k8s';

/** Readers of configuration objects, which have been validated: what is missing is empty. */
export function listOf(value: unknown): readonly unknown[] {
  return isJsonArray(value) ? value : [];
}

export function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((item): item is string => typeof item === 'string');
}

export function objectsOf(value: unknown): readonly JsonObject[] {
  return listOf(value).filter(isJsonObject);
}

export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function textOf(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}
