import { type Bench, configMaps, median, repeated, round, timed } from './bench.ts';
import { Delivery, StageSetWatch, stageSetOf } from './delivery.ts';
import { follow, heldValue } from './live-objects.ts';
import { edited, neverReady } from './workloads.ts';

const OBJECTS = 20;

/** A broken revision being verified, then a fixed one: how soon the fix is in the cluster. */
export const fixForward: Bench = {
  says: `a revision that never becomes ready, being verified, then a fixed one: from its publication to its objects`,
  needsCluster: true,
  async run({ runs, seed }, target) {
    await using delivery = await Delivery.start(target);
    const applied: number[] = [];
    const ready = await repeated(runs, async (n) => {
      const namespace = await delivery.target.namespace();
      using watch = new StageSetWatch(delivery.cluster, namespace);
      const live = follow(delivery.cluster, namespace);
      await live.store.whenSynced();
      const objects = configMaps(OBJECTS, namespace, seed + n);
      const [first] = objects;
      if (first === undefined) throw new Error('needs an object');
      await delivery.publish(namespace, 'app', [...objects, neverReady('broken', namespace)]);
      await delivery.create(stageSetOf(namespace, 'app', ['app'], { timeout: '1h' }));
      await watch.until('app', (stageSet) => stageSet?.status?.stages?.[0]?.phase === 'Verifying');
      const took = await timed(async () => {
        const isFixed = live.until(first, (now) => now !== undefined && heldValue(now) === 'fixed');
        applied.push(
          await timed(async () => {
            await delivery.publish(namespace, 'app', edited(objects, 'fixed'));
            await isFixed;
          }),
        );
        await watch.ready('app');
      });
      live.stop();
      return took;
    });
    const counted = applied.slice(1);
    return {
      applied_ms_median: round(median(counted), 0),
      applied_ms_worst: round(Math.max(...counted), 0),
      ready_ms_median: round(median(ready), 0),
    };
  },
};
