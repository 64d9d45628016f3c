import type { PendingAction, Pin, Stage, StageSet } from '@stageset/api';
import type { LedgerFacts, StageActionFacts, VersionFact } from './facts.ts';
import { NO_ACTION_FACTS } from './facts.ts';
import { lifetimeActions } from './identity.ts';
import { type ActionContext, instant } from './plan-actions.ts';
import { type ActionRecord, hasRecord, recordOf } from './record.ts';

/** How often the actions of a stage with an unfinished action of scope Lifetime may fail in a row. */
export const MAX_ACTION_FAILURES = 5;

/** What a revision is called in ledgers. A source that names none is told apart by its content. */
export function revisionKey({ revision, digest }: Pick<Pin, 'revision' | 'digest'>): string {
  return revision === '' ? digest : revision;
}

/** The actions of one stage, as they stand. */
export interface StageActions {
  readonly record: ActionRecord;
  readonly context: ActionContext;
  /** Whether an action of scope Lifetime is still to be done. */
  readonly hasOpenLifetime: boolean;
}

export interface ActionWorld {
  readonly nowMs: number;
  readonly stageSet: StageSet;
  readonly actions: ReadonlyMap<string, StageActionFacts>;
  readonly ledger: LedgerFacts;
  readonly version: VersionFact;
}

/** What is remembered and known of the actions of a stage; nothing for one that never had any. */
export function stageActions(world: ActionWorld, stage: Stage, revision: string): StageActions | undefined {
  const { nowMs, stageSet, ledger } = world;
  const status = stageSet.status?.stages?.find(({ name }) => name === stage.name);
  if (!hasRecord(stage, status)) return undefined;
  const version = world.version.state === 'known' ? world.version.version : undefined;
  const record = recordOf({
    stage,
    status,
    revision,
    version,
    isFirstVersion: (stageSet.status?.version ?? '') === '',
    now: instant(nowMs),
  });
  const lifetime = completionsOf(ledger, stage.name);
  return {
    record,
    context: {
      nowMs,
      stage,
      owner: stageSet.metadata.uid ?? '',
      facts: world.actions.get(stage.name) ?? NO_ACTION_FACTS,
      lifetime,
      pending: pendingOf(ledger, stage.name),
    },
    hasOpenLifetime: lifetimeActions(stage).some(({ name }) => !lifetime.has(name)),
  };
}

/** Names of the actions of a stage that the StageLedger holds as done once ever. */
export function completionsOf({ object }: Pick<LedgerFacts, 'object'>, stage: string): ReadonlySet<string> {
  const done = object?.status?.completedActions ?? [];
  return new Set(done.filter((entry) => entry.stage === stage).map(({ action }) => action));
}

function pendingOf({ object }: LedgerFacts, stage: string): ReadonlyMap<string, PendingAction> {
  const pending = object?.status?.pendingActions ?? [];
  return new Map(pending.filter((entry) => entry.stage === stage).map((entry) => [entry.action, entry]));
}
