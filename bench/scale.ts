import { type Bench, configMaps, round, timed } from './bench.ts';
import { Delivery, StageSetWatch, stageSetOf } from './delivery.ts';
import { inFlight } from './limit.ts';
import { prefixed } from './workloads.ts';

const STAGE_SETS = 1000;
const OBJECTS = 5;
const MIB = 1024 * 1024;

/** K StageSets of five objects, an artifact each, created as fast as the cluster takes them: until all are Ready. */
export const scale: Bench = {
  says: `${STAGE_SETS} StageSets of ${OBJECTS} objects, an artifact each: time until all are Ready, requests, memory`,
  needsCluster: true,
  async run({ seed, stageSets = STAGE_SETS }, target) {
    await using delivery = await Delivery.start(target);
    const namespace = await delivery.target.namespace();
    using watch = new StageSetWatch(delivery.cluster, namespace);
    const names = Array.from({ length: stageSets }, (_, index) => `app-${index}`);
    await inFlight([...names.entries()], ([index, name]) =>
      delivery.publish(namespace, name, prefixed(name, configMaps(OBJECTS, namespace, seed + index))),
    );
    delivery.requests.reset();
    const before = process.cpuUsage();
    const ms = await timed(async () => {
      const ready = names.map((name) => watch.ready(name));
      await inFlight(names, (name) => delivery.create(stageSetOf(namespace, name, [name])));
      await Promise.all(ready);
    });
    const { user, system } = process.cpuUsage(before);
    return {
      stage_sets: stageSets,
      all_ready_ms: round(ms, 0),
      ms_per_stage_set: round(ms / stageSets),
      cpu_ms_per_stage_set: round((user + system) / 1000 / stageSets),
      requests_per_stage_set: round(delivery.requests.total / stageSets),
      requests_were: delivery.requests.toString(),
      rss_mib: round(process.memoryUsage.rss() / MIB, 0),
    };
  },
};
