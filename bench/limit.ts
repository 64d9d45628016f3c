import { FIELD_MANAGER } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { type Bench, configMaps, median, round, timed } from './bench.ts';

export const IN_FLIGHT = 16;

/** One server-side apply an object, so many in flight, and nothing else. */
export async function applyAll(cluster: Cluster, objects: readonly KubeObject[]): Promise<void> {
  await inFlight(objects, (object) => cluster.apply(object, { fieldManager: FIELD_MANAGER, force: true }));
}

/** Works over all items, so many at a time. */
export async function inFlight<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

/** The floor under `first-rollout`. */
export const limit: Bench = {
  says: `the floor: one server-side apply an object, ${IN_FLIGHT} in flight, and nothing else`,
  needsCluster: true,
  async run({ objects, runs, seed }, target) {
    if (target === undefined) throw new Error('needs a cluster');
    const times: number[] = [];
    for (let n = 0; n < runs; n += 1) {
      const namespace = await target.namespace();
      const all = configMaps(objects, namespace, seed + n);
      times.push(await timed(() => applyAll(target.cluster, all)));
    }
    return { limit_ms_median: round(median(times), 0), objects_per_second: round((objects / median(times)) * 1000, 0) };
  },
};
