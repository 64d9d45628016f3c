import { type Bench, configMaps, median, round, timed } from './bench.ts';
import { Delivery, intoStages, StageSetWatch, stageSetOf } from './delivery.ts';
import { applyAll } from './limit.ts';

const STAGES = 3;

/** StageSet created → Ready for N ConfigMaps in three stages, each run beside the limit on the same cluster. */
export const firstRollout: Bench = {
  says: `a StageSet of N ConfigMaps in ${STAGES} stages, created to Ready, next to the limit in the same run`,
  needsCluster: true,
  async run({ objects, runs, seed }, target) {
    await using delivery = await Delivery.start(target);
    const { cluster, requests } = delivery;
    const rollouts: number[] = [];
    const limits: number[] = [];
    const extra: number[] = [];
    // The first run warms everything up and is not counted.
    for (let n = 0; n <= runs; n += 1) {
      const floor = await delivery.target.namespace();
      const namespace = await delivery.target.namespace();
      const parts = intoStages(configMaps(objects, namespace, seed + n), STAGES);
      await delivery.publishStages(namespace, parts);
      using watch = new StageSetWatch(cluster, namespace);
      const limitMs = await timed(() => applyAll(cluster, configMaps(objects, floor, seed + n)));
      requests.reset();
      const rolloutMs = await timed(async () => {
        await delivery.create(stageSetOf(namespace, 'bench', [...parts.keys()]));
        await watch.ready('bench');
      });
      if (n === 0) continue;
      limits.push(limitMs);
      rollouts.push(rolloutMs);
      extra.push(requests.total - objects);
    }
    const ratios = rollouts.map((ms, index) => ms / (limits[index] ?? Number.NaN));
    return {
      rollout_ms_median: round(median(rollouts), 0),
      limit_ms_median: round(median(limits), 0),
      ratio_median: round(median(ratios)),
      ratio_worst: round(Math.max(...ratios)),
      requests_beyond_one_an_object: median(extra),
    };
  },
};
