import { isReason, REASONS, type StageSet, type StageStatus, type WaitingFor } from '@stageset/api';
import { formatRef } from '@stageset/k8s';
import type { ReleaseState, ReleaseView, StageView } from './rollout.ts';

/** What a status has to be about before its verdict counts. A status that is older tells of an earlier rollout. */
export interface Awaited {
  /** Revisions that stages are to reach, by stage name: what was published for them last. */
  readonly revisions: ReadonlyMap<string, string>;
  /** Token of the request that has to be acted on. */
  readonly requestedAt?: string;
}

const NOTHING: Awaited = { revisions: new Map() };

/** What a StageSet's status says to a person of the rollout that is awaited. Pure. */
export function releaseView(stageSet: StageSet, awaited: Awaited = NOTHING): ReleaseView {
  const state = stateOf(stageSet, awaited);
  const isOld = !isAnswered(stageSet, awaited);
  const ready = isOld ? undefined : readyOf(stageSet);
  const known = new Map(stageSet.status?.stages?.map((stage) => [stage.name, stage]));
  const isOnItsWay = state === 'progressing' && ready?.status !== 'False';
  return {
    id: `${stageSet.metadata.namespace ?? 'default'}/${stageSet.metadata.name}`,
    state,
    reason: ready?.reason ?? '',
    message: ready?.message ?? '',
    isHeld: ready?.status === 'False' && isHold(ready.reason),
    isCleaningUp: state === 'failed' && isCleaningUp(stageSet),
    stages: stageSet.spec.stages.map(({ name }) => {
      const stage = stageView(name, known.get(name), cleanUpOf(stageSet, name));
      const isBehind = stage.phase === 'Ready' && isBehindOf(stage.revision, awaited.revisions.get(name));
      // While a run is on its way, a failure is one of the run before: this one has yet to come to the stage.
      const isAhead = isOld || isBehind || (isOnItsWay && stage.phase === 'Failed');
      return isAhead
        ? { ...stage, phase: 'Pending', ready: 0, waitingFor: undefined, action: undefined, message: '' }
        : stage;
    }),
  };
}

function stateOf(stageSet: StageSet, awaited: Awaited): ReleaseState {
  const { metadata, spec, status } = stageSet;
  if (spec.suspend === true) return 'suspended';
  const ready = readyOf(stageSet);
  if (ready === undefined) return 'pending';
  if (!isAnswered(stageSet, awaited) || ready.observedGeneration !== metadata.generation) return 'progressing';
  if (ready.status === 'True') {
    const reached = new Map(status?.stages?.map((stage) => [stage.name, stage.appliedRevision]));
    const isReached = [...awaited.revisions].every(([stage, revision]) => !isBehindOf(reached.get(stage), revision));
    return isReached ? 'ready' : 'progressing';
  }
  if (ready.status !== 'False' || !hasFailed(ready.reason)) return 'progressing';
  return isOfAnEarlierRun(stageSet, ready.reason, awaited) ? 'progressing' : 'failed';
}

function readyOf({ status }: StageSet) {
  return status?.conditions?.find((condition) => condition.type === 'Ready');
}

function isAnswered({ status }: StageSet, { requestedAt }: Awaited): boolean {
  return requestedAt === undefined || status?.lastHandledReconcileAt === requestedAt;
}

function isBehindOf(revision: string | undefined, wanted: string | undefined): boolean {
  return wanted !== undefined && wanted !== revision;
}

/**
 * Whether a failure is one of a run that delivers something else. What keeps a run from beginning (a spec that is invalid,
 * a source that may not be read) is told of the newest, whatever was pinned before.
 */
function isOfAnEarlierRun({ status }: StageSet, reason: string, { revisions }: Awaited): boolean {
  const kind: string = isReason(reason) ? REASONS[reason].class : '';
  if (kind !== 'failed' || reason === 'ResolveFailed') return false;
  return (status?.run?.pins ?? []).some(({ stage, revision }) => isBehindOf(revision, revisions.get(stage)));
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

/** What has come of `onFailure`, once it is over for what is delivered now. */
function cleanUpOf({ spec, status }: StageSet, name: string): string {
  const stage = status?.stages?.find((known) => known.name === name);
  if (stage?.onFailureRanFor !== `${status?.run?.generation}/${stage?.ledgerRevision}`) return '';
  const actions = spec.stages.find((known) => known.name === name)?.actions?.onFailure ?? [];
  const runs = new Map(stage.actionRuns?.map((run) => [run.name, run]));
  const told = actions.map(({ name: action }) => {
    const { result, message = '' } = runs.get(action) ?? { result: 'Skipped' as const };
    if (result === 'Succeeded') return `${action} done`;
    return result === 'Failed' ? `${action} failed (${message})` : `${action} left out`;
  });
  return told.join(', ');
}

function stageView(name: string, status: StageStatus | undefined, cleanUp: string): StageView {
  const { ready = 0, total = status?.entriesCount ?? 0 } = status?.objects ?? {};
  const phase = status?.phase ?? 'Pending';
  return {
    name,
    phase,
    ready: phase === 'Ready' ? total : ready,
    total,
    revision: status?.appliedRevision ?? '',
    waitingFor: waitingText(status?.waitingFor ?? []),
    ...(cleanUp === '' ? {} : { cleanUp }),
    action: status?.action === undefined || phase === 'Failed' ? undefined : (status.message ?? status.action.name),
    message: status?.message ?? '',
  };
}

function waitingText([first, ...others]: readonly WaitingFor[]): string | undefined {
  if (first === undefined) return undefined;
  const why = first.message ?? first.reason ?? first.status;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${formatRef(first)}: ${why}${more}`;
}

/**
 * Whether `onFailure` is under way, or will be with the next pass: a failure of `post` is told before its clean-up begins.
 * Whoever stops the controller at a failure would stop it, too.
 */
function isCleaningUp({ spec, status }: StageSet): boolean {
  const { run, stages = [] } = status ?? {};
  return stages.some(({ name, phase, action, actionRuns = [], onFailureRanFor, ledgerRevision }) => {
    if (action?.list === 'onFailure') return true;
    const { post = [], onFailure = [] } = spec.stages.find((stage) => stage.name === name)?.actions ?? {};
    const isOver = onFailureRanFor === `${run?.generation}/${ledgerRevision}`;
    if (phase !== 'Failed' || onFailure.length === 0 || isOver || isHalted(status)) return false;
    const began = Date.parse(run?.startedAt ?? '');
    return actionRuns.some(
      ({ name: ran, result, finishedAt }) =>
        result === 'Failed' && post.some((one) => one.name === ran) && Date.parse(finishedAt) >= began,
    );
  });
}

/** After too many failures nothing is done by itself any more, not even that. */
function isHalted(status: StageSet['status']): boolean {
  return status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'ActionDirty') === true;
}
