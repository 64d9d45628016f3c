import { getAt } from '@stageset/k8s';
import type { TableDefinition } from '../builtin/contract.ts';
import { shortAge } from './age.ts';
import { NAME } from './plain-tables.ts';

const column = (name: string, type: string) => ({ name, type, format: '', description: '', priority: 0 });

/** How the number of replicas of anything is shown. */
export const SCALE_TABLE: TableDefinition = {
  columns: [NAME, column('Desired', 'integer'), column('Available', 'integer'), column('Age', 'string')],
  row: (scale, now) => [
    scale.metadata.name,
    getAt(scale, ['spec', 'replicas']) ?? 0,
    getAt(scale, ['status', 'replicas']) ?? 0,
    shortAge(scale.metadata.creationTimestamp, now),
  ],
};
