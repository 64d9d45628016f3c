import type { ObjectSet } from '../accumulate/object-set.ts';
import type { ResourceId } from '../accumulate/resource.ts';
import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import type { SortOptions } from '../load/kustomization.ts';
import { ORDER_FIRST, ORDER_LAST } from './field-specs.ts';

/**
 * Puts the objects in the order that a kustomization asks for: `fifo` as they were loaded, `legacy` by kind.
 *
 * @throws BuildError for an unknown order, or options that do not belong to it.
 */
export function sortObjects(set: ObjectSet, options: SortOptions, at: ProblemDetail): void {
  const { order, legacySortOptions } = options;
  if (order !== 'fifo' && order !== 'legacy') {
    throw new BuildError({ ...at, message: `sortOptions.order must be fifo or legacy, not "${order ?? ''}"` });
  }
  if (order === 'fifo') {
    if (legacySortOptions === undefined) return;
    throw new BuildError({ ...at, message: 'legacySortOptions is set but the order is fifo, not legacy' });
  }
  const first = legacySortOptions === undefined ? ORDER_FIRST : (legacySortOptions.orderFirst ?? []);
  const last = legacySortOptions === undefined ? ORDER_LAST : (legacySortOptions.orderLast ?? []);
  const ranks = new Map<string, number>();
  first.forEach((kind, i) => {
    ranks.set(kind, i - first.length);
  });
  last.forEach((kind, i) => {
    ranks.set(kind, i + 1);
  });
  const keyed = set.all.map((resource) => ({ resource, id: resource.id }));
  keyed.sort((a, b) => compare(a.id, b.id, ranks));
  set.reorder(keyed.map(({ resource }) => resource));
}

function compare(a: ResourceId, b: ResourceId, ranks: ReadonlyMap<string, number>): number {
  const sameKind = a.group === b.group && a.version === b.version && a.kind === b.kind;
  if (sameKind) return compareText(idText(a), idText(b));
  const rank = (ranks.get(a.kind) ?? 0) - (ranks.get(b.kind) ?? 0);
  if (rank !== 0) return rank;
  const order = compareText(gvkText(a), gvkText(b));
  // The core Namespace comes before namespaces of other groups, though its text sorts behind theirs.
  const namespaces = a.kind === 'Namespace' && b.kind === 'Namespace' && (a.group === '' || b.group === '');
  return namespaces ? -order : order;
}

function gvkText(id: ResourceId): string {
  return `${id.group || '~G'}_${id.version || '~V'}_${id.kind || '~K'}`;
}

function idText(id: ResourceId): string {
  return `${id.namespace || '~X'}|${id.name || '~N'}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
