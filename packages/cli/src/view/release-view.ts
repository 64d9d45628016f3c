import { isReason, REASONS, type StageSet, type StageStatus, type WaitingFor } from '@stageset/api';
import { formatRef } from '@stageset/k8s';
import type { ReleaseState, ReleaseView, StageView } from './rollout.ts';

/** Revisions that stages are to reach, by stage name: what was just published for them. */
export type WantedRevisions = ReadonlyMap<string, string>;

const NONE: WantedRevisions = new Map();

/** What a StageSet's status says to a person. Pure. */
export function releaseView(stageSet: StageSet, wanted: WantedRevisions = NONE): ReleaseView {
  const ready = stageSet.status?.conditions?.find((condition) => condition.type === 'Ready');
  const known = new Map(stageSet.status?.stages?.map((stage) => [stage.name, stage]));
  const stages = stageSet.spec.stages.map(({ name }) => stageView(name, known.get(name)));
  return {
    id: `${stageSet.metadata.namespace ?? 'default'}/${stageSet.metadata.name}`,
    state: stateOf(stageSet, stages, wanted),
    reason: ready?.reason ?? '',
    message: ready?.message ?? '',
    isHeld: ready?.status === 'False' && isHold(ready.reason),
    stages,
  };
}

function stateOf(stageSet: StageSet, stages: readonly StageView[], wanted: WantedRevisions): ReleaseState {
  if (stageSet.spec.suspend === true) return 'suspended';
  const ready = stageSet.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready === undefined) return 'pending';
  if (ready.observedGeneration !== stageSet.metadata.generation) return 'progressing';
  if (ready.status === 'True') {
    const behind = stages.some((stage) => wanted.has(stage.name) && wanted.get(stage.name) !== stage.revision);
    return behind ? 'progressing' : 'ready';
  }
  return ready.status === 'False' && hasFailed(ready.reason) ? 'failed' : 'progressing';
}

function isHold(reason: string): boolean {
  const kind: string = isReason(reason) ? REASONS[reason].class : '';
  return kind === 'waiting' || kind === 'held';
}

/** Waiting and holding are on their way; what is invalid, denied or has failed is not, until somebody mends it. */
function hasFailed(reason: string): boolean {
  if (!isReason(reason)) return true;
  const kind: string = REASONS[reason].class;
  return kind === 'invalid' || kind === 'denied' || kind === 'failed';
}

function stageView(name: string, status: StageStatus | undefined): StageView {
  const { ready = 0, total = status?.entriesCount ?? 0 } = status?.objects ?? {};
  const phase = status?.phase ?? 'Pending';
  return {
    name,
    phase,
    ready: phase === 'Ready' ? total : ready,
    total,
    revision: status?.appliedRevision ?? '',
    waitingFor: waitingText(status?.waitingFor ?? []),
    message: status?.message ?? '',
  };
}

function waitingText([first, ...others]: readonly WaitingFor[]): string | undefined {
  if (first === undefined) return undefined;
  const why = first.message ?? first.reason ?? first.status;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${formatRef(first)}: ${why}${more}`;
}
