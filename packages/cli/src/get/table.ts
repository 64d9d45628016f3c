import type { StageSet } from '@stageset/api';
import { table } from '../output/table.ts';

/** READY and REASON of the Ready condition, `Unknown` and `-` before the first verdict. */
export function verdictOf(stageSet: StageSet): {
  readonly ready: string;
  readonly reason: string;
  readonly message: string;
} {
  const condition = stageSet.status?.conditions?.find(({ type }) => type === 'Ready');
  return { ready: condition?.status ?? 'Unknown', reason: condition?.reason || '-', message: condition?.message ?? '' };
}

/** `-`, `held`, or until when a window holds. */
export function pendingOf({ status }: StageSet): string {
  if (status?.pendingUpdate === undefined) return '-';
  return status.pendingUpdate.nextWindowOpens === undefined
    ? 'held'
    : `held until ${status.pendingUpdate.nextWindowOpens}`;
}

export const NONE = 'No StageSets found.\n';

/** One line a StageSet, by namespace and name. */
export function stageSetTable(stageSets: readonly StageSet[], withNamespace: boolean): string {
  if (stageSets.length === 0) return NONE;
  const sorted = [...stageSets].sort(
    (a, b) =>
      compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compare(a.metadata.name, b.metadata.name),
  );
  const rows = sorted.map((stageSet) => {
    const { ready, reason } = verdictOf(stageSet);
    const done = stageSet.status?.stages?.filter(({ phase }) => phase === 'Ready').length ?? 0;
    const cells = [
      stageSet.metadata.name,
      ready,
      reason,
      `${done}/${stageSet.spec.stages.length}`,
      stageSet.status?.version || '-',
      pendingOf(stageSet),
    ];
    return withNamespace ? [stageSet.metadata.namespace ?? '', ...cells] : cells;
  });
  const header = ['NAME', 'READY', 'REASON', 'STAGES', 'VERSION', 'PENDING'];
  return table(withNamespace ? ['NAMESPACE', ...header] : header, rows);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
