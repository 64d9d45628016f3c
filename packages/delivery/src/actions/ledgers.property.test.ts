import type { Action, ActionIntent, StageLedgerStatus, StageStatus } from '@stageset/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aStage } from '../testing/facts.ts';
import type { EffectFact } from './facts.ts';
import { type ActionPlan, planActions } from './plan-actions.ts';
import { type ActionRecord, recordFields, recordOf, settledRecord } from './record.ts';

/**
 * Ledgers against a model: random revisions, versions, forces, failures, lost answers, restarts and lost status writes. The
 * model counts what a receiver that knows its keys has done for each revision, version, or ever.
 */
const post = (name: string, scope: Action['scope']): Action => ({
  name,
  ...(scope === undefined ? {} : { scope }),
  http: { url: `http://hooks.example.com/${name}` },
  retries: 1,
});
const ACTIONS = [post('each', 'Revision'), post('once', 'Version'), post('ever', 'Lifetime')];
const stage = aStage('a', { actions: { pre: ACTIONS } });

const event = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'pass' } as const) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }).map((to) => ({ kind: 'revision', to }) as const) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((to) => ({ kind: 'version', to }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'force' } as const) },
);
/** What becomes of an effect, and of the news of it. */
const fate = fc.oneof(
  { weight: 5, arbitrary: fc.constant('done' as const) },
  fc.constantFrom('refused' as const, 'done, answer lost' as const, 'lost' as const, 'done, then killed' as const),
);

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
    expect(this.status.action).toEqual(intent);
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

/** How many histories: `STAGESET_LEDGER_HISTORIES` asks for more. */
const RUNS = Number(process.env['STAGESET_LEDGER_HISTORIES'] ?? 500);

test('whatever happens, a receiver that knows its keys does each thing once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fate), { maxLength: 60 }), (history) => {
      const model = new Model();
      for (const [what, becomes] of history) {
        if (what.kind === 'pass') model.pass(becomes);
        else if (what.kind === 'revision') model.revision = `r${what.to}`;
        else if (what.kind === 'version') model.version = String(what.to);
        else if (what.kind === 'restart') model.effect = undefined;
        else model.force();
      }
      for (let passes = 0; passes < 40 && model.plan().kind !== 'done'; passes++) model.pass('done');
      expect(model.plan().kind).toBe('done');
      const times = (name: string) => [...model.taken.values()].filter(({ action }) => action === name);
      // Once ever.
      expect(times('ever')).toHaveLength(1);
      // What is delivered now has been told of under this very revision and version.
      expect(times('each').some(({ of }) => of === model.revision)).toBe(true);
      expect(times('once').some(({ of }) => of === model.version)).toBe(true);
    }),
    { numRuns: RUNS },
  );
}, 120_000);

test('without another revision, version or force, nothing is done twice', () => {
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 40 }), (fates) => {
      const model = new Model();
      for (const becomes of fates) {
        if (becomes === 'lost') model.effect = undefined;
        model.pass(becomes);
      }
      for (let passes = 0; passes < 40 && model.plan().kind !== 'done'; passes++) model.pass('done');
      for (const name of ['each', 'once', 'ever']) {
        expect([...model.taken.values()].filter(({ action }) => action === name)).toHaveLength(1);
      }
    }),
    { numRuns: RUNS },
  );
}, 120_000);
