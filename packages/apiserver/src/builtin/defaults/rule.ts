import type { Fields } from '../decode.ts';

/** What a type gets where its fields were not given: a value, or one reckoned from the other fields. */
export type DefaultRule = Readonly<Record<string, unknown>> | ((fields: Fields) => void);

/** Sets fields that are absent, or present as the zero value that Go cannot tell from absent. */
export function setAbsent(fields: Fields, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    const given = fields[name];
    if (given === undefined || given === '' || given === null) fields[name] = structuredClone(value);
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under a name, or an empty one that is not attached. */
export function fieldsAt(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isFields(value) ? value : {};
}

export function listAt(fields: Fields, name: string): readonly Fields[] {
  const value = fields[name];
  return Array.isArray(value) ? value.filter(isFields) : [];
}
