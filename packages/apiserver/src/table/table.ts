import type { KubeObject } from '@stageset/k8s';
import { partialMetadata } from '../http/render.ts';
import type { KindDefinition } from '../registry/kind.ts';
import { NAME_AND_CREATION } from './plain-tables.ts';

/** What of an object a table row carries along. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** Objects as a `Table`: what `kubectl get` prints. */
export function tableObject(
  kind: Pick<KindDefinition, 'table'>,
  items: readonly KubeObject[],
  metadata: object,
  options: { readonly include: IncludeObject; readonly now: number; readonly withColumns: boolean },
): object {
  const { columns, row } = kind.table() ?? NAME_AND_CREATION;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: options.withColumns ? columns : null,
    rows: items.map((item) => ({
      cells: row(item, options.now),
      object: options.include === 'None' ? null : options.include === 'Object' ? item : partialMetadata(item),
    })),
  };
}
