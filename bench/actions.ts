import { systemClock } from '@stageset/runtime';
import { type Bench, configMaps, median, repeated, round, timed } from './bench.ts';
import { Delivery, StageSetWatch, stageSetOf } from './delivery.ts';
import { inFlight } from './limit.ts';
import { prefixed } from './workloads.ts';

const WAITING = 500;
const OBJECTS = 5;
const OBSERVED_MS = 30_000;
const SETTLE_MS = 3_000;

/** StageSets that are in the middle of an action: what they cost while nothing happens, and what they cost others. */
export const actions: Bench = {
  says: `${WAITING} StageSets each in a wait of 10 minutes, then one healthy: its time to Ready, and what those who wait ask for`,
  needsCluster: true,
  async run({ runs, seed, stageSets = WAITING }, target) {
    await using delivery = await Delivery.start(target);
    const namespace = await delivery.target.namespace();
    using watch = new StageSetWatch(delivery.cluster, namespace);
    await delivery.publish(namespace, 'shared', configMaps(1, namespace, seed));
    const pre = [{ name: 'pause', wait: { duration: '10m' } }];
    const stages = [{ name: 'shared', sourceRef: { name: 'shared' }, actions: { pre } }];
    const untilAllMs = await timed(() =>
      inFlight(
        Array.from({ length: stageSets }, (_, index) => `waiting-${index}`),
        async (name) => {
          await delivery.create(stageSetOf(namespace, name, [], { stages }));
          await watch.until(name, (stageSet) => stageSet?.status?.stages?.[0]?.action?.state === 'Running');
        },
      ),
    );
    await pause(SETTLE_MS);
    delivery.requests.reset();
    await pause(OBSERVED_MS);
    const asked = { requests: delivery.requests.total, were: delivery.requests.toString() };
    const healthy = await repeated(runs, async (n) => {
      const name = `healthy-${n}`;
      await delivery.publish(namespace, name, prefixed(name, configMaps(OBJECTS, namespace, seed + n)));
      return timed(async () => {
        await delivery.create(stageSetOf(namespace, name, [name]));
        await watch.ready(name);
      });
    });
    return {
      waiting: stageSets,
      until_all_wait_ms: round(untilAllMs, 0),
      requests_while_all_wait: asked.requests,
      requests_were: asked.were,
      observed_s: OBSERVED_MS / 1000,
      healthy_ms_median: round(median(healthy), 0),
      healthy_ms_worst: round(Math.max(...healthy), 0),
    };
  },
};

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.schedule(ms, resolve);
  });
}
