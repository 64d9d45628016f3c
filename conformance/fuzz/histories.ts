import { generateLongHistory, type History, shorterHistories } from '../faults/history.ts';
import { play } from '../faults/play.ts';
import { type Fuzzer, runFuzz } from './fuzzer.ts';

/** Release histories under faults of network and server, kills and restarts: where they end is where they ought to. */
export const histories: Fuzzer = {
  says: 'release histories under faults, kills and restarts of the controller',
  part: 16,
  full: 1000,
  needsOracle: false,
  run: (options) =>
    runFuzz<History>(
      {
        generate: generateLongHistory,
        async compare(history) {
          const outcome = `${history.endsDeleted ? 'deleted' : 'delivered'}, faults ${history.faults}`;
          return { ours: await play(history), theirs: [], outcome };
        },
        shrink: shorterHistories,
      },
      options,
    ),
};
