import { parseArgs } from 'node:util';
import { pause } from '@stageset/runtime';
import { actions } from './actions.ts';
import { type Bench, type Figures, openBenchCluster } from './bench.ts';
import { buildBench } from './build.ts';
import { cluster as clusterBench } from './cluster.ts';
import { demo } from './demo.ts';
import { drift } from './drift.ts';
import { firstRollout } from './first-rollout.ts';
import { fixForward } from './fix-forward.ts';
import { headOfLine } from './head-of-line.ts';
import { limit } from './limit.ts';
import { localStart } from './local-start.ts';
import { loopDelay } from './loop-delay.ts';
import { scale } from './scale.ts';
import { steadyState } from './steady-state.ts';
import { teardown } from './teardown.ts';
import { upgrade } from './upgrade.ts';

/** Every benchmark, by the name that `npm run bench -- NAME` takes. */
const BENCHES: Readonly<Record<string, Bench>> = {
  actions,
  build: buildBench,
  cluster: clusterBench,
  demo,
  drift,
  'first-rollout': firstRollout,
  'fix-forward': fixForward,
  'head-of-line': headOfLine,
  limit,
  'local-start': localStart,
  'loop-delay': loopDelay,
  scale,
  'steady-state': steadyState,
  teardown,
  upgrade,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    objects: { type: 'string', default: '1500' },
    'stage-sets': { type: 'string' },
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    local: { type: 'boolean', default: false },
    kubeconfig: { type: 'string' },
  },
});

const [name = ''] = positionals;
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (bench === undefined) {
  console.error(
    'npm run bench -- NAME [--objects N] [--runs N] [--stage-sets N] [--seconds N] [--seed N] [--local | --kubeconfig PATH]\n',
  );
  for (const [key, { says }] of Object.entries(BENCHES)) console.error(`  ${key.padEnd(16)}${says}`);
  process.exit(2);
}

const options = {
  objects: Number(values.objects),
  runs: Number(values.runs),
  seed: Number(values.seed),
  ...(values['stage-sets'] === undefined ? {} : { stageSets: Number(values['stage-sets']) }),
  seconds: Number(values.seconds),
};
const target = values.local ? 'local' : (values.kubeconfig ?? 'real');
await using cluster = bench.needsCluster ? await openBenchCluster(target) : undefined;
const figures = await keptAlive(bench.run(options, cluster));
console.log(
  JSON.stringify({ bench: name, cluster: bench.needsCluster ? cluster?.label : undefined, ...options, ...figures }),
);
for (const [figure, value] of Object.entries(figures)) console.error(`  ${figure.padEnd(28)}${value}`);

/** Timers of the clock keep no process alive: a bench that waits for nothing else would end in the middle. */
async function keptAlive(run: Promise<Figures>): Promise<Figures> {
  const over = run.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([over, pause(1000).then(() => false)])));
  return run;
}
