import { API_VERSION } from '@stageset/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, Scenario, stage } from './fixture.ts';

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.start();
});
afterAll(() => world.stop());

const cm = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
const ss = (namespace: string, name: string) => ({ apiVersion: API_VERSION, kind: 'StageSet', namespace, name });
const readyMessage = (
  status: { readonly conditions?: readonly { readonly type: string; readonly message: string }[] } | undefined,
) => status?.conditions?.find(({ type }) => type === 'Ready')?.message;

/** A Deployment whose pods never become ready. */
const slow = (namespace: string) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'slow', namespace },
    spec: {
      selector: { matchLabels: { app: 'slow' } },
      template: {
        metadata: { labels: { app: 'slow' }, annotations: { simulate: 'hold' } },
        spec: { containers: [{ name: 'app', image: 'example.com/slow' }] },
      },
    },
  });

describe('substitution', () => {
  const manifest = (namespace: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: out\n  namespace: ${namespace}\ndata:\n  index: "n\${IDX}"\n  from: "\${FROM}"\n  secret: "\${TOKEN}"\n`;

  test('S-022 inline values win over those of ConfigMaps and Secrets, later ones over earlier', async () => {
    const ns = await world.suite.namespace();
    await world.cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'vars', namespace: ns },
      data: { IDX: '1', FROM: 'config', TOKEN: 'plain' },
    });
    await world.cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'vars', namespace: ns },
      data: { TOKEN: btoa('hidden') },
    });
    await world.publish(ns, 'ea', { 'out.yaml': manifest(ns) });
    const postBuild = {
      substitute: { IDX: '7' },
      substituteFrom: [
        { kind: 'ConfigMap', name: 'vars' },
        { kind: 'Secret', name: 'vars' },
        { kind: 'ConfigMap', name: 'not-there', optional: true },
      ],
    } as const;
    await world.stageSet(ns, 'app', { stages: [stage('stage-a', 'ea', { postBuild })] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect((await world.get(ns, 'ConfigMap', 'out'))?.['data']).toEqual({
      index: 'n7',
      from: 'config',
      secret: 'hidden',
    });
  });

  test('S-022 a required reference that is missing fails the stage and is healed when it comes', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'out.yaml': manifest(ns) });
    const postBuild = {
      substitute: { FROM: 'inline', TOKEN: 'hidden' },
      substituteFrom: [{ kind: 'ConfigMap', name: 'late' }],
    } as const;
    await world.stageSet(ns, 'app', { stages: [stage('stage-a', 'ea', { postBuild })] });
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(readyMessage(status)).toMatch(/stage "stage-a" resolve postBuild variables: .*ConfigMap.*late/);
    expect(await world.get(ns, 'ConfigMap', 'out')).toBeUndefined();
    await world.cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'late', namespace: ns },
      data: { IDX: '3' },
    });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });
});

describe('conflicts', () => {
  const immutable = (name: string, namespace: string, value: string) =>
    configMap(name, namespace, value, { immutable: true });

  test('S-023 an immutable field fails the stage, and is recreated where the policy says so', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'obj.yaml': immutable('obj', ns, 'v1') });
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const before = await world.get(ns, 'ConfigMap', 'obj');
    const revision = await world.publish(ns, 'ea', { 'obj.yaml': immutable('obj', ns, 'v2') });
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(readyMessage(status)).toMatch(/stage "stage-a" apply: .*obj.*immutable/);
    expect((await world.get(ns, 'ConfigMap', 'obj'))?.['data']).toEqual({ key: 'v1' });

    await world.stageSet(ns, 'app', { stages: [stage('stage-a', 'ea', { conflictPolicy: { default: 'Recreate' } })] });
    await world.delivered(ns, 'app', revision);
    const after = await world.get(ns, 'ConfigMap', 'obj');
    expect(after?.['data']).toEqual({ key: 'v2' });
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  test('S-024 an object that was recreated once is not when the policy has changed', async () => {
    const ns = await world.suite.namespace();
    const files = (a: string, b: string) => ({ 'a.yaml': immutable('a', ns, a), 'b.yaml': immutable('b', ns, b) });
    const recreate = { default: 'Recreate' } as const;
    await world.publish(ns, 'ea', files('v1', 'v1'));
    await world.stageSet(ns, 'app', { stages: [stage('stage-a', 'ea', { conflictPolicy: recreate })] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.delivered(ns, 'app', await world.publish(ns, 'ea', files('v2', 'v2')));
    const before = await world.get(ns, 'ConfigMap', 'b');
    const policy = {
      default: 'Recreate',
      rules: [{ target: { kind: 'ConfigMap', name: 'b' }, action: 'Fail' }],
    } as const;
    await world.stageSet(ns, 'app', { stages: [stage('stage-a', 'ea', { conflictPolicy: policy })] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.publish(ns, 'ea', files('v2', 'v3'));
    await world.ready(ns, 'app', 'False', 'StageFailed');
    const after = await world.get(ns, 'ConfigMap', 'b');
    expect(after?.['data']).toEqual({ key: 'v2' });
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
  });
});

describe('waiting', () => {
  test('S-026 a StageSet that is deleted while it is verified is torn down at once', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'slow.yaml': slow(ns), 'obj.yaml': configMap('obj', ns, 'v1') });
    await world.stageSet(ns, 'app', { timeout: '15m' });
    const { status } = await world.stageSetIs(
      ns,
      'app',
      'is verified',
      ({ status: seen }) => seen?.stages?.[0]?.phase === 'Verifying' && seen.stages[0].objects?.ready === 1,
    );
    expect(status?.stages?.[0]?.waitingFor).toMatchObject([{ kind: 'Deployment', name: 'slow', status: 'InProgress' }]);
    await world.cluster.delete(ss(ns, 'app'));
    await world.gone(ss(ns, 'app'));
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
    expect(await world.get(ns, 'Deployment', 'slow', 'apps/v1')).toBeUndefined();
  });

  test('S-025 a slow workload holds, and the message names the knob', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'slow.yaml': slow(ns) });
    await world.stageSet(ns, 'app', { timeout: '1s', retryInterval: '90s' });
    const { status } = await world.ready(ns, 'app', 'False', 'StageProgressing');
    expect(status?.stages?.[0]?.phase).toBe('Verifying');
    expect(readyMessage(status)).toMatch(/readyChecks\.timeout.*stages\[\]\.timeout.*spec\.timeout/);
    expect(await world.events(ns, 'RolledBack')).toEqual([]);
    expect(await world.dueInMs(ns, 'app', 30_000)).toBeLessThanOrEqual(90_000);
    await world.stageSet(ns, 'app', { timeout: '1s', retryInterval: '90s', onTimeout: 'Rollback' });
    const failed = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(failed.status?.stages?.[0]?.phase).toBe('Failed');
  });

  test('S-030 waiting StageSets keep nobody else from being served', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'slow', { 'slow.yaml': slow(ns) });
    await world.publish(ns, 'fast', { 'obj.yaml': configMap('obj', ns, 'v1') });
    for (let n = 0; n < 8; n += 1) {
      const waiting = await world.suite.namespace();
      await world.publish(waiting, 'ea', { 'slow.yaml': slow(waiting) });
      await world.stageSet(waiting, 'waiting', { timeout: '15m' });
      await world.stageSetIs(
        waiting,
        'waiting',
        'is verified',
        ({ status }) => status?.stages?.[0]?.phase === 'Verifying',
      );
    }
    await world.stageSet(ns, 'ninth', { stages: [stage('stage-a', 'fast')] });
    await world.ready(ns, 'ninth', 'True', 'Succeeded');
  });

  test('S-018 a suspended StageSet is left alone, and goes on when it is resumed', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, 'v1') });
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.stageSet(ns, 'app', { suspend: true });
    await world.ready(ns, 'app', 'False', 'Suspended');
    await world.cluster.patch(ss(ns, 'app'), {
      type: 'merge',
      patch: { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 't1' } } },
    });
    await world.cluster.delete(cm(ns, 'obj'));
    // Whatever the deletion and the request have woken has been worked off when another StageSet has been delivered.
    await world.stageSet(ns, 'other');
    await world.stageSetIs(
      ns,
      'other',
      'has a verdict',
      ({ status }) => status?.conditions?.some(({ type }) => type === 'Ready') === true,
    );
    const suspended = await world.stageSetIs(ns, 'app', 'is there', () => true);
    expect(suspended.status?.lastHandledReconcileAt).toBeUndefined();
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
    await world.cluster.delete(ss(ns, 'other'));
    await world.gone(ss(ns, 'other'));
    await world.stageSet(ns, 'app', { suspend: false });
    await world.object(cm(ns, 'obj'), 'is there again');
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });
});

describe('order', () => {
  const crd = (plural: string, kind: string) =>
    JSON.stringify({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.scenario.example.com` },
      spec: {
        group: 'scenario.example.com',
        scope: 'Namespaced',
        names: { plural, singular: plural.slice(0, -1), kind, listKind: `${kind}List` },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    });

  test('a kind that the cluster does not know is named, and comes right when its definition comes', async () => {
    const ns = await world.suite.namespace();
    const plural = `gizmos${ns.replaceAll('-', '')}`;
    const kind = `Gizmo${ns.replaceAll('-', '')}`;
    await world.publish(ns, 'ea', {
      'g.yaml': JSON.stringify({ apiVersion: 'scenario.example.com/v1', kind, metadata: { name: 'g', namespace: ns } }),
    });
    await world.stageSet(ns, 'app', { retryInterval: '1h' });
    const { status } = await world.ready(ns, 'app', 'False', 'RBACDenied');
    expect(readyMessage(status)).toContain(kind);
    expect(readyMessage(status)).toContain('scenario.example.com');
    await world.cluster.create(JSON.parse(crd(plural, kind)));
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.cluster.delete({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: `${plural}.scenario.example.com`,
    });
  });

  test('a stage begins only when everything of the one before it is healthy', async () => {
    const ns = await world.suite.namespace();
    const plural = `widgets${ns.replaceAll('-', '')}`;
    const kind = `Widget${ns.replaceAll('-', '')}`;
    const deployment = JSON.parse(slow(ns));
    delete deployment.spec.template.metadata.annotations;
    await world.publish(ns, 'crds', { 'crd.yaml': crd(plural, kind) });
    await world.publish(ns, 'operator', { 'operator.yaml': JSON.stringify(deployment) });
    await world.publish(ns, 'objects', {
      'w.yaml': JSON.stringify({ apiVersion: 'scenario.example.com/v1', kind, metadata: { name: 'w', namespace: ns } }),
    });
    await world.stageSet(ns, 'app', {
      stages: [stage('crds', 'crds'), stage('operator', 'operator'), stage('objects', 'objects')],
    });
    const phases: string[] = [];
    await world.stageSetIs(ns, 'app', 'is Ready', ({ status, metadata }) => {
      const line = (status?.stages ?? []).map(({ phase }) => phase ?? 'Pending').join(' ');
      if (phases.at(-1) !== line) phases.push(line);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
    });
    for (const line of phases) expect(line).toMatch(/^(Ready )*(\w+)?( Pending)*$/);
    await world.cluster.resource({ apiVersion: 'scenario.example.com/v1', kind }, { refresh: true });
    const widget = await world.get(ns, kind, 'w', 'scenario.example.com/v1');
    const operator = await world.get(ns, 'Deployment', 'slow', 'apps/v1');
    const { conditions = [] } = (operator?.['status'] ?? {}) as {
      conditions?: readonly { type: string; lastTransitionTime: string }[];
    };
    const available = conditions.find(({ type }) => type === 'Available');
    expect(Date.parse(widget?.metadata.creationTimestamp ?? '')).toBeGreaterThanOrEqual(
      Date.parse(available?.lastTransitionTime ?? ''),
    );
    // Torn down the other way round: the definition outlives the objects that need it.
    await world.cluster.delete(ss(ns, 'app'));
    await world.gone(ss(ns, 'app'));
    expect(
      await world.cluster.get({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        name: `${plural}.scenario.example.com`,
      }),
    ).toBeUndefined();
  });
});
