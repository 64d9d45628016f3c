import type { KubeObject } from '@stageset/k8s';
import { afterEach, describe, expect, test } from 'vitest';
import { type Cut, configMap, Scene, stageOf } from './testing/scene.ts';

/**
 * A controller that dies before or after any one of its writes, in each chapter of a StageSet's life. Another one takes
 * over; what it ends with must be what an undisturbed one ends with.
 */

const before = {
  one: [configMap('a', 'v1'), configMap('b', 'v1'), configMap('moves', 'v1')],
  two: [configMap('c', 'v1')],
  three: [configMap('d', 'v1')],
};
const after = {
  one: [configMap('a', 'v2'), configMap('new', 'v2')],
  two: [configMap('c', 'v1'), configMap('moves', 'v1')],
};
const threeStages = [stageOf('first', 'one'), stageOf('second', 'two'), stageOf('third', 'three')];

let scene: Scene;
afterEach(() => scene.stop());

interface Chapter {
  readonly name: string;
  /** What is there before, with a controller that lives. */
  prepare(): Promise<void>;
  /** What happens then. */
  happen(): Promise<void>;
  readonly ends: string;
  isOver(): Promise<boolean>;
  readonly world: Readonly<Record<string, unknown>>;
}

async function publishAll(sources: Readonly<Record<string, readonly KubeObject[]>>, revision: string): Promise<void> {
  for (const [name, objects] of Object.entries(sources)) await scene.publish(name, revision, objects);
}

const isDelivered = async (revision: string): Promise<boolean> => {
  const status = (await scene.stageSet('app'))?.status;
  const pinned = status?.run?.pins.every((pin) => pin.revision === revision) === true;
  return pinned && status?.run?.finishedAt !== undefined && (await scene.ready('app')) === 'True/Succeeded';
};

const chapters: readonly Chapter[] = [
  {
    name: 'a first rollout',
    prepare: async () => {},
    async happen() {
      await publishAll(before, 'r1');
      await scene.apply('app', threeStages);
    },
    ends: 'r1 is delivered',
    isOver: () => isDelivered('r1'),
    world: {
      a: 'v1',
      b: 'v1',
      c: 'v1',
      d: 'v1',
      moves: 'v1',
      inventory: { first: ['a', 'b', 'moves'], second: ['c'], third: ['d'] },
    },
  },
  {
    name: 'an upgrade that drops, moves and adds objects and removes a stage',
    async prepare() {
      await publishAll(before, 'r1');
      await scene.apply('app', threeStages);
      await scene.startController();
      await scene.until('r1 is delivered', () => isDelivered('r1'));
    },
    async happen() {
      await publishAll(after, 'r2');
      await scene.apply('app', threeStages.slice(0, 2));
    },
    ends: 'r2 is delivered',
    isOver: () => isDelivered('r2'),
    world: { a: 'v2', c: 'v1', moves: 'v1', new: 'v2', inventory: { first: ['a', 'new'], second: ['c', 'moves'] } },
  },
  {
    name: 'a teardown',
    async prepare() {
      await publishAll(before, 'r1');
      await scene.apply('app', threeStages);
      await scene.startController();
      await scene.until('r1 is delivered', () => isDelivered('r1'));
    },
    async happen() {
      await scene.admin.delete({
        apiVersion: 'stages.metio.wtf/v1',
        kind: 'StageSet',
        namespace: 'default',
        name: 'app',
      });
    },
    ends: 'the StageSet is gone',
    isOver: async () => (await scene.stageSet('app')) === undefined,
    world: { inventory: {} },
  },
];

/** What is in the cluster of this story, and what is recorded of it. */
async function worldNow(): Promise<Record<string, unknown>> {
  const { items } = await scene.admin.list({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    labelSelector: 'stages.metio.wtf/name',
  });
  const values = items.map((object) => [object.metadata.name, (object['data'] as { key: string }).key]);
  const shards = await scene.admin.list({ apiVersion: 'stages.metio.wtf/v1', kind: 'StageInventory' });
  const inventory: Record<string, string[]> = {};
  for (const shard of shards.items) {
    const { entries } = shard['spec'] as { readonly entries: readonly { readonly id: string }[] };
    const stage = shard.metadata.labels?.['stages.metio.wtf/stage'] ?? '';
    inventory[stage] = entries.map(({ id }) => id.split('_')[1] ?? '').sort();
  }
  return { ...Object.fromEntries(values), inventory };
}

/** Plays a chapter with a controller that is cut off; says whether the cut was ever met. */
async function play(chapter: Chapter, cut: Cut): Promise<boolean> {
  scene = await Scene.start();
  await chapter.prepare();
  await scene.stopController();
  const movesBefore = (await scene.get({ name: 'moves' }))?.metadata.uid;
  await chapter.happen();
  await scene.startController(cut);
  await scene.until(`${chapter.ends}, or the controller is cut off`, async () => scene.isCut || chapter.isOver());
  const wasCut = scene.isCut;
  await scene.stopController();
  await scene.startController();
  await scene.until(chapter.ends, () => chapter.isOver());
  // What the process that died may have sent is remembered until it cannot arrive any more.
  await scene.clock.advance(60_000);
  await scene.until('owned objects are collected', async () => {
    const shards = await scene.admin.list({ apiVersion: 'stages.metio.wtf/v1', kind: 'StageInventory' });
    return shards.items.length === Object.keys(chapter.world['inventory'] as object).length;
  });
  expect(await worldNow(), `cut ${cut.loses} ${cut.afterWrites}`).toEqual(chapter.world);
  const movesAfter = (await scene.get({ name: 'moves' }))?.metadata.uid;
  if (movesBefore !== undefined && 'moves' in chapter.world) expect(movesAfter).toBe(movesBefore);
  return wasCut;
}

describe.each(chapters)('$name', (chapter) => {
  test.each(['request', 'answer'] as const)('survives the loss of any %s', { timeout: 120_000 }, async (loses) => {
    let afterWrites = 0;
    for (let wasCut = true; wasCut; afterWrites++) {
      wasCut = await play(chapter, { afterWrites, loses });
      if (wasCut) await scene.stop();
    }
    expect(afterWrites).toBeGreaterThan(5);
  });
});
