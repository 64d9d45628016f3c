import { goJson, isJsonArray, isJsonObject } from '@stageset/k8s';

/**
 * JSON whose texts, numbers and booleans are held as they are written: two ways to write the same text are two values.
 * Only null stands for itself.
 */
type Reviver = (key: string, value: unknown) => unknown;

/** Reads a text without reading what is in it. @throws {SyntaxError} */
export function parseSource(text: string): unknown {
  const keep = (_: string, value: unknown, { source }: { readonly source?: string }): unknown =>
    value === null || typeof value === 'object' ? value : source;
  return JSON.parse(text, keep as Reviver);
}

/** A value as the API server writes it. */
export function toSource(value: unknown): unknown {
  return mapped(value, goJson);
}

/** What a value says that is held as it is written. */
export function fromSource(value: unknown): unknown {
  return mapped(value, (leaf) => JSON.parse(String(leaf)) as unknown);
}

function mapped(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (isJsonArray(value)) return value.map((item) => mapped(item, change));
  if (!isJsonObject(value)) return value === null ? null : change(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, change)]));
}
