import {
  FATES,
  type LedgerEvent,
  type LedgerHistory,
  playLedgers,
} from '../../packages/delivery/src/testing/ledger-model.ts';
import type { Random } from '../support/random.ts';
import { type Fuzzer, runFuzz } from './fuzzer.ts';

const MAX_EVENTS = 80;

/** What actions have done, over releases, versions, forces, failures, lost answers and restarts: nothing twice, nothing left out. */
export const ledgers: Fuzzer = {
  says: 'what actions have done, against a model, over failures, lost answers and restarts',
  part: 500,
  full: 10_000,
  needsOracle: false,
  run: (options) =>
    runFuzz<LedgerHistory>(
      {
        generate: generateLedgerHistory,
        async compare(history) {
          const isQuiet = history.every(([{ kind }]) => kind === 'pass' || kind === 'restart');
          return { ours: playLedgers(history), theirs: [], outcome: isQuiet ? 'one release' : 'several' };
        },
        *shrink(history) {
          for (let size = Math.ceil(history.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
            for (let at = 0; at < history.length; at += size) {
              yield [...history.slice(0, at), ...history.slice(at + size)];
            }
          }
        },
      },
      options,
    ),
};

function generateLedgerHistory(random: Random): LedgerHistory {
  const isQuiet = random.chance(0.3);
  const failing = random.pick([0, 0.3, 0.6, 0.9]);
  return Array.from({ length: random.below(MAX_EVENTS) }, () => {
    const fate = random.chance(failing) ? random.pick(FATES) : 'done';
    return [eventOf(random, isQuiet), fate] as const;
  });
}

function eventOf(random: Random, isQuiet: boolean): LedgerEvent {
  if (random.chance(0.6)) return { kind: 'pass' };
  if (isQuiet) return { kind: random.pick(['pass', 'restart']) };
  const kind = random.pick(['revision', 'revision', 'version', 'restart', 'force'] as const);
  return kind === 'revision' || kind === 'version' ? { kind, to: 1 + random.below(3) } : { kind };
}
