import type { Stage, StageSetStatus } from '@stageset/api';
import type { KubeObject, ObjectRef } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serveKinds } from '../support/served.ts';
import { configMap, Scenario, stage } from './fixture.ts';

type ReadyChecks = NonNullable<Stage['readyChecks']>;

const GROUP = 'checks.stageset.test';
const RBAC = 'rbac.authorization.k8s.io';
const WRITE = { fieldManager: 'suite', force: true } as const;

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.start();
  await serveKinds(world.cluster, [definition('Database', 'checkeddatabases')]);
});
afterAll(() => world.stop());

function definition(kind: string, plural: string, group = GROUP): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      // Names of their own: other suites ask for `databases` on the same cluster.
      names: { plural, singular: plural.replace(/s$/, ''), kind, listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

function database(namespace: string, name = 'main', spec: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: `${GROUP}/v1`, kind: 'Database', metadata: { name, namespace }, spec };
}

/** Writes the status of an object, as the controller of its kind would. */
async function say(object: KubeObject, status: Record<string, unknown>): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  await world.cluster.apply(
    { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, status },
    { ...WRITE, subresource: 'status' },
  );
}

function messageOf(status: StageSetStatus | undefined): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

/** A stage of one database, one ConfigMap, and a second stage after it. */
async function release(
  namespace: string,
  readyChecks: ReadyChecks,
  parts: { readonly object?: KubeObject; readonly more?: Partial<Stage> } = {},
): Promise<void> {
  const { object = database(namespace), more } = parts;
  await world.publish(namespace, 'ea', {
    'database.json': JSON.stringify(object),
    'cm.json': configMap('first', namespace, 'v1'),
  });
  await world.publish(namespace, 'eb', { 'cm.json': configMap('second', namespace, 'v1') });
  await world.stageSet(namespace, 'app', {
    stages: [stage('stage-a', 'ea', { readyChecks, ...more }), stage('stage-b', 'eb')],
  });
}

/** Waits until the first stage waits with a message, and shows that the second has not begun. */
async function waits(namespace: string, said: string): Promise<void> {
  await world.stageSetIs(
    namespace,
    'app',
    `waits: ${said}`,
    ({ status }) => status?.stages?.[0]?.phase === 'Verifying' && messageOf(status).includes(said),
  );
  expect(await world.get(namespace, 'ConfigMap', 'second')).toBeUndefined();
}

const about = { apiVersion: `${GROUP}/v1`, kind: 'Database' } as const;

