import type { KubeObject } from '@stageset/k8s';
import { type Bench, configMaps, median, round, timed } from './bench.ts';
import { Delivery, hasDelivered, intoStages, StageSetWatch, stageSetOf } from './delivery.ts';
import { applyAll } from './limit.ts';
import type { RequestLog } from './request-log.ts';
import { edited } from './workloads.ts';

const STAGES = 3;

interface Change {
  readonly ms: number;
  readonly dryRuns: number;
  readonly writes: number;
  readonly others: number;
}

/** Of N objects one changes; then all change, beside as many bare applies to objects that are there. */
export const upgrade: Bench = {
  says: `N objects in ${STAGES} stages: one changes, then all change, from publication to Ready, next to the limit`,
  needsCluster: true,
  async run({ objects, runs, seed }, target) {
    await using delivery = await Delivery.start(target);
    const { cluster } = delivery;
    const floor = await delivery.target.namespace();
    const namespace = await delivery.target.namespace();
    using watch = new StageSetWatch(cluster, namespace);
    const bare = configMaps(objects, floor, seed);
    await applyAll(cluster, bare);
    let wanted = configMaps(objects, namespace, seed);
    await delivery.publishTree(namespace, 'app', intoStages(wanted, STAGES));
    await delivery.create(oneSource(namespace, [...intoStages(wanted, STAGES).keys()]));
    await watch.ready('bench');
    const change = async (next: readonly KubeObject[]): Promise<Change> => {
      wanted = next;
      delivery.requests.reset();
      const ms = await timed(async () => {
        const digest = await delivery.publishTree(namespace, 'app', intoStages(wanted, STAGES));
        await watch.until('bench', (stageSet) => hasDelivered(stageSet, digest));
      });
      return { ms, ...countOf(delivery.requests) };
    };
    const one: Change[] = [];
    const all: Change[] = [];
    const limits: number[] = [];
    for (let n = 0; n < runs; n += 1) {
      one.push(await change(edited(wanted, `one ${n}`, (index) => index === 0)));
      limits.push(await timed(() => applyAll(cluster, edited(bare, `all ${n}`))));
      all.push(await change(edited(wanted, `all ${n}`)));
    }
    const ratios = all.map(({ ms }, index) => ms / (limits[index] ?? Number.NaN));
    return {
      ...figuresOf('one', one),
      ...figuresOf('all', all),
      limit_ms_median: round(median(limits), 0),
      all_ratio_median: round(median(ratios)),
    };
  },
};

function oneSource(namespace: string, stages: readonly string[]): KubeObject {
  return stageSetOf(namespace, 'bench', stages, {
    stages: stages.map((name) => ({ name, path: name, sourceRef: { name: 'app' } })),
  });
}

function countOf(requests: RequestLog): Omit<Change, 'ms'> {
  const dryRuns = requests.of('dry run');
  const writes = requests.of('apply');
  return { dryRuns, writes, others: requests.total - dryRuns - writes };
}

function figuresOf(prefix: string, changes: readonly Change[]): Record<string, number> {
  const middle = (figure: keyof Change) => round(median(changes.map((change) => change[figure])), 0);
  return {
    [`${prefix}_ms_median`]: middle('ms'),
    [`${prefix}_dry_runs`]: middle('dryRuns'),
    [`${prefix}_writes`]: middle('writes'),
    [`${prefix}_other_requests`]: middle('others'),
  };
}
