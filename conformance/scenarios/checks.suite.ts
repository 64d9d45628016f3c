import type { KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, Scenario, stage } from './fixture.ts';

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.start();
});
afterAll(() => world.stop());

const deployment = (namespace: string, spec: Readonly<Record<string, unknown>>) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'example.com/web' }] },
      },
      ...spec,
    },
  });

const definition = (group: string, properties: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `gadgets.${group}` },
  spec: {
    group,
    names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
      },
    ],
  },
});

const gadget = (group: string, namespace: string, spec: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'g', namespace }, spec });

const messageOf = ({ status }: Awaited<ReturnType<Scenario['ready']>>) =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';

const writesOf = (namespace: string) =>
  world.requests.filter(
    ({ method, path }) => method === 'PATCH' && path.includes(`/namespaces/${namespace}/`) && !path.includes('metio'),
  );

describe('a stage is checked before its first object is written', () => {
  test('a first rollout: every fault is told with object and field, and nothing is written', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'ea', {
      'good.json': configMap('good', ns, 'v1'),
      'web.json': deployment(ns, { replicas: 'three', replcas: 3 }),
      'bad-label.json': configMap('bad', ns, 'v1', {
        metadata: { name: 'bad', namespace: ns, labels: { team: 'not valid' } },
      }),
      'secret.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'token', namespace: ns },
        data: { key: { inner: 'swordfish' } },
      }),
    });
    await world.stageSet(ns, 'app');
    const message = messageOf(await world.ready(ns, 'app', 'False', 'StageFailed'));
    expect(message).toContain(`Deployment ${ns}/web: .spec.rep`);
    expect(message).toContain('.spec.replcas: field not declared in schema');
    expect(message).toContain('.spec.replicas: expected numeric (int or float), got');
    expect(message).toContain(`ConfigMap ${ns}/bad: .metadata.labels[team]: `);
    expect(message).toContain(`Secret ${ns}/token: .data.key: has a value that it cannot have`);
    expect(message).not.toContain('swordfish');
    expect(writesOf(ns)).toEqual([]);

    const revision = await world.publish(ns, 'ea', {
      'good.json': configMap('good', ns, 'v1'),
      'web.json': deployment(ns, { replicas: 1 }),
    });
    await world.delivered(ns, 'app', revision);
  });

  test('a custom resource is held to its definition as it is now, also when an earlier stage has just changed it', async () => {
    const ns = await world.suite.namespace();
    const group = `${ns}.example.com`;
    const size = { type: 'integer' };
    const stages = [stage('kinds', 'kinds'), stage('things', 'things')];
    const kinds = (properties: Readonly<Record<string, unknown>>): Promise<string> =>
      world.publish(ns, 'kinds', { 'crd.json': JSON.stringify(definition(group, properties) as KubeObject) });
    await kinds({ size });
    await world.publish(ns, 'things', { 'g.json': gadget(group, ns, { size: 1, colour: 'red' }) });
    await world.stageSet(ns, 'app', { stages });
    const message = messageOf(await world.ready(ns, 'app', 'False', 'StageFailed'));
    expect(message).toContain(`Gadget ${ns}/g: .spec.colour: field not declared in schema`);
    expect(writesOf(ns)).toEqual([]);

    const revision = await kinds({ size, colour: { type: 'string' } });
    await world.delivered(ns, 'app', revision, 'kinds');
    await world.cluster.resource({ apiVersion: `${group}/v1`, kind: 'Gadget' }, { refresh: true });
    expect(await world.get(ns, 'Gadget', 'g', `${group}/v1`)).toMatchObject({ spec: { size: 1, colour: 'red' } });
  });

  test('an object of a definition in the same stage is left to the server', async () => {
    const ns = await world.suite.namespace();
    const group = `${ns}.example.com`;
    const revision = await world.publish(ns, 'ea', {
      'crd.json': JSON.stringify(definition(group, { size: { type: 'integer' } })),
      'g.json': gadget(group, ns, { size: 1 }),
    });
    await world.stageSet(ns, 'app');
    await world.delivered(ns, 'app', revision);
  });

  test('costs no request an object, and none for a kind that is known', async () => {
    const ns = await world.suite.namespace();
    const files = (value: string) =>
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`c${i}.json`, configMap(`c${i}`, ns, `${value}${i}`)]));
    await world.publish(ns, 'ea', files('a'));
    await world.stageSet(ns, 'app');
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const before = world.requests.filter(({ path }) => path.startsWith('/openapi')).length;
    const revision = await world.publish(ns, 'ea', files('b'));
    await world.delivered(ns, 'app', revision);
    const after = world.requests.filter(({ path }) => path.startsWith('/openapi')).length;
    expect(before).toBeLessThan(12);
    expect(after).toBe(before);
  });
});
