import { readFile } from 'node:fs/promises';
import { API_VERSION, LABELS } from '@stageset/api';
import { type LocalCluster, startCluster } from '@stageset/apiserver';
import { createCluster } from '@stageset/client';
import type { Cluster } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { configMap, Scenario, stage } from './fixture.ts';

/** Another cluster that releases go to. */
interface Edge {
  readonly local: LocalCluster;
  readonly cluster: Cluster;
}

let world: Scenario;
let east: Edge;
let west: Edge;
async function edge(): Promise<Edge> {
  const local = await startCluster({ clock: systemClock });
  return { local, cluster: createCluster(local.transport, { clock: systemClock, random: Math.random }) };
}
beforeAll(async () => {
  world = await Scenario.start();
  east = await edge();
  west = await edge();
});
afterAll(async () => {
  await world.stop();
  await east.local.stop();
  await west.local.stop();
});

const WRITE = { fieldManager: 'suite', force: true };
const cm = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

/** A namespace here, and one of the same name on the others. */
async function namespaces(): Promise<string> {
  const name = await world.suite.namespace();
  for (const { cluster } of [east, west]) {
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  return name;
}

function secret(namespace: string, name: string, kubeconfig: string) {
  const data = { value: Buffer.from(kubeconfig).toString('base64') };
  return world.cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data }, WRITE);
}

const to = (name: string | undefined) => (name === undefined ? {} : { kubeConfig: { secretRef: { name } } });

interface Recorded {
  readonly id: string;
  readonly at?: string;
}

const names = async ({ cluster }: Pick<Edge, 'cluster'>, namespace: string): Promise<string[]> => {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace, labelSelector: LABELS.name });
  return items.map(({ metadata }) => metadata.name).sort();
};

async function isEmpty({ cluster }: Pick<Edge, 'cluster'>, namespace: string): Promise<void> {
  const selection = { apiVersion: 'v1', kind: 'ConfigMap', namespace, labelSelector: LABELS.name };
  await eventually(cluster, selection, 'nothing of it is left', (found) => found.length === 0);
}

/** Waits until exactly this is recorded: `<id>` for the controller's own cluster, `<id> <access>` for others. */
async function isRecorded(namespace: string, want: readonly string[]): Promise<void> {
  const selection = { apiVersion: API_VERSION, kind: 'StageInventory', namespace };
  await eventually(world.cluster, selection, `recorded is ${want.join()}`, (found) => {
    const entries = found.flatMap(({ spec }) => (spec as { readonly entries?: readonly Recorded[] }).entries ?? []);
    const recorded = entries.map(({ id, at }) => (at === undefined ? id : `${id} ${at.split(' ')[0]}`));
    return recorded.sort().join() === want.join();
  });
}

const files = (namespace: string, ...wanted: readonly string[]) =>
  Object.fromEntries(wanted.map((name) => [`${name}.yaml`, configMap(name, namespace, 'v1')]));

function event(namespace: string, what: RegExp): Promise<true> {
  return eventually(
    world.cluster,
    { apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace },
    `an event says ${what}`,
    (found) => found.some((one) => one['reason'] === 'LeftBehind' && what.test(String(one['note']))) || undefined,
  );
}

