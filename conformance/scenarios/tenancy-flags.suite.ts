import type { StageSet } from '@stageset/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, Scenario, stage } from './fixture.ts';

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.prepare();
});
afterAll(() => world.stop());

const message = ({ status }: StageSet) => status?.conditions?.find(({ type }) => type === 'Ready')?.message;
const from = (name: string, namespace: string) => [stage('stage-a', name, { sourceRef: { name, namespace } })];

test('S-127 of a source in another namespace nothing is told, whatever is the matter with it', async () => {
  const controller = await world.startController();
  const ns = await world.suite.namespace();
  const other = await world.suite.namespace();
  const said = async (name: string) => {
    await world.stageSet(ns, name, { stages: from('ea', other) });
    const text = message(await world.ready(ns, name, 'False', 'SourceNotReady'));
    await world.cluster.delete({ apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace: ns, name });
    await world.gone({ apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace: ns, name });
    return text;
  };
  const missing = await said('missing');
  await world.point(other, 'ea', undefined, { ready: false });
  const unready = await said('unready');
  await world.point(other, 'ea', undefined);
  const empty = await said('empty');
  expect(missing).toContain(
    `cross-namespace ExternalArtifact "ea" is not reachable; check the source CR's status in "${other}"`,
  );
  expect(new Set([missing, unready, empty]).size).toBe(1);

  // What cannot be fetched is told without its address.
  await world.publish(other, 'ea', { 'a.yaml': configMap('a', ns, 'v1') }, { digest: `sha256:${'0'.repeat(64)}` });
  await world.stageSet(ns, 'broken', { stages: from('ea', other) });
  const broken = message(await world.ready(ns, 'broken', 'False', 'StageFailed'));
  expect(broken).toContain('stage "stage-a" fetch artifact: cross-namespace ExternalArtifact "ea" is not reachable');
  expect(broken).not.toContain('127.0.0.1');
  await world.publish(other, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
  await world.ready(ns, 'broken', 'True', 'Succeeded');
  await controller.stop();
});

test('the default ServiceAccount acts for whoever names none', async () => {
  const controller = await world.startController({ defaultServiceAccount: 'deployer' });
  const ns = await world.suite.namespace();
  await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
  await world.stageSet(ns, 'app');
  expect(message(await world.ready(ns, 'app', 'False', 'StageFailed'))).toContain(
    `no token can be had for ServiceAccount ${ns}/deployer`,
  );
  expect(await world.get(ns, 'ConfigMap', 'a')).toBeUndefined();
  await controller.stop();
});

test('S-127 references to other namespaces are refused where they are switched off', async () => {
  const controller = await world.startController({ noCrossNamespaceRefs: true });
  const ns = await world.suite.namespace();
  const other = await world.suite.namespace();
  await world.publish(other, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
  await world.stageSet(ns, 'app', { stages: from('ea', other) });
  expect(message(await world.ready(ns, 'app', 'False', 'ResolveFailed'))).toContain(
    'cross-namespace references are switched off',
  );
  await controller.stop();
  await world.startController();
});
