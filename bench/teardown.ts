import { API_VERSION } from '@stageset/api';
import { type Bench, configMaps, median, round, timed } from './bench.ts';
import { Delivery, intoStages, StageSetWatch, stageSetOf } from './delivery.ts';
import { applyAll, inFlight } from './limit.ts';

const STAGES = 3;

/** A StageSet of N objects deleted, until it is gone, beside as many bare deletes. */
export const teardown: Bench = {
  says: `a StageSet of N objects in ${STAGES} stages deleted, until it is gone, next to as many bare deletes`,
  needsCluster: true,
  async run({ objects, runs, seed }, target) {
    await using delivery = await Delivery.start(target);
    const { cluster, requests } = delivery;
    const times: number[] = [];
    const limits: number[] = [];
    const extra: number[] = [];
    for (let n = 0; n < runs; n += 1) {
      const floor = await delivery.target.namespace();
      const namespace = await delivery.target.namespace();
      using watch = new StageSetWatch(cluster, namespace);
      const bare = configMaps(objects, floor, seed + n);
      await applyAll(cluster, bare);
      const parts = intoStages(configMaps(objects, namespace, seed + n), STAGES);
      await delivery.publishStages(namespace, parts);
      await delivery.create(stageSetOf(namespace, 'bench', [...parts.keys()]));
      await watch.ready('bench');
      limits.push(
        await timed(() =>
          inFlight(bare, ({ apiVersion, kind, metadata: { name } }) =>
            cluster.delete({ apiVersion, kind, name, namespace: floor }, { propagation: 'Background' }),
          ),
        ),
      );
      requests.reset();
      times.push(
        await timed(async () => {
          await cluster.delete({ apiVersion: API_VERSION, kind: 'StageSet', namespace, name: 'bench' });
          await watch.until('bench', (stageSet) => stageSet === undefined);
        }),
      );
      extra.push(requests.total - objects);
    }
    const ratios = times.map((ms, index) => ms / (limits[index] ?? Number.NaN));
    return {
      teardown_ms_median: round(median(times), 0),
      limit_ms_median: round(median(limits), 0),
      ratio_median: round(median(ratios)),
      requests_beyond_one_an_object: median(extra),
    };
  },
};
