import type { StageLedger, StageSet, StageStatus } from '@stageset/api';
import { table } from '../output/table.ts';
import { printable } from '../output/width.ts';

/** What actions have done and are doing, and what the StageLedger holds; nothing for a StageSet without actions. */
export function actionLines({ spec, status }: StageSet, ledger: StageLedger | undefined): readonly string[] {
  const rows = spec.stages.flatMap(({ name }) =>
    rowsOf(
      name,
      status?.stages?.find((stage) => stage.name === name),
    ),
  );
  const done = (ledger?.status?.completedActions ?? []).map(({ stage, action, origin, completedAt, anchor }) => [
    `  ${stage}`,
    action,
    origin,
    completedAt,
    anchor === undefined ? '-' : `${anchor.kind} ${anchor.name}`,
  ]);
  return [
    ...(rows.length === 0 ? [] : ['Actions:\n', table(['  STAGE', 'ACTION', 'SCOPE', 'RESULT', 'AT', ''], rows)]),
    ...(done.length === 0 ? [] : ['Done once ever:\n', table(['  STAGE', 'ACTION', 'ORIGIN', 'AT', 'WITNESS'], done)]),
  ];
}

function rowsOf(stage: string, status: StageStatus | undefined): string[][] {
  const { action, actionRuns = [] } = status ?? {};
  const rows = actionRuns
    .filter(({ name }) => name !== action?.name)
    .map(({ name, scope, result, finishedAt, message }) => [
      `  ${stage}`,
      name,
      scope ?? '-',
      result,
      toSecond(finishedAt),
      printable(message ?? ''),
    ]);
  if (action === undefined) return rows;
  const { name, scope, state, startedAt, message } = action;
  return [...rows, [`  ${stage}`, name, scope, state, toSecond(startedAt), printable(message ?? '')]];
}

/** As Kubernetes tells times elsewhere. */
function toSecond(instant: string): string {
  return instant.replace(/\.\d+Z$/, 'Z');
}
