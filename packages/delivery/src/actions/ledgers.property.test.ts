import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fate, type LedgerEvent, playLedgers } from '../testing/ledger-model.ts';

const event: fc.Arbitrary<LedgerEvent> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'pass' } as const) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }).map((to) => ({ kind: 'revision', to }) as const) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((to) => ({ kind: 'version', to }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'force' } as const) },
);
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 5, arbitrary: fc.constant('done' as const) },
  fc.constantFrom('refused' as const, 'done, answer lost' as const, 'lost' as const, 'done, then killed' as const),
);
const RUNS = 500;

test('whatever happens, a receiver that knows its keys does each thing once', () => {
  const histories = fc.array(fc.tuple(event, fate), { maxLength: 60 });
  fc.assert(
    fc.property(histories, (history) => {
      expect(playLedgers(history)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
}, 120_000);

test('without another revision, version or force, nothing is done twice', () => {
  const quiet: fc.Arbitrary<LedgerEvent> = fc.constantFrom({ kind: 'pass' } as const, { kind: 'restart' } as const);
  fc.assert(
    fc.property(fc.array(fc.tuple(quiet, fate), { maxLength: 40 }), (history) => {
      expect(playLedgers(history)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
}, 120_000);
