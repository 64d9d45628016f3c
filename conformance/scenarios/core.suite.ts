import { API_VERSION, FINALIZER } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { configMap, FIELD_MANAGER, managersOf, Scenario, stage } from './fixture.ts';

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.start();
});
afterAll(() => world.stop());

const cm = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
const ss = (namespace: string, name: string) => ({ apiVersion: API_VERSION, kind: 'StageSet', namespace, name });
const dataOf = (object: KubeObject | undefined) => object?.['data'];

describe('the core pipeline', () => {
  test('S-001 first apply', async () => {
    const ns = await world.suite.namespace();
    const revision = await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
    await world.stageSet(ns, 'app');
    const { metadata, status } = await world.delivered(ns, 'app', revision);

    const object = await world.get(ns, 'ConfigMap', 'obj');
    expect(object?.metadata.labels).toMatchObject({
      'stages.metio.wtf/name': 'app',
      'stages.metio.wtf/namespace': ns,
      'stages.metio.wtf/stage': 'stage-a',
    });
    expect(object && managersOf(object)).toEqual([FIELD_MANAGER]);
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toBe('Applied and verified 1 stage(s)');
    expect(status?.stages).toMatchObject([
      { name: 'stage-a', phase: 'Ready', appliedRevision: revision, entriesCount: 1, shards: 1 },
    ]);
    expect(status?.lastAppliedRevisions).toEqual(status?.lastAttemptedRevisions);
    expect(Object.values(status?.lastAppliedRevisions ?? {})).toEqual([revision]);
    expect(status?.observedGeneration).toBe(metadata.generation);
    expect(await world.inventory(ns, 'app')).toEqual(new Map([['stage-a', [`${ns}_obj__ConfigMap`]]]));
  });

  test('S-002 the finalizer comes first', async () => {
    const ns = await world.suite.namespace();
    const revision = await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
    await world.stageSet(ns, 'app');
    const { metadata } = await world.delivered(ns, 'app', revision);
    expect(metadata.finalizers).toContain(FINALIZER);
    const mine = world.requests.filter(({ path, method }) => method !== 'GET' && path.includes(`/namespaces/${ns}/`));
    const finalizer = mine.findIndex(({ path }) => /\/stagesets\/app(\?|$)/.test(path));
    const applied = mine.findIndex(({ path }) => path.includes('/configmaps/obj'));
    expect(finalizer).toBeGreaterThanOrEqual(0);
    expect(applied).toBeGreaterThan(finalizer);
  });

  test('S-003 deleting prunes', async () => {
    const ns = await world.suite.namespace();
    const revision = await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
    await world.stageSet(ns, 'app');
    await world.delivered(ns, 'app', revision);
    await world.cluster.delete(ss(ns, 'app'));
    await world.gone(ss(ns, 'app'));
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
    await eventually(
      world.cluster,
      { apiVersion: API_VERSION, kind: 'StageInventory', namespace: ns },
      'nothing is recorded',
      (left) => left.length === 0,
    );
  });

  test('S-004 what leaves the manifests is pruned, and exactly that', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1'), 'b.yaml': configMap('b', ns, 'v1') });
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const before = await world.get(ns, 'ConfigMap', 'a');
    const revision = await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
    await world.delivered(ns, 'app', revision);
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeUndefined();
    expect((await world.get(ns, 'ConfigMap', 'a'))?.metadata.uid).toBe(before?.metadata.uid);
    expect(await world.inventory(ns, 'app')).toEqual(new Map([['stage-a', [`${ns}_a__ConfigMap`]]]));
  });

  test('S-005 an empty artifact is refused', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.publish(ns, 'ea', { 'README.md': 'nothing to see' });
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(status?.stages?.[0]).toMatchObject({ phase: 'Failed' });
    expect(await world.get(ns, 'ConfigMap', 'a')).toBeDefined();
  });

  test('S-006 a removed stage is torn down', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'a.yaml': configMap('obj-a', ns, 'v1') });
    await world.publish(ns, 'eb', { 'b.yaml': configMap('obj-b', ns, 'v1') });
    await world.stageSet(ns, 'app', { stages: [stage('a', 'ea'), stage('b', 'eb')] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.stageSet(ns, 'app', { stages: [stage('a', 'ea')] });
    await world.ready(ns, 'app', 'True', 'Succeeded', ({ status }) => status?.stages?.length === 1);
    expect(await world.get(ns, 'ConfigMap', 'obj-b')).toBeUndefined();
    expect(await world.get(ns, 'ConfigMap', 'obj-a')).toBeDefined();
    expect([...(await world.inventory(ns, 'app')).keys()]).toEqual(['a']);
  });

  test('S-007 an object that moves between stages is never deleted', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 's.yaml': configMap('shared', ns, 'v1'), 'x.yaml': configMap('x', ns, 'v1') });
    await world.publish(ns, 'eb', { 'y.yaml': configMap('y', ns, 'v1') });
    await world.publish(ns, 'ea2', { 'x.yaml': configMap('x', ns, 'v1') });
    await world.publish(ns, 'eb2', { 's.yaml': configMap('shared', ns, 'v1'), 'y.yaml': configMap('y', ns, 'v1') });
    await world.stageSet(ns, 'app', { stages: [stage('a', 'ea'), stage('b', 'eb')] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const before = await world.get(ns, 'ConfigMap', 'shared');
    await world.stageSet(ns, 'app', { stages: [stage('a', 'ea2'), stage('b', 'eb2')] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const after = await world.get(ns, 'ConfigMap', 'shared');
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.metadata.labels?.['stages.metio.wtf/stage']).toBe('b');
    expect((await world.inventory(ns, 'app')).get('b')).toEqual([`${ns}_shared__ConfigMap`, `${ns}_y__ConfigMap`]);
  });

  test('S-008 an object whose owner labels are gone is left alone', async () => {
    const ns = await world.suite.namespace();
    const files = {
      'a.yaml': configMap('a', ns, 'v1'),
      'b.yaml': configMap('b', ns, 'v1'),
      'keep.yaml': configMap('keep', ns, 'v1'),
    };
    await world.publish(ns, 'ea', files);
    // Suspended while the labels are taken off: at once they would be put back.
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.stageSet(ns, 'app', { suspend: true });
    await world.ready(ns, 'app', 'False', 'Suspended');
    await world.cluster.patch(cm(ns, 'b'), {
      type: 'merge',
      patch: { metadata: { labels: { 'stages.metio.wtf/name': null, 'stages.metio.wtf/namespace': null } } },
    });
    const revision = await world.publish(ns, 'ea', { 'keep.yaml': files['keep.yaml'] });
    await world.stageSet(ns, 'app', { suspend: false });
    await world.delivered(ns, 'app', revision);
    await world.gone(cm(ns, 'a'));
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeDefined();
  });

  test('S-009 an object that opted out survives its place in the manifests and the StageSet', async () => {
    const ns = await world.suite.namespace();
    const files = {
      'a.yaml': configMap('a', ns, 'v1'),
      'b.yaml': configMap('b', ns, 'v1'),
      'c.yaml': configMap('c', ns, 'v1'),
    };
    await world.publish(ns, 'ea', files);
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    for (const name of ['b', 'c']) {
      await world.cluster.patch(cm(ns, name), {
        type: 'merge',
        patch: { metadata: { annotations: { 'stages.metio.wtf/prune': 'Disabled' } } },
      });
    }
    const revision = await world.publish(ns, 'ea', { 'a.yaml': files['a.yaml'], 'c.yaml': files['c.yaml'] });
    await world.delivered(ns, 'app', revision);
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeDefined();
    await world.cluster.delete(ss(ns, 'app'));
    await world.gone(ss(ns, 'app'));
    expect(await world.get(ns, 'ConfigMap', 'a')).toBeUndefined();
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeDefined();
    expect(await world.get(ns, 'ConfigMap', 'c')).toBeDefined();
  });

  test('S-010 a stage with prune: false keeps what it dropped and what it has', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1'), 'b.yaml': configMap('b', ns, 'v1') });
    await world.stageSet(ns, 'app', { stages: [stage('stage-a', 'ea', { prune: false })] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const revision = await world.publish(ns, 'ea', { 'a.yaml': configMap('a', ns, 'v1') });
    await world.delivered(ns, 'app', revision);
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeDefined();
    await world.cluster.delete(ss(ns, 'app'));
    await world.gone(ss(ns, 'app'));
    expect(await world.get(ns, 'ConfigMap', 'a')).toBeDefined();
    expect(await world.get(ns, 'ConfigMap', 'b')).toBeDefined();
  });

  test('S-011 two stages may not claim one object', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'a.yaml': configMap('same', ns, 'v1') });
    await world.stageSet(ns, 'app', { stages: [stage('a', 'ea'), stage('b', 'ea')] });
    const { status } = await world.ready(ns, 'app', 'False', 'InvalidSpec');
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toMatch(
      /1 object\(s\) .*claimed by more than one stage/,
    );
    expect(await world.get(ns, 'ConfigMap', 'same')).toBeUndefined();
  });

  test('S-012 a change made by hand is put back, told and counted', async () => {
    const ns = await world.suite.namespace();
    const revision = await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
    await world.stageSet(ns, 'app');
    await world.delivered(ns, 'app', revision);
    await world.cluster.patch(
      cm(ns, 'obj'),
      { type: 'merge', patch: { data: { key: 'by hand' } } },
      { fieldManager: 'somebody' },
    );
    await world.object(cm(ns, 'obj'), 'is put back', (object) => (dataOf(object) as { key?: string }).key === 'v1');
    const event = await world.event(ns, 'DriftCorrected');
    expect(event).toMatchObject({ type: 'Warning', reportingController: 'stageset-controller' });
    expect(event['note']).toContain(`ConfigMap ${ns}/obj (data.key)`);
    const drift = `stageset_drift_corrected_total{namespace="${ns}",name="app",stage="stage-a"} 1`;
    expect((await world.controller.metrics()).split('\n')).toContain(drift);
  });

  test('S-013 a new revision is no drift', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const revision = await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v2') });
    await world.delivered(ns, 'app', revision);
    expect(dataOf(await world.get(ns, 'ConfigMap', 'obj'))).toEqual({ key: 'v2' });
    // Nor is an edit of the spec at the same revision.
    const patch = '[{"op": "replace", "path": "/data/key", "value": "patched"}]';
    const { metadata } = await world.stageSet(ns, 'app', {
      stages: [stage('stage-a', 'ea', { patches: [{ patch, target: { kind: 'ConfigMap' } }] })],
    });
    await world.ready(ns, 'app', 'True', 'Succeeded', ({ status }) => status?.run?.generation === metadata.generation);
    expect(dataOf(await world.get(ns, 'ConfigMap', 'obj'))).toEqual({ key: 'patched' });
    expect(await world.events(ns, 'DriftCorrected')).toEqual([]);
    expect(await world.controller.metrics()).not.toContain(`stageset_drift_corrected_total{namespace="${ns}"`);
  });

  test('S-014 a source that is missing or not ready is waited for, without waiting for the interval', async () => {
    const ns = await world.suite.namespace();
    await world.stageSet(ns, 'absent', { interval: '1h', stages: [stage('stage-a', 'absent')] });
    await world.ready(ns, 'absent', 'False', 'ArtifactNotFound');
    await world.point(ns, 'unready', undefined, { ready: false });
    await world.stageSet(ns, 'unready', { interval: '1h', stages: [stage('stage-a', 'unready')] });
    await world.ready(ns, 'unready', 'False', 'SourceNotReady');
    await world.stageSet(ns, 'patient', { interval: '1h', retryInterval: '90s', stages: [stage('stage-a', 'never')] });
    await world.ready(ns, 'patient', 'False', 'ArtifactNotFound');
    expect(await world.dueInMs(ns, 'patient', 30_000)).toBeLessThanOrEqual(90_000);
    await world.publish(ns, 'absent', { 'a.yaml': configMap('from-absent', ns, 'v1') });
    await world.publish(ns, 'unready', { 'a.yaml': configMap('from-unready', ns, 'v1') });
    await world.ready(ns, 'absent', 'True', 'Succeeded');
    await world.ready(ns, 'unready', 'True', 'Succeeded');
  });

  test('S-014 a source of another namespace wakes as one of its own does', async () => {
    const [ns, elsewhere] = [await world.suite.namespace(), await world.suite.namespace()];
    const first = await world.publish(elsewhere, 'shared', { 'obj.yaml': configMap('obj', ns, 'v1') });
    await world.stageSet(ns, 'app', {
      interval: '1h',
      stages: [{ name: 'stage-a', sourceRef: { name: 'shared', namespace: elsewhere } }],
    });
    await world.delivered(ns, 'app', first);
    const second = await world.publish(elsewhere, 'shared', { 'obj.yaml': configMap('obj', ns, 'v2') });
    await world.delivered(ns, 'app', second);
    expect(dataOf(await world.get(ns, 'ConfigMap', 'obj'))).toEqual({ key: 'v2' });
  });

  test('no file is lost for its name', async () => {
    const ns = await world.suite.namespace();
    const names = ['with space.yaml', 'a+b@c~d.yml', 'straße/größe.json', '#1,2=3;[x].yaml'];
    const files = Object.fromEntries(names.map((name, index) => [name, configMap(`obj-${index}`, ns, name)]));
    const revision = await world.publish(ns, 'ea', files);
    await world.stageSet(ns, 'app');
    await world.delivered(ns, 'app', revision);
    const live = await Promise.all(names.map((_, index) => world.get(ns, 'ConfigMap', `obj-${index}`)));
    expect(live.map(dataOf)).toEqual(names.map((name) => ({ key: name })));
  });

  test('S-015 a producer is found by the back-pointer of its artifact', async () => {
    const ns = await world.suite.namespace();
    const producer = { apiVersion: 'jaas.metio.wtf/v1', kind: 'JsonnetSnippet', name: 'dash' };
    const revision = await world.publish(
      ns,
      'some-artifact',
      { 'obj.yaml': configMap('obj', ns, 'v1') },
      { spec: { sourceRef: { ...producer, namespace: ns } } },
    );
    await world.stageSet(ns, 'app', { stages: [{ name: 'stage-a', sourceRef: producer }] });
    await world.delivered(ns, 'app', revision);
    expect(dataOf(await world.get(ns, 'ConfigMap', 'obj'))).toEqual({ key: 'v1' });
  });

  test.each(['GitRepository', 'OCIRepository', 'Bucket'] as const)('S-016 %s is a direct source', async (kind) => {
    const ns = await world.suite.namespace();
    const revision = await world.publish(ns, 'direct', { 'obj.yaml': configMap('obj', ns, kind) }, { kind });
    await world.cluster.apply(
      {
        apiVersion: API_VERSION,
        kind: 'StageSet',
        metadata: { name: 'app', namespace: ns },
        spec: { stages: [{ name: 'stage-a', sourceRef: { kind, name: 'direct' } }] },
      },
      { fieldManager: 'suite', force: true },
    );
    await world.delivered(ns, 'app', revision);
    expect(dataOf(await world.get(ns, 'ConfigMap', 'obj'))).toEqual({ key: kind });
  });

  test('S-017 an artifact with another digest is refused, without a storm of retries', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') }, { digest: `sha256:${'0'.repeat(64)}` });
    await world.stageSet(ns, 'app');
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toMatch(
      /stage "stage-a" fetch artifact: .*digest/,
    );
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
    // Half a minute at the least until it is tried again by itself.
    await world.dueInMs(ns, 'app', 30_000);
  });

  test('S-019 a forced reconcile is recorded', async () => {
    const ns = await world.suite.namespace();
    const revision = await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
    await world.stageSet(ns, 'app');
    await world.delivered(ns, 'app', revision);
    await world.cluster.patch(ss(ns, 'app'), {
      type: 'merge',
      patch: { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 't1' } } },
    });
    await world.stageSetIs(
      ns,
      'app',
      'lastHandledReconcileAt is t1',
      ({ status }) => status?.lastHandledReconcileAt === 't1',
    );
  });
});
