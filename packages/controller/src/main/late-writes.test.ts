import { UnreachableError } from '@stageset/k8s';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configMap, Scene, stageOf } from './testing/scene.ts';

/** Writes that their sender was told are lost, and that reach the API server seconds later all the same. */

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

const WRITE = { fieldManager: 'stageset-controller', force: true } as const;

const recorded = async (): Promise<readonly string[]> => {
  const { items } = await scene.admin.list({ apiVersion: 'stages.metio.wtf/v1', kind: 'StageInventory' });
  return items.flatMap(({ spec }) => (spec as { entries: readonly { id: string }[] }).entries.map(({ id }) => id));
};

/** The create of `late` is lost on its way; what is returned lets it arrive. */
function loseCreateOfLate(): () => Promise<unknown> {
  const labels = {
    'stages.metio.wtf/name': 'app',
    'stages.metio.wtf/namespace': 'default',
    'stages.metio.wtf/stage': 'first',
  };
  const metadata = { name: 'late', namespace: 'default', labels };
  scene.onWrite = async (request) => {
    if (/PATCH .*\/configmaps\/late/.test(request)) {
      const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      throw new UnreachableError('the connection was lost', { cause });
    }
  };
  return () => scene.admin.apply(configMap('late', 'v1', { metadata }), WRITE);
}

test('an object that arrives after the release that dropped it is pruned', async () => {
  await scene.publish('one', 'r1', [configMap('a', 'v1'), configMap('late', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  const arrive = loseCreateOfLate();
  await scene.startController();
  await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.delivered('app', 'r2');
  await arrive();
  await scene.until('it is pruned', async () => (await scene.get({ name: 'late' })) === undefined);
  await scene.clock.advance(61_000);
  expect(await recorded()).toEqual(['default_a__ConfigMap']);
});

test('a StageSet is held until nothing can arrive any more, also over a restart', async () => {
  await scene.publish('one', 'r1', [configMap('late', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one')]);
  const arrive = loseCreateOfLate();
  await scene.startController();
  await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
  await scene.stopController();
  await scene.startController();
  const ref = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace: 'default', name: 'app' };
  await scene.admin.delete(ref);
  await scene.clock.advance(10_000);
  expect(await scene.message('app')).toContain('until no write that was sent and not answered can arrive');
  await arrive();
  await scene.until('it is deleted', async () => (await scene.get({ name: 'late' })) === undefined);
  await scene.clock.advance(61_000);
  expect(await scene.stageSet('app')).toBeUndefined();
});
