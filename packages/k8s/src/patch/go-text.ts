import { isJsonArray, isJsonObject } from '../json/value.ts';

/** Longer texts are cut: they go into error messages. */
const MAX_LENGTH = 2_000;

/** A JSON value as the API server's messages show it (Go's `%v`): `map[image:nginx name:web]`, `[a b]`, `<nil>`. */
export function goText(value: unknown): string {
  const text = show(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
}

function show(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (isJsonArray(value)) return `[${value.map(show).join(' ')}]`;
  if (!isJsonObject(value)) return String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${show(value[key])}`).join(' ')}]`;
}
