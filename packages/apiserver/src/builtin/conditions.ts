import { type Fields, listAt } from './fields.ts';

/** One condition of a status by its type. */
export function conditionOf(status: Readonly<Fields>, type: string): Fields | undefined {
  return listAt(status, 'conditions').find((condition) => condition['type'] === type);
}
