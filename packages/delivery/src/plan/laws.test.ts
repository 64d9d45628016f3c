import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryKey } from '../inventory/entry.ts';
import { foldStatus } from '../status/fold.ts';
import {
  aBuiltStage,
  aDesired,
  anEntry,
  anObjectFacts,
  aPin,
  aRun,
  aStage,
  aStageSet,
  aStageStatus,
  NOW,
  NOW_MS,
} from '../testing/facts.ts';
import type { Facts, Leftover, StageFacts } from './facts.ts';
import { plan } from './plan.ts';

const names = fc.constantFrom('w', 'x', 'y', 'z');
const stageNames = fc.constantFrom('a', 'b', 'c');
const health = fc.constantFrom('Current', 'InProgress', 'Failed', 'Terminating', 'NotFound', 'Unknown');
const objectState = fc.constantFrom(
  'missing',
  'changed',
  'same',
  'kept',
  'foreign',
  'terminating',
  'unknown-kind',
  'unscoped',
  'unsynced',
);
const kinds = fc.constantFrom('ConfigMap', 'Namespace', 'CustomResourceDefinition', 'StorageClass');
const object = fc
  .tuple(names, objectState, health, kinds)
  .map(([name, state, status, kind]) => anObjectFacts(name, state, { health: { status }, kind }));
const failure = { reason: 'StageFailed', stage: 'a', operation: 'build', message: 'no', retry: 'retry' } as const;

const anyStage = (name: string): fc.Arbitrary<StageFacts> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.array(object, { maxLength: 4 }).map((objects) => aBuiltStage(name, objects)) },
    fc.constant<StageFacts>({ name, spec: aStage(name), state: 'unbuilt', digest: 'd1', isUnderWay: false }),
    fc.constant<StageFacts>({ name, spec: aStage(name), state: 'syncing', waitingFor: 'ConfigMap prod/x' }),
    fc.boolean().map((mayHeal): StageFacts => ({ name, spec: aStage(name), state: 'unbuildable', mayHeal, failure })),
  );

const leftoverState = fc.constantFrom<Leftover['state']>(
  'gone',
  'present',
  'terminating',
  'kept',
  'foreign',
  'unsynced',
  'unsure',
  'denied',
  'disowned',
  'unreachable',
  'moved',
  'same',
);

/** Where objects are: the controller's own cluster, and two others. */
const places = fc.constantFrom(
  undefined,
  undefined,
  'Secret/east/value https://east',
  'Secret/west/value https://west',
);
const atPlace = (at: string | undefined) => (at === undefined ? {} : { at });

const anyFacts: fc.Arbitrary<Facts> = fc
  .uniqueArray(stageNames, { minLength: 1, maxLength: 3 })
  .chain((stages) =>
    fc.record({
      stages: fc.tuple(...stages.map(anyStage)),
      sources: fc.array(
        fc.oneof(
          fc.constant({ state: 'pinned', pin: aPin('a') } as const),
          fc.constant({ state: 'syncing' } as const),
          fc.constant({ state: 'unready', reason: 'SourceNotReady', message: 'no' } as const),
        ),
        { maxLength: 3 },
      ),
      recorded: fc.uniqueArray(
        fc.tuple(
          fc.constantFrom('a', 'b', 'gone'),
          fc.boolean(),
          fc.uniqueArray(fc.tuple(names, places), { selector: ([name, at]) => `${name} ${at}` }),
        ),
        { maxLength: 3, selector: ([stage]) => stage },
      ),
      leftovers: fc.array(fc.tuple(names, kinds, leftoverState, places), { maxLength: 4 }),
      location: places,
      outOfReachMs: fc.constantFrom(0, 10_000_000),
      finished: fc.boolean(),
      deleted: fc.boolean(),
      synced: fc.boolean(),
      postponed: fc.boolean(),
      verifying: fc.boolean(),
      lateMs: fc.constantFrom(0, 1_000, 10_000_000),
    }),
  )
  .map(
    ({
      stages,
      sources,
      recorded,
      leftovers,
      finished,
      deleted,
      synced,
      postponed,
      verifying,
      lateMs,
      location,
      outOfReachMs,
    }) => ({
      nowMs: NOW_MS + lateMs,
      defaultIntervalMs: 600_000,
      maxTeardownWaitMs: 3_600_000,
      synced,
      stageSet: aStageSet({
        stages: stages.map(({ spec }) => spec),
        metadata: deleted ? { deletionTimestamp: NOW } : {},
        status: {
          run: aRun(
            stages.map(({ name }) => name),
            finished ? { finishedAt: NOW } : {},
          ),
          stages: stages.map(({ name }) => aStageStatus(name, verifying ? { verifyingSince: NOW } : {})),
        },
      }),
      sources,
      actionSources: [],
      actions: new Map(),
      ledger: { anchors: [] },
      version: { state: 'none' } as const,
      stages,
      inventory: recorded.map(([stage, isRecorded, objects], position) => ({
        stage,
        recorded: isRecorded,
        position,
        entries: objects.map(([name, at]) => ({ ...anEntry(name), ...atPlace(at) })),
      })),
      ...(location === undefined ? {} : { location }),
      outOfReachSince: new Map([[undefined, NOW_MS - outOfReachMs]]),
      leftovers: new Map(
        leftovers.map(([name, kind, state, at]) => {
          const entry = { ...anEntry(name, kind), ...atPlace(at) };
          return [entryKey(entry), { entry, ref: aDesired(name, kind).ref, state, uid: 'u' }];
        }),
      ),
      ...(postponed ? { prunePostponedUntilMs: NOW_MS + 5_000 } : {}),
    }),
  );

