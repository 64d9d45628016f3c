import type { CompletedAction, Condition, Stage, StageLedger, StageLedgerStatus, StageSet } from '@stageset/api';
import { deepEqual } from '@stageset/k8s';
import { formatInstant } from '../status/instant.ts';
import type { AnchorFact, LedgerFacts } from './facts.ts';
import { hasLifetimeActions, lifetimeActions } from './identity.ts';

/** Something about a StageLedger that people are told of by an event. */
export interface LedgerNote {
  readonly reason: 'LedgerInvalidated' | 'LedgerAnchorUnreadable' | 'BaselineInvalid';
  readonly note: string;
}

/** Makes a StageLedger what its baseline and the witnesses of its completions say. */
export interface KeepLedgerStep {
  readonly kind: 'keep-ledger';
  /** Only when it is there already. */
  readonly status?: StageLedgerStatus;
  readonly notes: readonly LedgerNote[];
}

export const BASELINE_VALID = 'BaselineValid';
const ANCHORS_READABLE = 'AnchorsReadable';

/**
 * What has to be written into the StageLedger before any stage is looked at; nothing, when it is as it should be. Without
 * an action of scope Lifetime there is none to create.
 */
export function planLedger(stageSet: StageSet, ledger: LedgerFacts, nowMs: number): KeepLedgerStep | undefined {
  const { object } = ledger;
  if (object === undefined) {
    return hasLifetimeActions(stageSet) ? { kind: 'keep-ledger', notes: [] } : undefined;
  }
  const notes: LedgerNote[] = [];
  const now = formatInstant(nowMs);
  const before = object.status ?? {};
  const witnessed = withoutLostWitnesses(before.completedActions ?? [], ledger.anchors, notes);
  const { completed, unresolved } = withBaseline(stageSet, object, witnessed, now);
  const conditions = foldConditions(
    before.conditions ?? [],
    object,
    { unresolved, anchors: ledger.anchors, now },
    notes,
  );
  const isSame =
    completed.length === (before.completedActions ?? []).length &&
    completed.every((entry, i) => entry === before.completedActions?.[i]) &&
    deepEqual(conditions, before.conditions ?? []);
  if (isSame) return undefined;
  return {
    kind: 'keep-ledger',
    status: { ...before, completedActions: [...completed], ...(conditions.length === 0 ? {} : { conditions }) },
    notes,
  };
}

function withoutLostWitnesses(
  completed: readonly CompletedAction[],
  anchors: readonly AnchorFact[],
  notes: LedgerNote[],
): readonly CompletedAction[] {
  return completed.filter((entry) => {
    if (entry.anchor === undefined) return true;
    const fact = anchors.find(({ stage, action }) => stage === entry.stage && action === entry.action)?.target;
    const isAnother = fact?.state === 'present' && fact.object.metadata.uid !== entry.anchor.uid;
    if (fact?.state !== 'absent' && !isAnother) return true;
    const what = isAnother ? 'is another object now' : 'is gone';
    notes.push({
      reason: 'LedgerInvalidated',
      note: `stage "${entry.stage}" action "${entry.action}" runs again: its witness ${entry.anchor.kind} ${entry.anchor.name} ${what}`,
    });
    return false;
  });
}

function withBaseline(
  { spec }: StageSet,
  ledger: StageLedger,
  completed: readonly CompletedAction[],
  now: string,
): { readonly completed: readonly CompletedAction[]; readonly unresolved: readonly string[] } {
  const unresolved: string[] = [];
  const added: CompletedAction[] = [];
  for (const { stage, action } of ledger.spec?.baseline ?? []) {
    const known = spec.stages.find(({ name }) => name === stage);
    if (known === undefined || !isLifetime(known, action)) unresolved.push(`${stage}/${action}`);
    else if (![...completed, ...added].some((entry) => entry.stage === stage && entry.action === action)) {
      added.push({ stage, action, origin: 'Baselined', completedAt: now });
    }
  }
  return { completed: added.length === 0 ? completed : [...completed, ...added], unresolved };
}

function isLifetime(stage: Stage, action: string): boolean {
  return lifetimeActions(stage).some(({ name }) => name === action);
}

interface Moment {
  readonly unresolved: readonly string[];
  readonly anchors: readonly AnchorFact[];
  readonly now: string;
}

function foldConditions(
  before: readonly Condition[],
  ledger: StageLedger,
  { unresolved, anchors, now }: Moment,
  notes: LedgerNote[],
): Condition[] {
  const told = (type: string) => before.find((condition) => condition.type === type);
  const conditions = before.filter(({ type }) => type !== BASELINE_VALID && type !== ANCHORS_READABLE);
  const say = (type: string, isTrue: boolean, reason: string, message: string): boolean => {
    const old = told(type);
    const status = isTrue ? 'True' : 'False';
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
    conditions.push({ type, status, reason, message, lastTransitionTime });
    return old?.status !== status || old.message !== message;
  };
  if ((ledger.spec?.baseline ?? []).length > 0 || told(BASELINE_VALID) !== undefined) {
    const message =
      unresolved.length === 0
        ? 'Every entry of the baseline is an action of scope Lifetime'
        : `no action of scope Lifetime in pre or post: ${unresolved.join(', ')}`;
    const isNews = say(
      BASELINE_VALID,
      unresolved.length === 0,
      unresolved.length === 0 ? 'AllResolved' : 'Unresolved',
      message,
    );
    if (isNews && unresolved.length > 0) notes.push({ reason: 'BaselineInvalid', note: message });
  }
  const blind = anchors.filter(({ target }) => target.state === 'unreadable');
  if (blind.length > 0 || told(ANCHORS_READABLE) !== undefined) {
    const messages = blind.map(({ stage, action, target }) =>
      target.state === 'unreadable' ? `stage "${stage}" action "${action}": ${target.message}` : '',
    );
    const message = blind.length === 0 ? 'Every witness can be read' : messages.join('; ');
    const isNews = say(ANCHORS_READABLE, blind.length === 0, blind.length === 0 ? 'AllRead' : 'Unreadable', message);
    if (isNews && blind.length > 0) {
      notes.push({ reason: 'LedgerAnchorUnreadable', note: `the completion is believed: ${message}` });
    }
  }
  return conditions;
}
