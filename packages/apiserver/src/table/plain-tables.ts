import type { TableColumn, TableDefinition } from '../builtin/contract.ts';
import { shortAge } from './age.ts';

export const NAME: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique within its namespace.',
  priority: 0,
};
const AGE: TableColumn = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'Time since the object was created.',
  priority: 0,
};
const CREATED_AT: TableColumn = { ...AGE, name: 'Created At', description: 'When the object was created.' };

/** How built-in kinds are shown that have no table of their own. */
export const NAME_AND_CREATION: TableDefinition = {
  columns: [NAME, CREATED_AT],
  row: ({ metadata }) => [metadata.name, metadata.creationTimestamp ?? null],
};

/** How custom kinds are shown that have no printer columns. */
export const NAME_AND_AGE: TableDefinition = {
  columns: [NAME, AGE],
  row: ({ metadata }, now) => [metadata.name, shortAge(metadata.creationTimestamp, now)],
};
