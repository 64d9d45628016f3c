import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect, createCluster, loadAccess } from '@stageset/client';
import type { KubeObject } from '@stageset/k8s';
import type { Cluster, Transport } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { removeNamespaces } from './clean-up.ts';

export interface BenchOptions {
  readonly objects: number;
  /** The bench's own number when absent. */
  readonly stageSets?: number;
  readonly seconds: number;
  readonly runs: number;
  readonly seed: number;
}

/** Named figures; units are in the names. */
export type Figures = Readonly<Record<string, number | string>>;

export interface Bench {
  /** One line for the list. */
  readonly says: string;
  readonly needsCluster: boolean;
  run(options: BenchOptions, cluster: BenchCluster | undefined): Promise<Figures>;
}

export interface BenchCluster extends AsyncDisposable {
  readonly label: string;
  readonly transport: Transport;
  readonly cluster: Cluster;
  /** A fresh namespace; what is in it goes when the bench ends. */
  namespace(): Promise<string>;
  /** Whether a request's path is not about somebody else's namespace. */
  isOurs(path: string): boolean;
}

const run = promisify(execFile);

/** `local`, `real` (started now, stopped at the end), or the path of a kubeconfig. */
export async function openBenchCluster(target: string): Promise<BenchCluster> {
  if (target === 'local') {
    const { startCluster } = await import('@stageset/apiserver');
    const local = await startCluster({ clock: systemClock });
    return benchCluster('local cluster', local.transport, () => local.stop());
  }
  const program = fileURLToPath(new URL('../conformance/real-cluster/real-cluster', import.meta.url));
  const dir = target === 'real' ? await mkdtemp(join(tmpdir(), 'stageset-bench-')) : undefined;
  const kubeconfigPath = dir === undefined ? target : (await run(program, ['start', dir])).stdout.trim();
  const { transport, close } = await connect(await loadAccess({ kubeconfigPath, env: {} }), { clock: systemClock });
  return benchCluster(dir === undefined ? 'given kubeconfig' : 'real kube-apiserver', transport, async () => {
    await close();
    if (dir !== undefined) await run(program, ['stop', dir]);
  });
}

function benchCluster(label: string, transport: Transport, stop: () => Promise<void>): BenchCluster {
  const cluster = createCluster(transport, { clock: systemClock, random: Math.random });
  const namespaces = new Set<string>();
  return {
    label,
    transport,
    cluster,
    async namespace() {
      const name = `bench-${systemClock.now().toString(36)}-${namespaces.size + 1}`;
      namespaces.add(name);
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    },
    isOurs(path) {
      const namespace = /\/namespaces\/([^/?]+)\//.exec(path)?.[1];
      return namespace === undefined || namespaces.has(namespace);
    },
    async [Symbol.asyncDispose]() {
      await removeNamespaces(transport, cluster, [...namespaces]);
      await stop();
    },
  };
}

/** ConfigMaps of a few hundred bytes, the same for the same seed. */
export function configMaps(count: number, namespace: string, seed: number): readonly KubeObject[] {
  let state = seed >>> 0 || 1;
  const next = () => {
    // xorshift32: small, seeded, and good enough for filling values.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0).toString(36);
  };
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `object-${String(index).padStart(5, '0')}`, namespace, labels: { app: `app-${index % 20}` } },
    data: Object.fromEntries(Array.from({ length: 8 }, (_, key) => [`key-${key}`, `${next()}${next()}${next()}`])),
  }));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Milliseconds that a piece of work took on the monotonic clock. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** One run more than asked for: the first warms up and is not counted. */
export async function repeated(runs: number, run: (n: number) => Promise<number>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n <= runs; n += 1) times.push(await run(n));
  return times.slice(1);
}