describe('expressions', () => {
  test('an expression holds the stage until the object is as it wants it, and says what it waits for', async () => {
    const ns = await world.suite.namespace();
    await release(
      ns,
      { exprs: [{ ...about, current: 'status.phase == "Up" && status.ready >= spec.wanted' }] },
      {
        object: database(ns, 'main', { wanted: 2 }),
      },
    );
    await waits(ns, `1 of 2 ready, waiting for Database ${ns}/main (readyChecks.exprs[0].current cannot be answered`);
    await say(database(ns), { phase: 'Up', ready: 1 });
    await waits(ns, 'readyChecks.exprs[0].current does not hold: status.phase == "Up"');
    const { status } = await world.stageSetIs(
      ns,
      'app',
      'tells in status',
      ({ status: seen }) => seen?.stages?.[0]?.waitingFor?.[0]?.message?.includes('does not hold') === true,
    );
    expect(status?.stages?.[0]).toMatchObject({
      objects: { ready: 1, total: 2 },
      waitingFor: [{ kind: 'Database', name: 'main', namespace: ns, status: 'InProgress', reason: 'ReadyCheck' }],
    });
    await say(database(ns), { phase: 'Up', ready: 2 });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect(await world.get(ns, 'ConfigMap', 'second')).toBeDefined();
  });

  test('an expression that says failed fails the stage at once', async () => {
    const ns = await world.suite.namespace();
    await release(ns, { exprs: [{ ...about, current: 'has(status.phase)', failed: 'status.phase == "Broken"' }] });
    await waits(ns, 'readyChecks.exprs[0].current does not hold');
    await say(database(ns), { phase: 'Broken' });
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(messageOf(status)).toContain(`stage "stage-a" verify: readyCheck failed for Database ${ns}/main`);
    expect(status?.stages?.[0]).toMatchObject({ phase: 'Failed' });
    await say(database(ns), { phase: 'Up' });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('what is in progress is held at the timeout, what is not has failed', async () => {
    const ns = await world.suite.namespace();
    const current = 'status.phase == "Up"';
    await release(ns, { timeout: '1s', exprs: [{ ...about, current, inProgress: 'status.phase == "Starting"' }] });
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(messageOf(status)).toMatch(/no such key: phase.*waited 1s: stage readyChecks\.timeout/);
    await say(database(ns), { phase: 'Starting' });
    await world.ready(ns, 'app', 'False', 'StageProgressing');
    await say(database(ns), { phase: 'Up' });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('onTimeout: Rollback makes a failure of what is in progress', async () => {
    const ns = await world.suite.namespace();
    const exprs = [{ ...about, current: 'false', inProgress: 'true' }];
    await release(ns, { timeout: '1s', exprs }, { more: { onTimeout: 'Rollback' } });
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(status?.stages?.[0]?.phase).toBe('Failed');
  });

  test('what was said of an older generation does not count', async () => {
    const ns = await world.suite.namespace();
    const readyChecks = { disableWait: true, exprs: [{ ...about, current: 'status.phase == "Up"' }] };
    await release(ns, readyChecks, { object: database(ns, 'main', { version: 1 }) });
    await waits(ns, 'cannot be answered');
    const first = await world.object(refOf(ns), 'applied');
    await say(database(ns), { phase: 'Up', observedGeneration: first.metadata.generation });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const revision = await world.publish(ns, 'ea', {
      'database.json': JSON.stringify(database(ns, 'main', { version: 2 })),
    });
    await world.stageSetIs(ns, 'app', 'waits for the new generation', ({ status }) =>
      messageOf(status).includes('its controller has not observed generation'),
    );
    const second = await world.object(refOf(ns), 'upgraded');
    await say(database(ns), { phase: 'Up', observedGeneration: second.metadata.generation });
    await world.delivered(ns, 'app', revision);
  });

  test('a check that turns bad later is told, and heals', async () => {
    const ns = await world.suite.namespace();
    await release(ns, { exprs: [{ ...about, failed: 'status.phase == "Broken"' }] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await say(database(ns), { phase: 'Broken' });
    await world.ready(ns, 'app', 'False', 'StageFailed');
    // What is deployed is kept as it is meanwhile.
    await world.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'second' });
    await world.object({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'second' }, 'put back');
    await say(database(ns), { phase: 'Up' });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('a newer revision supersedes one that a check keeps waiting', async () => {
    const ns = await world.suite.namespace();
    await release(
      ns,
      { exprs: [{ ...about, current: 'spec.version == 2' }] },
      {
        object: database(ns, 'main', { version: 1 }),
      },
    );
    await waits(ns, 'spec.version == 2');
    const revision = await world.publish(ns, 'ea', {
      'database.json': JSON.stringify(database(ns, 'main', { version: 2 })),
    });
    await world.delivered(ns, 'app', revision);
  });

  test('one that cannot be evaluated is refused with its place and a remedy', async () => {
    const ns = await world.suite.namespace();
    await release(ns, { exprs: [{ ...about, current: 'stats.phase == "Up"' }] });
    const { status } = await world.ready(ns, 'app', 'False', 'InvalidSpec');
    expect(messageOf(status)).toContain(
      'spec.stages[0].readyChecks.exprs[0].current cannot be used as an expression, at character 1',
    );
    expect(messageOf(status)).toContain('did you mean status?');
    expect(await world.get(ns, 'ConfigMap', 'first')).toBeUndefined();
  });

  test('data of a ConfigMap can be asked about', async () => {
    const ns = await world.suite.namespace();
    await release(ns, { exprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'data.key == "v2"' }] });
    await waits(ns, 'data.key == "v2"');
    const revision = await world.publish(ns, 'ea', { 'cm.json': configMap('first', ns, 'v2') });
    await world.delivered(ns, 'app', revision);
  });
});

function refOf(namespace: string, name = 'main'): ObjectRef {
  return { ...about, namespace, name };
}

describe('checks', () => {
  test('an object of another namespace is waited for, and wakes the stage when it comes', async () => {
    const ns = await world.suite.namespace();
    const other = await world.suite.namespace();
    const checks = [{ ...about, name: 'shared', namespace: other }];
    await release(ns, { checks, exprs: [{ ...about, current: 'metadata.name != "shared" || status.up' }] });
    await waits(ns, `2 of 3 ready, waiting for Database ${other}/shared`);
    const shared = database(other, 'shared');
    await world.cluster.apply(shared, WRITE);
    await say(shared, { conditions: [aCondition('Ready', 'False')] });
    await waits(ns, `waiting for Database ${other}/shared`);
    await say(shared, { conditions: [aCondition('Ready', 'True')] });
    await waits(ns, 'readyChecks.exprs[0].current cannot be answered');
    await say(shared, { conditions: [aCondition('Ready', 'True')], up: true });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('a kind that is installed later is named while it is waited for', async () => {
    const ns = await world.suite.namespace();
    const group = `late-${ns}.test`;
    const late = { apiVersion: `${group}/v1`, kind: 'Engine', name: 'main' };
    await release(ns, { checks: [late] });
    await waits(ns, `the cluster has no kind Engine in ${group}`);
    await serveKinds(world.cluster, [definition('Engine', 'engines', group)]);
    await waits(ns, `waiting for Engine ${ns}/main`);
    await world.cluster.apply(
      { apiVersion: late.apiVersion, kind: late.kind, metadata: { name: late.name, namespace: ns } },
      WRITE,
    );
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.cluster.delete({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: `engines.${group}`,
    });
  });

  test('disableWait leaves what checks name, and a version that is not served means the one that is', async () => {
    const ns = await world.suite.namespace();
    await release(ns, { disableWait: true, checks: [{ apiVersion: `${GROUP}/v7`, kind: 'Database', name: 'main' }] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await say(database(ns), { conditions: [aCondition('Ready', 'False')] });
    await world.publish(ns, 'ea', {
      'database.json': JSON.stringify(database(ns, 'main', { version: 2 })),
    });
    await world.stageSetIs(ns, 'app', 'waits', ({ status }) =>
      messageOf(status).includes(`0 of 1 ready, waiting for Database ${ns}/main`),
    );
    await say(database(ns), { conditions: [aCondition('Ready', 'True')] });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('what the ServiceAccount of the stage may not read is told at once, and goes on when it may', async () => {
    const ns = await world.suite.namespace();
    const metadata = { name: 'deployer', namespace: ns };
    await world.cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    const all = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'];
    const grant = async (...rules: readonly Record<string, unknown>[]): Promise<void> => {
      const given = rules.map((rule) => ({ apiGroups: [''], verbs: all, ...rule }));
      await world.cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: given }, WRITE);
      const roleRef = { apiGroup: RBAC, kind: 'Role', name: 'deployer' };
      const subjects = [{ kind: 'ServiceAccount', name: 'deployer', namespace: ns }];
      await world.cluster.apply({ apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects }, WRITE);
    };
    const checks = [{ apiVersion: 'v1', kind: 'Secret', name: 'marker' }];
    await world.publish(ns, 'ea', { 'cm.json': configMap('first', ns, 'v1') });
    await grant({ resources: ['configmaps'] });
    const stages = [stage('stage-a', 'ea', { readyChecks: { checks } })];
    await world.stageSet(ns, 'app', { serviceAccountName: 'deployer', timeout: '15m', stages });
    const { status } = await world.ready(ns, 'app', 'False', 'RBACDenied');
    expect(messageOf(status)).toContain(`Secret ${ns}/marker cannot be read`);
    expect(messageOf(status)).toContain(`system:serviceaccount:${ns}:deployer`);
    // The object alone, by name, and nothing else of its kind.
    await grant({ resources: ['configmaps'] }, { resources: ['secrets'], resourceNames: ['marker'] });
    await world.stageSetIs(ns, 'app', 'waits for the object', ({ status: seen }) =>
      messageOf(seen).includes(`waiting for Secret ${ns}/marker`),
    );
    await world.cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'marker', namespace: ns } });
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('a kind of the cluster needs no namespace', async () => {
    const ns = await world.suite.namespace();
    await release(ns, { checks: [{ apiVersion: 'v1', kind: 'Namespace', name: ns, namespace: 'elsewhere' }] });
    const { status } = await world.ready(ns, 'app', 'True', 'Succeeded');
    expect(status?.stages?.[0]?.objects).toEqual({ ready: 3, total: 3 });
  });
});

/** A workload whose pods never become ready by themselves. */
function workload(
  namespace: string,
  kind: 'StatefulSet' | 'Deployment',
  more: Record<string, unknown> = {},
): KubeObject {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web', namespace },
    spec: {
      ...(kind === 'StatefulSet' ? { serviceName: 'web' } : {}),
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { simulate: 'hold' }, ...more },
        spec: { containers: [{ name: 'app', image: 'example.com/app:1' }] },
      },
    },
  };
}

/** Has the pod of a workload say that its container crash-loops, as a kubelet would. */
async function crash(namespace: string): Promise<void> {
  const pod = await eventually(world.cluster, { apiVersion: 'v1', kind: 'Pod', namespace }, 'there is a pod', (pods) =>
    pods.find(({ metadata }) => metadata.deletionTimestamp === undefined),
  );
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' };
  const status = {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'app',
        image: 'example.com/app:1',
        imageID: '',
        ready: false,
        restartCount: 3,
        state: { waiting },
        lastState: { terminated: { exitCode: 7, reason: 'Error' } },
      },
    ],
  };
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name };
  await world.cluster.patch(ref, { type: 'merge', patch: { status } }, { subresource: 'status' });
}

describe('pods behind workloads', () => {
  test('a StatefulSet whose pods crash-loop has failed, long before its time is up', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'web.json': JSON.stringify(workload(ns, 'StatefulSet')) });
    await world.stageSet(ns, 'app', { timeout: '15m' });
    await crash(ns);
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(messageOf(status)).toContain(
      `StatefulSet ${ns}/web has failed: Pod web-0: container app waits (CrashLoopBackOff): it exited with 7`,
    );
  });

  test('a Deployment that does not become ready tells what its pods say', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', { 'web.json': JSON.stringify(workload(ns, 'Deployment')) });
    await world.stageSet(ns, 'app', { timeout: '15m' });
    await crash(ns);
    const { status } = await world.stageSetIs(ns, 'app', 'tells of its pods', ({ status: seen }) =>
      /Pod web-\S+: container app waits \(CrashLoopBackOff\)/.test(seen?.stages?.[0]?.waitingFor?.[0]?.message ?? ''),
    );
    expect(status?.stages?.[0]?.phase).toBe('Verifying');
  });
});

