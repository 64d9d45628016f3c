import { deepEqual } from '@stageset/k8s';
import { conditionOf } from '../builtin/conditions.ts';
import { type Fields, listAt } from '../builtin/fields.ts';

export { conditionOf };

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly [field: string]: unknown;
}

export function isTrue(status: Readonly<Fields>, type: string): boolean {
  return conditionOf(status, type)?.['status'] === 'True';
}

/**
 * The conditions with these put in their place. A condition keeps the time of its last transition while its status is
 * the same, and is left alone when nothing of it changes. `touch` names a field that takes the time of any change.
 */
export function withConditions(
  status: Readonly<Fields>,
  wanted: readonly Condition[],
  nowIso: string,
  touch?: string,
): readonly Fields[] {
  const present = listAt(status, 'conditions');
  const byType = new Map<unknown, Fields>(present.map((condition) => [condition['type'], condition]));
  for (const condition of wanted) {
    byType.set(condition.type, merged(byType.get(condition.type), condition, nowIso, touch));
  }
  return [...byType.values()];
}

function merged(old: Fields | undefined, condition: Condition, nowIso: string, touch: string | undefined): Fields {
  const since = old !== undefined && old['status'] === condition.status ? old['lastTransitionTime'] : nowIso;
  const next: Fields = { ...condition, lastTransitionTime: since };
  if (touch === undefined) return next;
  const kept = { ...next, [touch]: old?.[touch] };
  return old !== undefined && deepEqual(old, kept) ? old : { ...next, [touch]: nowIso };
}
