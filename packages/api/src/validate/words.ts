/** Words for JSON values in messages. */

export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

const ARTICLED: Readonly<Record<string, string>> = {
  null: 'null',
  array: 'a list',
  object: 'a map of fields',
  integer: 'a whole number',
  boolean: 'true or false',
};

/** `string` → `a string`. */
export function articled(type: string): string {
  return ARTICLED[type] ?? `a ${type}`;
}

/** The value, where it is plain enough to be shown. */
export function plain(value: unknown): { readonly value?: string | number | boolean | null } {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
    ? { value: value as string | number | boolean | null }
    : {};
}