describe('kinds that follow the conventions', () => {
  test.each([
    [
      'a Ready condition',
      { conditions: [aCondition('Ready', 'False')] },
      { conditions: [aCondition('Ready', 'True')] },
    ],
    [
      'Reconciling',
      { conditions: [aCondition('Reconciling', 'True')] },
      { conditions: [aCondition('Reconciling', 'False')] },
    ],
    ['an observed generation that lags', { observedGeneration: 0 }, { observedGeneration: 1 }],
  ])('%s is waited for', async (_, before, after) => {
    const ns = await world.suite.namespace();
    await world.cluster.apply(database(ns), WRITE);
    await say(database(ns), before);
    await release(ns, {});
    await waits(ns, `waiting for Database ${ns}/main`);
    await say(database(ns), after);
    await world.ready(ns, 'app', 'True', 'Succeeded');
  });

  test('Stalled fails the stage at once', async () => {
    const ns = await world.suite.namespace();
    await world.cluster.apply(database(ns), WRITE);
    await say(database(ns), { conditions: [aCondition('Stalled', 'True')] });
    await release(ns, {});
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(messageOf(status)).toContain(`Database ${ns}/main has failed: said`);
  });
});

function aCondition(type: string, status: string) {
  return { type, status, reason: 'Said', message: 'said', lastTransitionTime: '2026-01-01T00:00:00Z' };
}
