import { formatApiVersion, type GroupVersionKind } from '@stageset/k8s';
import type { TableColumn, TableDefinition } from '../contract.ts';
import { columnFacts } from '../facts.ts';
import type { Row } from './cells.ts';
import { CONFIG_ROWS } from './config.ts';
import { NETWORK_ROWS } from './network.ts';
import { PLATFORM_ROWS } from './platform.ts';
import { SECURITY_ROWS } from './security.ts';
import { STORAGE_ROWS } from './storage.ts';
import { SYSTEM_ROWS } from './system.ts';
import { WORKLOAD_ROWS } from './workloads.ts';

/** By group and kind; versions of one kind show the same. */
const ROWS: Readonly<Record<string, Row>> = {
  ...WORKLOAD_ROWS,
  ...NETWORK_ROWS,
  ...CONFIG_ROWS,
  ...SYSTEM_ROWS,
  ...SECURITY_ROWS,
  ...PLATFORM_ROWS,
  ...STORAGE_ROWS,
};

const tables = new Map<string, TableDefinition>();

/** How `kubectl get` shows a built-in kind; `undefined` means name and age. */
export function tableOf({ group, version, kind }: GroupVersionKind): TableDefinition | undefined {
  const key = `${group}/${kind}`;
  const row = Object.hasOwn(ROWS, key) ? ROWS[key] : undefined;
  const facts = columnFacts(`${formatApiVersion(group, version)}/${kind}`);
  if (row === undefined || facts === undefined) return undefined;
  const name = `${key}/${version}`;
  const known = tables.get(name);
  if (known !== undefined) return known;
  const columns = facts.map(
    ([title, type, format, priority]): TableColumn => ({ name: title, type, format, description: '', priority }),
  );
  const table = { columns, row };
  tables.set(name, table);
  return table;
}
