import type { JsonObject, KubeObject } from '@stageset/k8s';
import type { TableColumn, TableDefinition } from '../builtin/contract.ts';
import { shortAge } from './age.ts';
import { compileJsonPath } from './json-path.ts';
import { NAME, NAME_AND_AGE } from './plain-tables.ts';

interface CompiledColumn extends TableColumn {
  readonly read: (object: KubeObject) => readonly unknown[];
}

/** How a custom kind is shown: by its printer columns, or by name and age when it has none. */
export function printerColumns(columns: readonly JsonObject[]): TableDefinition {
  if (columns.length === 0) return NAME_AND_AGE;
  const compiled = columns.map(compile);
  return {
    columns: [NAME, ...compiled.map(({ read: _, ...column }) => column)],
    row: (object, now) => [object.metadata.name, ...compiled.map((column) => cell(column, object, now))],
  };
}

function compile(column: JsonObject): CompiledColumn {
  const text = (key: string) => (typeof column[key] === 'string' ? column[key] : '');
  const path = text('jsonPath');
  return {
    name: text('name'),
    type: text('type'),
    format: text('format'),
    description: text('description') || `Custom resource definition column (in JSONPath format): ${path}`,
    priority: typeof column['priority'] === 'number' ? column['priority'] : 0,
    read: compileJsonPath(path),
  };
}

/** What is not there is an empty cell, which `kubectl` shows as `<none>`. */
function cell({ type, read }: CompiledColumn, object: KubeObject, now: number): unknown {
  const [value] = read(object);
  if (value === undefined || value === null) return null;
  if (type === 'date') return typeof value === 'string' ? shortAge(value, now) : null;
  if (type === 'integer') return typeof value === 'number' ? Math.trunc(value) : null;
  if (type === 'number') return typeof value === 'number' ? value : null;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
