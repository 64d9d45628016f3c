/** A JSON object whose content is not checked yet. */
export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at a path, or an empty one that is not attached. */
export function fieldsAt(from: Readonly<Fields>, ...path: readonly string[]): Fields {
  let value: unknown = from;
  for (const name of path) value = isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return isFields(value) ? value : {};
}

/** The objects of a list; what is no object is passed over. */
export function listAt(from: Readonly<Fields>, name: string): readonly Fields[] {
  const value = from[name];
  return Array.isArray(value) ? value.filter(isFields) : [];
}

export function textAt(from: Readonly<Fields>, name: string): string | undefined {
  const value = from[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberAt(from: Readonly<Fields>, name: string): number | undefined {
  const value = from[name];
  return typeof value === 'number' ? value : undefined;
}
