import { spawn } from 'node:child_process';
import { type Bench, median, round } from './bench.ts';

const PROGRAM = `
import module from 'node:module';
module.enableCompileCache();
const before = performance.now();
const { systemClock } = await import('@stageset/runtime');
const { startCluster } = await import('@stageset/apiserver');
const imported = performance.now();
const cluster = await startCluster({ clock: systemClock });
const response = await cluster.transport({ method: 'GET', path: '/readyz' });
const served = performance.now();
if (response.status !== 200) throw new Error('not ready');
await cluster.stop();
console.log(JSON.stringify([imported - before, served - imported]));
`;

/** The local cluster in a fresh process: the import of its sources, then from the call to the first answer. */
export const localStart: Bench = {
  says: 'the local cluster in a fresh process: import of the sources, then the call to the first answer',
  needsCluster: false,
  async run({ runs }) {
    const times: (readonly [number, number])[] = [];
    for (let n = 0; n <= runs; n += 1) times.push(await startOnce());
    const imports = times.slice(1).map(([ms]) => ms);
    const starts = times.slice(1).map(([, ms]) => ms);
    return {
      import_ms_median: round(median(imports), 0),
      start_ms_median: round(median(starts), 0),
      start_ms_worst: round(Math.max(...starts), 0),
    };
  },
};

function startOnce(): Promise<readonly [number, number]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`ended with ${code}`))));
  });
}
