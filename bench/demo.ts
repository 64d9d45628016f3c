import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Bench, median, round, timed } from './bench.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The README's first command after the install, from process start to the summary. */
export const demo: Bench = {
  says: '`npm run demo`, from process start to its end',
  needsCluster: false,
  async run({ runs }) {
    const times: number[] = [];
    for (let n = 0; n <= runs; n += 1) {
      const ms = await timed(
        () =>
          new Promise<void>((resolve, reject) => {
            const child = spawn('npm', ['run', 'demo'], { cwd: root, stdio: 'ignore' });
            child.on('error', reject);
            child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the demo ended with ${code}`))));
          }),
      );
      if (n > 0) times.push(ms);
    }
    return { demo_ms_median: round(median(times), 0), demo_ms_worst: round(Math.max(...times), 0) };
  },
};
