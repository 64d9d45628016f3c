import { API_VERSION, type StageSet, type StageSetSpec } from '@stageset/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, Scenario, stage } from './fixture.ts';

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.start();
});
afterAll(() => world.stop());

type DependsOn = StageSetSpec['dependsOn'];

const ss = (namespace: string, name: string) => ({ apiVersion: API_VERSION, kind: 'StageSet', namespace, name });
const cm = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

/** A StageSet with a source of its own, both of one name, that delivers a ConfigMap of that name. */
async function release(namespace: string, name: string, dependsOn: DependsOn, value = 'v1'): Promise<string> {
  const revision = await world.publish(namespace, name, { 'cm.json': configMap(name, namespace, value) });
  await depend(namespace, name, dependsOn);
  return revision;
}

/** An interval that no test lives to see: whatever happens, an event has caused it. */
async function depend(namespace: string, name: string, dependsOn: DependsOn): Promise<void> {
  await world.stageSet(namespace, name, {
    interval: '1h',
    stages: [stage('stage-a', name)],
    ...(dependsOn === undefined ? {} : { dependsOn }),
  });
}

function messageOf({ status }: StageSet): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

/** Waits until a StageSet waits for its dependencies with a message, and shows that it has applied nothing. */
async function waits(namespace: string, name: string, said: string): Promise<void> {
  await world.ready(namespace, name, 'False', 'DependencyNotReady', (stageSet) => messageOf(stageSet).includes(said));
  expect(await world.get(namespace, 'ConfigMap', name)).toBeUndefined();
}

/** What a later version of the controller will say of a StageSet; until then the tests say it. */
async function sayStatus(namespace: string, name: string, status: Record<string, unknown>): Promise<void> {
  await world.cluster.patch(ss(namespace, name), { type: 'merge', patch: { status } }, { subresource: 'status' });
}