test('the planner answers whatever the facts are, and always the same', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const planned = plan(facts);
      expect(plan(facts)).toEqual(planned);
      expect(() => foldStatus(facts, planned)).not.toThrow();
    }),
    { numRuns: 2000 },
  );
});

test('no object that a stage wants is ever deleted while the StageSet lives', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const { step } = plan(facts);
      if (step.kind !== 'delete' || step.why === 'teardown') return;
      const wanted = new Set(
        facts.stages.flatMap((stage) =>
          stage.state === 'built' ? stage.objects.map(({ desired }) => desired.id) : [],
        ),
      );
      for (const { entry } of step.objects) {
        if (entry.at === facts.location) expect(wanted.has(entry.id)).toBe(false);
      }
    }),
    { numRuns: 5000 },
  );
});

test('nothing is pruned unless every stage is applied and ready', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const { step } = plan(facts);
      if (step.kind !== 'delete' || step.why === 'teardown') return;
      for (const stage of facts.stages) {
        expect(stage.state).toBe('built');
        if (stage.state !== 'built') continue;
        for (const {
          state,
          health: { status },
        } of stage.objects) {
          expect(['same', 'kept']).toContain(state);
          expect(status).toBe('Current');
        }
      }
    }),
    { numRuns: 5000 },
  );
});

test('nothing is applied that is not recorded, and no record loses what may still be there', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const { step } = plan(facts);
      if (step.kind === 'apply') {
        const recorded = facts.inventory.find(({ stage }) => stage === step.stage);
        const ids = new Set(recorded?.entries.flatMap(({ id, at }) => (at === facts.location ? [id] : [])));
        for (const { desired } of step.objects) expect(ids.has(desired.id)).toBe(true);
      }
      if (step.kind === 'record') {
        for (const record of [step, ...(step.others ?? [])]) {
          const kept = new Set(record.entries.map(entryKey));
          const before = facts.inventory.find(({ stage }) => stage === record.stage)?.entries ?? [];
          for (const entry of before) {
            const state = facts.leftovers.get(entryKey(entry))?.state;
            if (state !== 'gone' && state !== 'foreign' && state !== 'same') {
              const claimed =
                entry.at === facts.location &&
                facts.stages.some(
                  (stage) => stage.state === 'built' && stage.objects.some(({ desired }) => desired.id === entry.id),
                );
              expect(kept.has(entryKey(entry)) || claimed).toBe(true);
            }
          }
        }
      }
    }),
    { numRuns: 5000 },
  );
});

test('every failure has a time to be tried again', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const { step, lookAgainMs } = plan(facts);
      if (step.kind === 'fail') expect(lookAgainMs).toBeGreaterThan(facts.nowMs);
    }),
    { numRuns: 2000 },
  );
});

test('nothing is waited for until an instant that has passed', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const { lookAgainMs = facts.nowMs } = plan(facts);
      return lookAgainMs >= facts.nowMs;
    }),
    { numRuns: 2000 },
  );
});
