import type { Action, ActionIntent, ActionList, ActionRun, Stage, StageStatus } from '@stageset/api';
import { actionsOf, scopeOf } from './identity.ts';

/**
 * What is remembered of the actions of one stage: the part of its status that is theirs. It is a value; what a plan adds
 * to it is durable before anything else is done.
 */
export interface ActionRecord {
  /** Done for `revision`. */
  readonly executed: readonly string[];
  readonly revision: string;
  /** Done for `version`. */
  readonly versionExecuted: readonly string[];
  readonly version: string | undefined;
  readonly intent: ActionIntent | undefined;
  readonly runs: readonly ActionRun[];
  /** The failed delivery that `onFailure` has been run for. */
  readonly onFailureRanFor: string | undefined;
  readonly forcedBy: string | undefined;
  readonly lastHandled: string | undefined;
}

export interface RecordContext {
  readonly stage: Stage;
  readonly status: StageStatus | undefined;
  /** The revision that the ledger is for. */
  readonly revision: string;
  /** The version that the ledger is for, where the StageSet has one. */
  readonly version: string | undefined;
  /** Whether a version is delivered for the first time: what is counted by it is taken to be done. */
  readonly isFirstVersion: boolean;
  readonly now: string;
}

/** Whether there is anything to remember for a stage. */
export function hasRecord(stage: Stage, status: StageStatus | undefined): boolean {
  const { pre = [], post = [], onFailure = [] } = stage.actions ?? {};
  const isEmpty = pre.length + post.length + onFailure.length === 0;
  return !isEmpty || status?.action !== undefined || status?.forcedBy !== undefined || status?.actionRuns !== undefined;
}

/**
 * What status says, brought to the revision and the version that are delivered now: what is done for others does not
 * count. With the first version, actions of scope Version count as done without being run.
 */
export function recordOf({ stage, status, revision, version, isFirstVersion, now }: RecordContext): ActionRecord {
  const all = [...actionsOf(stage, 'pre'), ...actionsOf(stage, 'post'), ...actionsOf(stage, 'onFailure')];
  const names = new Set(all.map(({ name }) => name));
  const sameVersion = status?.ledgerVersion === version && version !== undefined;
  const record: ActionRecord = {
    executed: status?.ledgerRevision === revision ? (status.executedActions ?? []) : [],
    revision,
    versionExecuted: sameVersion ? (status?.executedVersionActions ?? []) : [],
    version,
    intent: status?.action,
    runs: (status?.actionRuns ?? []).filter(({ name }) => names.has(name)),
    onFailureRanFor: status?.onFailureRanFor,
    forcedBy: status?.forcedBy,
    lastHandled: status?.lastHandledReconcileAt,
  };
  if (version === undefined || !isFirstVersion) return record;
  const counted = (['pre', 'post'] as const).flatMap((list) =>
    actionsOf(stage, list).filter((action) => scopeOf(action, list) === 'Version'),
  );
  return counted.reduce((before, { name }) => baselined(before, name, now), record);
}

function baselined(record: ActionRecord, name: string, now: string): ActionRecord {
  if (record.versionExecuted.includes(name)) return record;
  const before = record.runs.find((run) => run.name === name);
  const run: ActionRun = {
    name,
    result: 'Skipped',
    scope: 'Version',
    digest: '',
    finishedAt: now,
    attempts: before?.attempts ?? 0,
  };
  return { ...record, versionExecuted: [...record.versionExecuted, name], runs: withRun(record.runs, run) };
}

/** How often an action has come to an end that is known. */
export function attemptsOf(record: ActionRecord, name: string): number {
  return record.runs.find((run) => run.name === name)?.attempts ?? 0;
}

export function withRun(runs: readonly ActionRun[], run: ActionRun): readonly ActionRun[] {
  return runs.some(({ name }) => name === run.name)
    ? runs.map((before) => (before.name === run.name ? run : before))
    : [...runs, run];
}

/** The intent has come to its end; `isKnown` says whether that end is: the next run is another effect then. */
export function ended(
  record: ActionRecord,
  intent: ActionIntent,
  end: {
    readonly result: 'Succeeded' | 'Failed';
    readonly now: string;
    readonly isKnown: boolean;
    readonly message?: string;
  },
): ActionRecord {
  const { name, digest, key, scope, startedAt } = intent;
  const run: ActionRun = {
    name,
    result: end.result,
    scope,
    digest,
    key,
    startedAt,
    finishedAt: end.now,
    attempts: attemptsOf(record, name) + (end.isKnown ? 1 : 0),
    ...(end.message === undefined ? {} : { message: end.message }),
  };
  return { ...record, intent: undefined, runs: withRun(record.runs, run) };
}

/** The action is done, in the ledger of its scope. Completions of scope Lifetime are in the StageLedger. */
export function completed(record: ActionRecord, intent: ActionIntent, now: string): ActionRecord {
  const after = ended(record, intent, { result: 'Succeeded', now, isKnown: true });
  const { name, scope } = intent;
  if (scope === 'Revision') return { ...after, executed: with_(after.executed, name) };
  return scope === 'Version' ? { ...after, versionExecuted: with_(after.versionExecuted, name) } : after;
}

function with_(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name];
}

/** Whether an action counts as done, by whichever ledger holds its name. */
export function isDone(record: ActionRecord, { name }: Action, lifetime: ReadonlySet<string>): boolean {
  return record.executed.includes(name) || record.versionExecuted.includes(name) || lifetime.has(name);
}

/** The ledger of a stage that has become ready: a request is answered, and another failure is another one. */
export function settledRecord(record: ActionRecord, stage: Stage): ActionRecord {
  const hooks = new Set(actionsOf(stage, 'onFailure').map(({ name }) => name));
  return {
    ...record,
    executed: record.executed.filter((name) => !hooks.has(name)),
    onFailureRanFor: undefined,
    forcedBy: undefined,
    lastHandled: record.forcedBy ?? record.lastHandled,
  };
}

/** The fields of a stage's status that a record is written as. */
export function recordFields(record: ActionRecord): Partial<StageStatus> {
  const { executed, revision, versionExecuted, version, intent, runs, onFailureRanFor, forcedBy, lastHandled } = record;
  return {
    ...(executed.length === 0 ? {} : { executedActions: [...executed] }),
    ledgerRevision: revision,
    ...(versionExecuted.length === 0 ? {} : { executedVersionActions: [...versionExecuted] }),
    ...(version === undefined ? {} : { ledgerVersion: version }),
    ...(intent === undefined ? {} : { action: intent }),
    ...(runs.length === 0 ? {} : { actionRuns: [...runs] }),
    ...(onFailureRanFor === undefined ? {} : { onFailureRanFor }),
    ...(forcedBy === undefined ? {} : { forcedBy }),
    ...(lastHandled === undefined ? {} : { lastHandledReconcileAt: lastHandled }),
  };
}

/** Whether Jobs have been created and nobody has told of their end yet. */
export function hasOpenJobs(intent: ActionIntent | undefined): boolean {
  const { verb, state, jobs = [] } = intent ?? {};
  return verb === 'job' && jobs.length > 0 && (state === 'Running' || state === 'Stopping');
}

/** The names of the fields that {@link recordFields} writes. */
export const RECORD_FIELDS = [
  'executedActions',
  'ledgerRevision',
  'executedVersionActions',
  'ledgerVersion',
  'action',
  'actionRuns',
  'onFailureRanFor',
  'forcedBy',
  'lastHandledReconcileAt',
] as const satisfies readonly (keyof StageStatus)[];

export type { ActionList };
