import { monitorEventLoopDelay } from 'node:perf_hooks';
import { workerRenderer } from '@stageset/controller/main';
import { systemClock } from '@stageset/runtime';
import { type Bench, median, round, timed } from './bench.ts';
import { wideTree } from './build-trees.ts';

const OWNER = { namespace: 'bench', name: 'bench', stage: 'all' };

/** How long the controller's event loop is kept from other work while a large stage is built. */
export const loopDelay: Bench = {
  says: 'the longest delay of the event loop while a stage of N Deployments is built in a worker',
  needsCluster: false,
  async run({ objects, runs }) {
    const renderer = workerRenderer({ clock: systemClock });
    const { signal } = new AbortController();
    const encoder = new TextEncoder();
    const { files: texts } = wideTree(objects, true);
    const files = new Map(Object.entries(texts).map(([path, text]) => [path, encoder.encode(text)]));
    const times: number[] = [];
    const delays: number[] = [];
    // The first run loads the engine and is not counted.
    for (let n = 0; n <= runs; n += 1) {
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const ms = await timed(async () => {
        const result = await renderer.render(files, {}, OWNER, signal);
        if (!result.ok) throw new Error('the build failed');
      });
      delay.disable();
      if (n === 0) continue;
      times.push(ms);
      delays.push(delay.max / 1e6);
    }
    await renderer.close();
    return {
      build_ms_median: round(median(times), 0),
      loop_delay_ms_median: round(median(delays)),
      loop_delay_ms_worst: round(Math.max(...delays)),
    };
  },
};
