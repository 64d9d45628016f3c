import { readFileSync } from 'node:fs';
import { gvkOf, type KubeObject } from '@stageset/k8s';
import { expect, test } from 'vitest';
import { tableOf } from './tables.ts';

interface Golden {
  readonly now: number;
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: KubeObject }[];
}

/** What a real API server prints of a cluster in use, recorded by tools/built-in-goldens.ts. */
const golden = JSON.parse(readFileSync(new URL('../golden/tables.json', import.meta.url), 'utf8')) as Golden;

/** An age may have ticked on between the answer and the moment that was written down with it. */
const AGE = /^\d+[smhdy](\d+[smhdy])?$/;
const settled = (cell: unknown): unknown => (typeof cell === 'string' && AGE.test(cell) ? 'AGE' : cell);

for (const { object, cells } of golden.rows) {
  const table = tableOf(gvkOf(object));
  if (table === undefined) continue;
  test(`${object.kind} ${object.metadata.name} is shown as a real server shows it`, () => {
    const row = table.row(object, golden.now);
    // For addresses of services it sends one cell more than there are columns.
    expect(row.map(settled)).toEqual(cells.slice(0, table.columns.length).map(settled));
    expect(row).toHaveLength(table.columns.length);
  });
}
