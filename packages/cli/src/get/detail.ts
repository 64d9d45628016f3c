import type { StageLedger, StageSet } from '@stageset/api';
import { formatRef } from '@stageset/k8s';
import { table } from '../output/table.ts';
import { padEnd, printable } from '../output/width.ts';
import { actionLines } from './action-lines.ts';
import { verdictOf } from './table.ts';

/** One StageSet for people: its verdict, its stages, and what they wait for. */
export function stageSetDetail(stageSet: StageSet, ledger?: StageLedger): string {
  const { metadata, spec, status } = stageSet;
  const { ready, reason, message } = verdictOf(stageSet);
  const lines = [
    field('Name:', metadata.name),
    field('Namespace:', metadata.namespace ?? ''),
    ...(spec.suspend === true ? [field('Suspended:', 'true')] : []),
    field('Ready:', `${ready} (${reason})`),
    ...(message === '' ? [] : [field('Message:', printable(message))]),
    ...(status?.version ? [field('Version:', status.version)] : []),
    ...(status?.lastHandledReconcileAt ? [field('Last handled reconcile:', status.lastHandledReconcileAt)] : []),
    'Stages:',
  ];
  const known = new Map(status?.stages?.map((stage) => [stage.name, stage]));
  const rows = spec.stages.map(({ name }) => {
    const stage = known.get(name);
    const objects = stage?.objects === undefined ? '-' : `${stage.objects.ready}/${stage.objects.total}`;
    return [
      `  ${name}`,
      stage?.phase ?? 'Pending',
      stage?.appliedRevision || '-',
      String(stage?.entriesCount ?? 0),
      objects,
    ];
  });
  const waits = (status?.stages ?? []).flatMap(({ name, waitingFor = [] }) =>
    waitingFor.map(
      (object) =>
        `  ${name} waits for ${formatRef(object)}: ${printable(object.message ?? object.reason ?? object.status)}`,
    ),
  );
  return [
    ...lines.map((line) => `${line}\n`),
    table(['  NAME', 'PHASE', 'REVISION', 'ENTRIES', 'READY'], rows),
    ...actionLines(stageSet, ledger),
    ...(waits.length === 0 ? [] : ['Waiting:\n', ...waits.map((line) => `${line}\n`)]),
  ].join('');
}

function field(label: string, value: string): string {
  return `${padEnd(label, 12)} ${value}`;
}
