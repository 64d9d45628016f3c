import { type Bench, configMaps, median, round, timed } from './bench.ts';
import { Delivery, StageSetWatch, stageSetOf } from './delivery.ts';
import { follow, heldValue, refOf } from './live-objects.ts';

const OBJECTS = 50;

/** An applied object edited by hand, and one deleted: how soon each is as it was. */
export const drift: Bench = {
  says: `one of ${OBJECTS} applied objects edited, and one deleted, by somebody else: the time until it is put back`,
  needsCluster: true,
  async run({ runs, seed }, target) {
    await using delivery = await Delivery.start(target);
    const { cluster } = delivery;
    const namespace = await delivery.target.namespace();
    using watch = new StageSetWatch(cluster, namespace);
    const objects = configMaps(OBJECTS, namespace, seed);
    await delivery.publish(namespace, 'app', objects);
    await delivery.create(stageSetOf(namespace, 'app', ['app']));
    await watch.ready('app');
    const live = follow(cluster, namespace);
    await live.store.whenSynced();
    const edits: number[] = [];
    const deletions: number[] = [];
    delivery.requests.reset();
    // Each run takes objects of its own: what is changed again and again is left alone for a while.
    for (const [n, object] of objects.slice(0, runs + 1).entries()) {
      const edit = await timed(async () => {
        await cluster.patch(refOf(object), { type: 'merge', patch: { data: { 'key-0': `by hand ${n}` } } });
        await live.until(object, (now) => now !== undefined && heldValue(now) === heldValue(object));
      });
      const { uid } = (await cluster.get(refOf(object)))?.metadata ?? {};
      const deletion = await timed(async () => {
        await cluster.delete(refOf(object));
        await live.until(object, (now) => now !== undefined && now.metadata.uid !== uid);
      });
      if (n === 0) continue;
      edits.push(edit);
      deletions.push(deletion);
    }
    live.stop();
    return {
      edited_ms_median: round(median(edits), 0),
      edited_ms_worst: round(Math.max(...edits), 0),
      deleted_ms_median: round(median(deletions), 0),
      deleted_ms_worst: round(Math.max(...deletions), 0),
      applies_per_change: round(delivery.requests.of('apply') / (2 * (runs + 1))),
    };
  },
};