describe('dependencies', () => {
  test('S-110 a dependency that is missing or not ready is waited for, and wakes its dependent without a timer', async () => {
    const ns = await world.suite.namespace();
    await release(ns, 'app', [{ name: 'db' }]);
    await waits(ns, 'app', `waiting for StageSet ${ns}/db, which does not exist`);
    await depend(ns, 'db', undefined);
    await world.ready(ns, 'db', 'False', 'ArtifactNotFound');
    await waits(ns, 'app', `waiting for StageSet ${ns}/db, which is not ready (ArtifactNotFound)`);
    await release(ns, 'db', undefined);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect(await world.get(ns, 'ConfigMap', 'app')).toBeDefined();
  });

  test('S-110 what comes while it is waited for is delivered in its newest revision', async () => {
    const ns = await world.suite.namespace();
    await release(ns, 'app', [{ name: 'db' }]);
    await waits(ns, 'app', 'does not exist');
    const revision = await world.publish(ns, 'app', { 'cm.json': configMap('app', ns, 'v2') });
    await release(ns, 'db', undefined);
    await world.delivered(ns, 'app', revision);
    const { status } = await world.ready(ns, 'app', 'True', 'Succeeded');
    expect(status?.run?.id).toBe('1');
  });

  test('S-110 a dependency that becomes unready holds what is new, and nothing else', async () => {
    const ns = await world.suite.namespace();
    await release(ns, 'db', undefined);
    await release(ns, 'app', [{ name: 'db' }]);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.point(ns, 'db', undefined, { ready: false });
    await world.stageSet(ns, 'db', { interval: '1h', stages: [stage('stage-a', 'nothing')] });
    await world.ready(ns, 'db', 'False', 'ArtifactNotFound');
    // What is deployed stays ready, and drift of it is put back.
    await world.cluster.delete(cm(ns, 'app'));
    await world.object(cm(ns, 'app'), 'put back');
    expect(await world.ready(ns, 'app', 'True', 'Succeeded')).toBeDefined();
    // A newer revision waits; drift of the older one is put back meanwhile.
    const revision = await world.publish(ns, 'app', { 'cm.json': configMap('app', ns, 'v2') });
    await world.ready(ns, 'app', 'False', 'DependencyNotReady');
    await world.cluster.delete(cm(ns, 'app'));
    await world.object(cm(ns, 'app'), 'put back', (object) => (object['data'] as { key?: string }).key === 'v1');
    await release(ns, 'db', undefined);
    await world.delivered(ns, 'app', revision);
  });

  test('S-111 a version is waited for, and both are told', async () => {
    const ns = await world.suite.namespace();
    await release(ns, 'db', undefined);
    await world.ready(ns, 'db', 'True', 'Succeeded');
    await release(ns, 'app', [{ name: 'db', minVersion: '1.5.0' }]);
    await waits(ns, 'app', `waiting for StageSet ${ns}/db, whose version has to be 1.5.0 or later and is (none)`);
    await sayStatus(ns, 'db', { version: '1.4.0' });
    await waits(ns, 'app', 'whose version has to be 1.5.0 or later and is 1.4.0');
    await sayStatus(ns, 'db', { version: '1.5.0' });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('S-112 a circle is named with its whole path, and is over when one dependency is taken out', async () => {
    const ns = await world.suite.namespace();
    await release(ns, 'a', [{ name: 'b' }]);
    await release(ns, 'b', [{ name: 'c' }]);
    await release(ns, 'c', [{ name: 'a' }]);
    const path = (names: string) =>
      `spec.dependsOn goes in a circle: ${[...names].map((name) => `${ns}/${name}`).join(' → ')}`;
    for (const [name, round] of [
      ['a', 'abca'],
      ['b', 'bcab'],
      ['c', 'cabc'],
    ] as const) {
      await world.ready(ns, name, 'False', 'Stalled', (stageSet) => messageOf(stageSet).includes(path(round)));
      const { status } = await world.stageSetIs(ns, name, 'is stalled', () => true);
      expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'True' }));
      const due = world.controller.wakeUps().find(({ key }) => key === `${ns}/${name}`);
      expect(due?.dueInMs).toBeLessThanOrEqual(60_000);
    }
    await depend(ns, 'c', undefined);
    for (const name of ['c', 'b', 'a']) await world.ready(ns, name, 'True', 'Succeeded');
  });

  test('S-113 a dependency that holds a newer revision back is waited for, although it is ready', async () => {
    const ns = await world.suite.namespace();
    await release(ns, 'db', undefined);
    await world.ready(ns, 'db', 'True', 'Succeeded');
    await sayStatus(ns, 'db', { pendingUpdate: { revisions: { [`${ns}/db`]: 'v2' } } });
    await release(ns, 'app', [{ name: 'db' }]);
    await waits(ns, 'app', 'holds a newer revision back until its update window opens');
    await sayStatus(ns, 'db', { pendingUpdate: null });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('S-127 of another namespace nothing is told but that it is waited for; it wakes its dependent too', async () => {
    const ns = await world.suite.namespace();
    const other = await world.suite.namespace();
    await release(ns, 'app', [{ name: 'db', namespace: other }]);
    const said = `waiting for StageSet "db" in namespace "${other}", which is not reachable or not ready; check its status there`;
    await waits(ns, 'app', said);
    await depend(other, 'db', undefined);
    await world.ready(other, 'db', 'False', 'ArtifactNotFound');
    await waits(ns, 'app', said);
    await release(other, 'db', undefined);
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('a StageSet that depends on itself is refused', async () => {
    const ns = await world.suite.namespace();
    await release(ns, 'app', [{ name: 'app', namespace: ns }]);
    const refused = await world.ready(ns, 'app', 'False', 'InvalidSpec');
    expect(messageOf(refused)).toContain('spec.dependsOn[0].name is this StageSet itself');
  });

  test('a StageSet is torn down whatever it depends on', async () => {
    const ns = await world.suite.namespace();
    await release(ns, 'db', undefined);
    await release(ns, 'app', [{ name: 'db' }]);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.cluster.delete(ss(ns, 'db'));
    await world.gone(ss(ns, 'db'));
    await world.cluster.delete(ss(ns, 'app'));
    await world.gone(ss(ns, 'app'));
    expect(await world.get(ns, 'ConfigMap', 'app')).toBeUndefined();
  });
});
