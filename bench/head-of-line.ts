import type { KubeObject } from '@stageset/k8s';
import { type Bench, configMaps, median, repeated, round, timed } from './bench.ts';
import { Delivery, StageSetWatch, stageSetOf } from './delivery.ts';
import { inFlight } from './limit.ts';
import { neverReady, prefixed } from './workloads.ts';

const STUCK = 200;
const OBJECTS = 5;

/** K StageSets that never become healthy, then a healthy one: what those who wait cost the one who need not. */
export const headOfLine: Bench = {
  says: `${STUCK} StageSets that never become healthy, then one healthy of ${OBJECTS} objects: its time to Ready`,
  needsCluster: true,
  async run({ runs, seed, stageSets = STUCK }, target) {
    await using delivery = await Delivery.start(target);
    const namespace = await delivery.target.namespace();
    using watch = new StageSetWatch(delivery.cluster, namespace);
    const rollout = async (name: string, objects: readonly KubeObject[], isThere: (name: string) => Promise<void>) => {
      await delivery.publish(namespace, name, objects);
      return timed(async () => {
        await delivery.create(stageSetOf(namespace, name, [name]));
        await isThere(name);
      });
    };
    const healthy = (name: string, salt: number) =>
      rollout(name, prefixed(name, configMaps(OBJECTS, namespace, seed + salt)), (it) => watch.ready(it));
    const alone = await repeated(runs, (n) => healthy(`alone-${n}`, n));
    const stuckMs = await timed(() =>
      inFlight(
        Array.from({ length: stageSets }, (_, index) => `stuck-${index}`),
        async (name) => {
          const phase = (it: string) =>
            watch.until(it, (stageSet) => stageSet?.status?.stages?.[0]?.phase === 'Verifying');
          await rollout(name, [neverReady(name, namespace)], phase);
        },
      ),
    );
    const behind = await repeated(runs, (n) => healthy(`behind-${n}`, n + 100));
    return {
      stuck: stageSets,
      until_all_wait_ms: round(stuckMs, 0),
      alone_ms_median: round(median(alone), 0),
      behind_ms_median: round(median(behind), 0),
      behind_ms_worst: round(Math.max(...behind), 0),
    };
  },
};