describe('S-125 a StageSet that goes to another cluster', () => {
  test('takes along what it has delivered, and leaves nothing on the one before', async () => {
    const ns = await namespaces();
    await secret(ns, 'east', east.local.kubeconfig);
    await secret(ns, 'west', west.local.kubeconfig);
    await world.publish(ns, 'ea', files(ns, 'a', 'b'));
    await world.stageSet(ns, 'app', to('east'));
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await east.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', namespace: ns } });
    expect(await names(east, ns)).toEqual(['a', 'b']);

    await world.stageSet(ns, 'app', to('west'));
    await isEmpty(east, ns);
    expect(await names(west, ns)).toEqual(['a', 'b']);
    expect(await east.cluster.get(cm(ns, 'mine'))).toBeDefined();
    await isRecorded(ns, [`${ns}_a__ConfigMap Secret/west/value`, `${ns}_b__ConfigMap Secret/west/value`]);
    await world.ready(ns, 'app', 'True', 'Succeeded');

    await world.cluster.delete({ apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' });
    await isEmpty(west, ns);
  });

  test('from here, and back', async () => {
    const ns = await namespaces();
    await secret(ns, 'east', east.local.kubeconfig);
    await world.publish(ns, 'ea', files(ns, 'a'));
    await world.stageSet(ns, 'app', {});
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.stageSet(ns, 'app', to('east'));
    await isEmpty(world, ns);
    expect(await names(east, ns)).toEqual(['a']);
    await world.cluster.patch(
      { apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' },
      { type: 'merge', patch: { spec: { kubeConfig: null } } },
    );
    await isEmpty(east, ns);
    expect(await names(world, ns)).toEqual(['a']);
    await isRecorded(ns, [`${ns}_a__ConfigMap`]);
  });

  test('that is the same under another name, is not deleted there', async () => {
    const ns = await namespaces();
    await secret(ns, 'own', await readFile(world.suite.kubeconfig, 'utf8'));
    await secret(ns, 'again', await readFile(world.suite.kubeconfig, 'utf8'));
    await world.publish(ns, 'ea', files(ns, 'a', 'b'));
    await world.stageSet(ns, 'app', {});
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const uid = (await world.get(ns, 'ConfigMap', 'a'))?.metadata.uid;
    expect(uid).toBeDefined();
    let name: string | undefined;
    for (name of ['own', 'again']) {
      await world.stageSet(ns, 'app', to(name));
      await isRecorded(
        ns,
        ['a', 'b'].map((one) => `${ns}_${one}__ConfigMap Secret/${name}/value`),
      );
      await world.ready(ns, 'app', 'True', 'Succeeded');
      expect((await world.get(ns, 'ConfigMap', 'a'))?.metadata.uid).toBe(uid);
    }
    // What is dropped at the same time goes.
    await world.publish(ns, 'ea', files(ns, 'a'));
    await world.stageSet(ns, 'app', to('own'));
    await isRecorded(ns, [`${ns}_a__ConfigMap Secret/own/value`]);
    expect(await names(world, ns)).toEqual(['a']);
    expect((await world.get(ns, 'ConfigMap', 'a'))?.metadata.uid).toBe(uid);
  });

  test('is ready although the one before cannot be reached any more, and tells what is there', async () => {
    const ns = await namespaces();
    await secret(ns, 'east', east.local.kubeconfig);
    await secret(ns, 'west', west.local.kubeconfig);
    await world.publish(ns, 'ea', files(ns, 'a'));
    await world.stageSet(ns, 'app', to('east'));
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await world.cluster.delete({ apiVersion: 'v1', kind: 'Secret', namespace: ns, name: 'east' });
    await world.stageSet(ns, 'app', { ...to('west'), retryInterval: '2s' });
    await event(
      ns,
      new RegExp(
        `1 object .* to the cluster of Secret ${ns}/east \\(https://.*ConfigMap ${ns}/a .*not found.*it is tried until`,
      ),
    );
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect(await names(west, ns)).toEqual(['a']);
    // It can be reached again.
    await secret(ns, 'east', east.local.kubeconfig);
    await isEmpty(east, ns);
    await isRecorded(ns, [`${ns}_a__ConfigMap Secret/west/value`]);
  });

  test('S-020 and whose inventory is gone, has it rebuilt from what is there', async () => {
    const ns = await namespaces();
    await secret(ns, 'east', east.local.kubeconfig);
    await world.publish(ns, 'ea', files(ns, 'a'));
    await world.stageSet(ns, 'app', to('east'));
    const want = [`${ns}_a__ConfigMap Secret/east/value`];
    await isRecorded(ns, want);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    const { items } = await world.cluster.list({ apiVersion: API_VERSION, kind: 'StageInventory', namespace: ns });
    for (const { apiVersion, kind, metadata } of items) {
      await world.cluster.delete({ apiVersion, kind, namespace: ns, name: metadata.name });
    }
    await isRecorded(ns, want);
    await world.cluster.delete({ apiVersion: API_VERSION, kind: 'StageSet', namespace: ns, name: 'app' });
    await isEmpty(east, ns);
  });

  test('by another kubeconfig in the same Secret: what is left is told at once', async () => {
    const ns = await namespaces();
    await secret(ns, 'edge', east.local.kubeconfig);
    await world.publish(ns, 'ea', files(ns, 'a'));
    await world.stageSet(ns, 'app', { stages: [stage('stage-a', 'ea')], ...to('edge') });
    await world.ready(ns, 'app', 'True', 'Succeeded');
    await secret(ns, 'edge', west.local.kubeconfig);
    await event(
      ns,
      /given up and recorded no longer, remove it there with: kubectl delete configmap --all-namespaces -l /,
    );
    await eventually(west.cluster, { ...cm(ns, 'a') }, 'it is delivered', (found) =>
      found.some(({ metadata }) => metadata.name === 'a'),
    );
    expect(await names(east, ns)).toEqual(['a']);
    await isRecorded(ns, [`${ns}_a__ConfigMap Secret/edge/value`]);
  });
});
