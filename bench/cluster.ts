import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { KubeObject } from '@stageset/k8s';
import {
  type Bench,
  type BenchCluster,
  configMaps,
  type Figures,
  median,
  openBenchCluster,
  round,
  timed,
} from './bench.ts';
import { applyAll, IN_FLIGHT, inFlight } from './limit.ts';

const WATCHERS = 100;
const WATCHED_WRITES = 20;
const MANY_OBJECTS = 50_000;
const MIB = 1024 * 1024;

/** A cluster in a process of its own: its first line is a kubeconfig, and each line it is sent is answered with its memory. */
const PROGRAM = `
const before = performance.now();
const { systemClock } = await import('@stageset/runtime');
const { startCluster } = await import('@stageset/apiserver');
const cluster = await startCluster({ clock: systemClock });
console.log(JSON.stringify({ kubeconfig: cluster.kubeconfig, startMs: performance.now() - before }));
for await (const _ of process.stdin) {
  globalThis.gc?.();
  console.log(JSON.stringify(process.memoryUsage()));
}
await cluster.stop();
`;

/** The local cluster next to a real kube-apiserver, each over its socket, one after the other in one run. */
export const cluster: Bench = {
  says: 'the local cluster next to a real kube-apiserver: start, writes, reads, watches, memory',
  needsCluster: false,
  async run({ objects, seed }) {
    const local = await measuredLocal(objects, seed);
    const startedAt = performance.now();
    await using real = await openBenchCluster('real');
    const realStartMs = performance.now() - startedAt;
    return {
      ...local,
      ...named('real', { start_ms: round(realStartMs, 0), ...(await measured(real, objects, seed)) }),
    };
  },
};

async function measuredLocal(objects: number, seed: number): Promise<Figures> {
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => JSON.parse(String((await lines.next()).value));
  const { kubeconfig, startMs } = await next();
  const folder = await mkdtemp(join(tmpdir(), 'stageset-bench-'));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, String(kubeconfig), { mode: 0o600 });
  try {
    await using target = await openBenchCluster(path);
    const figures = await measured(target, objects, seed);
    const namespace = await target.namespace();
    await inFlight(configMaps(MANY_OBJECTS, namespace, seed), (object) => target.cluster.create(object));
    child.stdin.write('memory\n');
    const { rss } = await next();
    return named('local', {
      start_ms: round(Number(startMs), 0),
      ...figures,
      rss_mib_at_50000: round(Number(rss) / MIB, 0),
    });
  } finally {
    child.stdin.end();
    await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

async function measured(target: BenchCluster, objects: number, seed: number): Promise<Figures> {
  const { cluster: api } = target;
  const [created, applied] = [await target.namespace(), await target.namespace()];
  const all = configMaps(objects, created, seed);
  const perSecond = async (count: number, work: () => Promise<unknown>) =>
    round((count / (await timed(work))) * 1000, 0);
  // Not counted: connections are made and code is compiled.
  await applyAll(api, configMaps(IN_FLIGHT * 10, await target.namespace(), seed));
  const lists = Array.from({ length: 50 }, (_, index) => index);
  return {
    creates_per_s: await perSecond(objects, () => inFlight(all, (object) => api.create(object))),
    applies_per_s: await perSecond(objects, () => applyAll(api, configMaps(objects, applied, seed + 1))),
    gets_per_s: await perSecond(objects, () =>
      inFlight(all, ({ apiVersion, kind, metadata }) =>
        api.get({ apiVersion, kind, namespace: created, name: metadata.name }),
      ),
    ),
    lists_per_s: await perSecond(lists.length, () =>
      inFlight(lists, () => api.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: created })),
    ),
    watch_ms_median_at_100: round(await watchLatency(target), 1),
  };
}

/** From the answer to a write until the last of many watchers has been told. */
async function watchLatency(target: BenchCluster): Promise<number> {
  const namespace = await target.namespace();
  const stop = new AbortController();
  const selection = { apiVersion: 'v1', kind: 'ConfigMap', namespace };
  const stores = Array.from({ length: WATCHERS }, () => target.cluster.follow(selection, stop.signal));
  await Promise.all(stores.map((store) => store.whenSynced()));
  const times: number[] = [];
  for (let index = 0; index < WATCHED_WRITES; index += 1) {
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `watched-${index}`, namespace },
    };
    let left = WATCHERS;
    const everybody = Promise.withResolvers<void>();
    const ends = stores.map((store) =>
      store.subscribe((event) => {
        if (event.type !== 'applied' || event.object.metadata.name !== object.metadata.name) return;
        left -= 1;
        if (left === 0) everybody.resolve();
      }),
    );
    const before = performance.now();
    await target.cluster.create(object);
    await everybody.promise;
    times.push(performance.now() - before);
    for (const end of ends) end();
  }
  stop.abort();
  return median(times);
}

function named(prefix: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}_${name}`, value]));
}
