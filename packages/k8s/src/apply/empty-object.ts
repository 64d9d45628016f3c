import { isJsonObject, setOwn } from '../json/value.ts';
import type { Schema } from '../schema.ts';

/**
 * The empty object of a built-in kind, as creates and first applies start from it. The API server holds built-in kinds
 * in Go structs: a struct that is no pointer is there even when nothing was set (its schema has the default `{}`), and
 * a required list or map is there as null. Custom resources have no such thing; theirs is `{ apiVersion, kind }`.
 */
export function emptyObject(schema: Schema): Record<string, unknown> {
  const empty: Record<string, unknown> = {};
  const required = new Set(schema.required);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const { default: fallback } = field;
    if (isJsonObject(fallback)) {
      if (Object.keys(fallback).length === 0) setOwn(empty, name, emptyObject(field));
    } else if (required.has(name)) {
      setOwn(empty, name, fallback ?? null);
    }
  }
  return empty;
}
