import { systemClock } from '@stageset/runtime';
import { type Bench, configMaps, round } from './bench.ts';
import { Delivery, StageSetWatch, stageSetOf } from './delivery.ts';
import { inFlight } from './limit.ts';
import { prefixed } from './workloads.ts';

const STAGE_SETS = 100;
const OBJECTS = 10;
const SETTLE_MS = 5_000;
const MIB = 1024 * 1024;

/** M StageSets of N objects, all Ready, interval one minute: what the controller does while nothing happens. */
export const steadyState: Bench = {
  says: `${STAGE_SETS} StageSets of ${OBJECTS} objects at rest, interval 1m, for --seconds: requests, downloads, CPU, memory`,
  needsCluster: true,
  async run({ seed, seconds, stageSets = STAGE_SETS }, target) {
    await using delivery = await Delivery.start(target);
    const namespace = await delivery.target.namespace();
    await settle(delivery, namespace, stageSets, seed);
    await pause(SETTLE_MS);
    globalThis.gc?.();
    delivery.requests.reset();
    const downloads = delivery.downloads;
    const before = process.cpuUsage();
    await pause(seconds * 1000);
    const { user, system } = process.cpuUsage(before);
    return {
      stage_sets: stageSets,
      objects_each: OBJECTS,
      observed_s: seconds,
      requests: delivery.requests.total,
      requests_were: delivery.requests.toString(),
      downloads: delivery.downloads - downloads,
      cpu_percent_of_a_core: round(((user + system) / (seconds * 1e6)) * 100),
      rss_mib: round(process.memoryUsage.rss() / MIB, 0),
    };
  },
};

async function settle(delivery: Delivery, namespace: string, stageSets: number, seed: number): Promise<void> {
  using watch = new StageSetWatch(delivery.cluster, namespace);
  const names = Array.from({ length: stageSets }, (_, index) => `app-${index}`);
  await inFlight([...names.entries()], async ([index, name]) => {
    await delivery.publish(namespace, name, prefixed(name, configMaps(OBJECTS, namespace, seed + index)));
    await delivery.create(stageSetOf(namespace, name, [name], { interval: '1m' }));
    await watch.ready(name);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.schedule(ms, resolve);
  });
}
