import type { CompletedAction, StageLedger } from '@stageset/api';
import { expect, test } from 'vitest';
import { aStage, aStageSet, NOW, NOW_MS } from '../testing/facts.ts';
import type { LedgerFacts } from './facts.ts';
import { planLedger } from './ledger.ts';

const lifetime = aStage('a', {
  actions: { pre: [{ name: 'seed', scope: 'Lifetime', http: { url: 'http://hooks.example.com' } }] },
});
const stageSet = aStageSet({ stages: [lifetime] });

function aLedger(parts: Partial<Pick<StageLedger, 'spec' | 'status'>>): StageLedger {
  return {
    apiVersion: 'stages.metio.wtf/v1',
    kind: 'StageLedger',
    metadata: { name: 'app', namespace: 'prod' },
    ...parts,
  };
}

const anchor = { apiVersion: 'v1', kind: 'ConfigMap', name: 'witness', uid: 'u1' };
const done: CompletedAction = { stage: 'a', action: 'seed', origin: 'Executed', anchor, completedAt: NOW };
const witnessed = (target: LedgerFacts['anchors'][number]['target']): LedgerFacts => ({
  object: aLedger({ status: { completedActions: [done] } }),
  anchors: [{ stage: 'a', action: 'seed', target }],
});

test('is created for the first action that is done once ever, and for no other', () => {
  expect(planLedger(stageSet, { anchors: [] }, NOW_MS)).toEqual({ kind: 'keep-ledger', notes: [] });
  expect(planLedger(aStageSet(), { anchors: [] }, NOW_MS)).toBeUndefined();
});

test('what it says of its baseline is said once, in whatever order a server keeps its fields', () => {
  const spec = {
    baseline: [
      { stage: 'a', action: 'seed' },
      { stage: 'a', action: 'later' },
    ],
  };
  const first = planLedger(stageSet, { object: aLedger({ spec }), anchors: [] }, NOW_MS);
  expect(first?.status?.completedActions).toMatchObject([{ action: 'seed', origin: 'Baselined' }]);
  expect(first?.notes.map(({ reason }) => reason)).toEqual(['BaselineInvalid']);
  const stored = (first?.status?.conditions ?? []).map((condition) =>
    Object.fromEntries(Object.entries(condition).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  const status = { ...first?.status, conditions: stored } as unknown as NonNullable<StageLedger['status']>;
  expect(planLedger(stageSet, { object: aLedger({ spec, status }), anchors: [] }, NOW_MS + 1000)).toBeUndefined();
});

const witnesses: readonly {
  name: string;
  target: LedgerFacts['anchors'][number]['target'];
  want: readonly string[];
}[] = [
  { name: 'is gone', target: { state: 'absent' }, want: ['LedgerInvalidated'] },
  {
    name: 'may not be read',
    target: { state: 'unreadable', message: 'no', isDenied: true },
    want: ['LedgerAnchorUnreadable'],
  },
  {
    name: 'is another',
    target: {
      state: 'present',
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'witness', uid: 'u2' } },
    },
    want: ['LedgerInvalidated'],
  },
];
for (const { name, target, want } of witnesses) {
  test(`a witness that ${name}`, () => {
    const step = planLedger(stageSet, witnessed(target), NOW_MS);
    expect(step?.notes.map(({ reason }) => reason)).toEqual(want);
    expect(step?.status?.completedActions).toEqual(want[0] === 'LedgerInvalidated' ? [] : [done]);
    // Told once, not with every look.
    const again = {
      ...witnessed(target),
      object: aLedger({ ...(step?.status === undefined ? {} : { status: step.status }) }),
    };
    expect(planLedger(stageSet, again, NOW_MS + 1000)).toBeUndefined();
  });
}

test('a witness that is there, or not known yet, changes nothing', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'witness', uid: 'u1' } };
  expect(planLedger(stageSet, witnessed({ state: 'present', object }), NOW_MS)).toBeUndefined();
  expect(planLedger(stageSet, witnessed({ state: 'syncing' }), NOW_MS)).toBeUndefined();
});
