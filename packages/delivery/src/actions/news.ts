import type { ActionScope, StageLedger, StageSet, StageSetStatus, StageStatus } from '@stageset/api';
import { actionsOf } from './identity.ts';

interface NewsEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
}

/** Something about actions that a change of status brings, for events and metrics. */
export type ActionNews =
  /** An action in `pre` or `post` has been carried out. */
  | { readonly kind: 'ran'; readonly scope: ActionScope; readonly event?: NewsEvent }
  /** A new StageSet has found what another of its name had done once ever. */
  | { readonly kind: 'adopted'; readonly event: NewsEvent }
  /** Counted by version, and not run for another revision. */
  | { readonly kind: 'skipped'; readonly event: NewsEvent }
  | { readonly kind: 'hook-failed'; readonly event: NewsEvent };

/** What is new about actions in a status. Each is told once, since it is told with the write that makes it so. */
export function actionNews(
  stageSet: StageSet,
  before: StageSetStatus,
  after: StageSetStatus,
  ledger?: StageLedger,
): ActionNews[] {
  return [...adoptions(before, after, ledger), ...ofStages(stageSet, before, after)];
}

function adoptions(before: StageSetStatus, after: StageSetStatus, ledger: StageLedger | undefined): ActionNews[] {
  const done = ledger?.status?.completedActions ?? [];
  if (before.run !== undefined || after.run === undefined || done.length === 0) return [];
  const named = done.slice(0, 5).map(({ stage, action }) => `${stage}/${action}`);
  const rest = done.length > named.length ? ` and ${done.length - named.length} more` : '';
  const note = `StageLedger ${ledger?.metadata.name} holds what is done once ever and is not run again: ${named.join(', ')}${rest}`;
  return [{ kind: 'adopted', event: { type: 'Normal', reason: 'LedgerAdopted', note } }];
}

function ofStages(stageSet: StageSet, before: StageSetStatus, after: StageSetStatus): ActionNews[] {
  return (after.stages ?? []).flatMap((stage) => {
    const old = before.stages?.find(({ name }) => name === stage.name);
    return [...runs(stageSet, old, stage), ...skips(stageSet, old, stage)];
  });
}

function runs({ spec }: StageSet, before: StageStatus | undefined, after: StageStatus): ActionNews[] {
  const stage = spec.stages.find(({ name }) => name === after.name);
  const hooks = new Set(stage === undefined ? [] : actionsOf(stage, 'onFailure').map(({ name }) => name));
  return (after.actionRuns ?? []).flatMap((run): ActionNews[] => {
    const old = before?.actionRuns?.find(({ name }) => name === run.name);
    const isNews = old?.key !== run.key || old?.attempts !== run.attempts || old.finishedAt !== run.finishedAt;
    if (!isNews) return [];
    if (run.result === 'Succeeded' && !hooks.has(run.name)) return [{ kind: 'ran', scope: run.scope ?? 'Revision' }];
    if (run.result !== 'Failed' || !hooks.has(run.name)) return [];
    // A failed attempt that is followed by another is not the end of it.
    if (after.action?.name === run.name) return [];
    const note = `stage "${after.name}" onFailure action "${run.name}" failed: ${run.message ?? 'no reason given'}; the rest of onFailure is left out`;
    return [{ kind: 'hook-failed', event: { type: 'Warning', reason: 'OnFailureAction', note } }];
  });
}

function skips({ spec }: StageSet, before: StageStatus | undefined, after: StageStatus): ActionNews[] {
  const stage = spec.stages.find(({ name }) => name === after.name);
  if (stage === undefined || before?.ledgerRevision === undefined) return [];
  if (before.ledgerRevision === after.ledgerRevision || before.ledgerVersion !== after.ledgerVersion) return [];
  const counted = [...actionsOf(stage, 'pre'), ...actionsOf(stage, 'post')].filter(({ scope }) => scope === 'Version');
  return counted
    .filter(({ name }) => before.executedVersionActions?.includes(name) === true)
    .map(({ name }) => {
      const note = `stage "${after.name}" action "${name}" is not run for ${after.ledgerRevision}: it is done for version ${after.ledgerVersion}`;
      return { kind: 'skipped', event: { type: 'Normal', reason: 'ActionSkipped', note } };
    });
}
