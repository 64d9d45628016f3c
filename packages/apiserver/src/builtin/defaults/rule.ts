import type { Fields } from '../fields.ts';

/** What a type gets where its fields were not given: a value, or one reckoned from the other fields. */
export type DefaultRule = Readonly<Fields> | ((fields: Fields) => void);

/** Sets fields that are absent, or present as a zero value that Go cannot tell from absent. */
export function setAbsent(fields: Fields, values: Readonly<Fields>): void {
  for (const [name, value] of Object.entries(values)) {
    const given = fields[name];
    if (given === undefined || given === '' || given === null) fields[name] = structuredClone(value);
  }
}
