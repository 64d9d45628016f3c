import { spawn } from 'node:child_process';
import { type Bench, median, round } from './bench.ts';

const PROGRAM = `
const { systemClock } = await import('@stageset/runtime');
const before = performance.now();
const { startCluster } = await import('@stageset/apiserver');
const cluster = await startCluster({ clock: systemClock });
const response = await cluster.transport({ method: 'GET', path: '/readyz' });
const ms = performance.now() - before;
if (response.status !== 200) throw new Error('not ready');
await cluster.stop();
console.log(ms);
`;

/** The local cluster in a fresh process: from the import of its package to the first answer. */
export const localStart: Bench = {
  says: 'the local cluster in a fresh process, from the import to the first answer',
  needsCluster: false,
  async run({ runs }) {
    const times: number[] = [];
    for (let n = 0; n <= runs; n += 1) times.push(await startOnce());
    const counted = times.slice(1);
    return { start_ms_median: round(median(counted), 0), start_ms_worst: round(Math.max(...counted), 0) };
  },
};

function startOnce(): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve(Number(out)) : reject(new Error(`ended with ${code}`))));
  });
}
