import type { Action, ActionIntent, StageLedgerStatus, StageStatus } from '@stageset/api';
import type { EffectFact } from '../actions/facts.ts';
import { type ActionPlan, planActions } from '../actions/plan-actions.ts';
import { type ActionRecord, recordFields, recordOf, settledRecord } from '../actions/record.ts';
import { aStage } from './facts.ts';

/**
 * Ledgers against a model: revisions, versions, forces, failures, lost answers, restarts and lost status writes. The model
 * counts what a receiver that knows its keys has done for each revision, version, or ever.
 */
const post = (name: string, scope: Action['scope']): Action => ({
  name,
  ...(scope === undefined ? {} : { scope }),
  http: { url: `http://hooks.example.com/${name}` },
  retries: 1,
});
const ACTIONS = [post('each', 'Revision'), post('once', 'Version'), post('ever', 'Lifetime')];
const stage = aStage('a', { actions: { pre: ACTIONS } });

export type LedgerEvent =
  | { readonly kind: 'pass' | 'restart' | 'force' }
  | { readonly kind: 'revision' | 'version'; readonly to: number };

/** What becomes of an effect, and of the news of it. */
export const FATES = ['done', 'refused', 'done, answer lost', 'lost', 'done, then killed'] as const;
export type Fate = (typeof FATES)[number];
export type LedgerHistory = readonly (readonly [event: LedgerEvent, becomes: Fate])[];

/** Passes without a failure after which everything has to be done. */
const LAST_PASSES = 40;

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Plays a history, and then passes without a failure. Answers with what ought not to be, which is nothing. */
export function playLedgers(history: LedgerHistory): readonly string[] {
  const model = new Model();
  let isUndisturbed = true;
  for (const [what, becomes] of history) {
    if (what.kind === 'pass') model.pass(becomes);
    else if (what.kind === 'revision') model.revision = `r${what.to}`;
    else if (what.kind === 'version') model.version = String(what.to);
    else if (what.kind === 'restart') model.effect = undefined;
    else model.force();
    isUndisturbed &&= what.kind === 'pass' || what.kind === 'restart';
  }
  for (let passes = 0; passes < LAST_PASSES && model.plan().kind !== 'done'; passes++) model.pass('done');
  const times = (name: string) => [...model.taken.values()].filter(({ action }) => action === name);
  const { faults } = model;
  if (model.plan().kind !== 'done') faults.add('it never ends');
  if (times('ever').length !== 1) faults.add(`what is done once ever is done ${times('ever').length} times`);
  // What is delivered now has been told of under this very revision and version.
  if (!times('each').some(({ of }) => of === model.revision)) faults.add('the revision is not told of');
  if (!times('once').some(({ of }) => of === model.version)) faults.add('the version is not told of');
  for (const name of isUndisturbed ? ['each', 'once'] : []) {
    if (times(name).length !== 1) faults.add(`${name} is done ${times(name).length} times, and nothing asked for it`);
  }
  return [...faults];
}

class Model {
  status: StageStatus = { name: 'a' };
  ledger: StageLedgerStatus = {};
  revision = 'r1';
  version = '1';
  effect: EffectFact | undefined;
  nowMs = 0;
  /** What has taken place at the receiver, by key. */
  readonly taken = new Map<string, { readonly action: string; readonly of: string; readonly force: number }>();
  forces = 0;
  /** What must never be, and was. */
  readonly faults = new Set<string>();

  record(): ActionRecord {
    const { status, revision, version } = this;
    return recordOf({ stage, status, revision, version, isFirstVersion: false, now: '2026-01-01T00:00:00Z' });
  }

  plan(): ActionPlan {
    const done = this.ledger.completedActions ?? [];
    const pending = this.ledger.pendingActions ?? [];
    return planActions('pre', this.record(), {
      nowMs: this.nowMs,
      stage,
      owner: 'uid',
      facts: { targets: new Map(), jobs: new Map(), ...(this.effect === undefined ? {} : { effect: this.effect }) },
      lifetime: new Set(done.map(({ action }) => action)),
      pending: new Map(pending.map((entry) => [entry.action, entry])),
    });
  }

  write(record: ActionRecord): void {
    this.status = { name: 'a', ...recordFields(record) };
  }

  /** One pass: what is to be remembered is written first, then the step is carried out. */
  pass(becomes: string): void {
    this.nowMs += 60_000;
    const planned = this.plan();
    this.write(planned.kind === 'done' ? settledRecord(planned.record, stage) : planned.record);
    if (planned.kind !== 'step') return;
    const { step } = planned;
    if (step.kind === 'begin-lifetime') this.ledger = { ...this.ledger, pendingActions: [step.entry] };
    else if (step.kind === 'complete-lifetime') {
      const entry = { stage: 'a', action: step.action.name, origin: 'Executed', completedAt: 'now' } as const;
      this.ledger = { completedActions: [entry], pendingActions: [] };
    } else this.#send(step.intent, becomes);
  }

  #send(intent: ActionIntent, becomes: string): void {
    // The intent is durable before the effect: it is what status says now.
    if (!isSame(this.status.action, intent)) this.faults.add('an effect began before its intent was durable');
    const of = intent.scope === 'Revision' ? this.revision : intent.scope === 'Version' ? this.version : '';
    if (becomes.startsWith('done') && !this.taken.has(intent.key)) {
      const force = intent.scope === 'Revision' ? this.forces : 0;
      this.taken.set(intent.key, { action: intent.name, of, force });
    }
    const { key, tries } = intent;
    // Whoever knows a key answers as it did before.
    const answer = becomes === 'refused' && this.taken.has(key) ? 'done' : becomes;
    const failed = { isLasting: false, isDenied: false } as const;
    if (answer === 'done') this.effect = { key, tries, state: 'succeeded' };
    else if (answer === 'refused')
      this.effect = { key, tries, state: 'failed', message: 'no', isKnown: true, ...failed };
    else if (answer === 'done, then killed') this.effect = undefined;
    else this.effect = { key, tries, state: 'failed', message: 'no answer', isKnown: false, ...failed };
  }

  force(): void {
    this.forces += 1;
    const { executedActions: _, action: __, ...rest } = this.status;
    this.status = rest as StageStatus;
  }
}
