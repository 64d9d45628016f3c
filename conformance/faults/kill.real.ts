import { fileURLToPath } from 'node:url';
import { API_VERSION, crds, LABELS, sourceCrds } from '@stageset/api';
import { type ArtifactServer, packFiles, serveArtifacts } from '@stageset/artifact';
import type { KubeObject } from '@stageset/k8s';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningProcess, start } from '../e2e/process.ts';
import { eventually } from '../support/eventually.ts';
import { serveKinds } from '../support/served.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const WRITE = { fieldManager: 'suite', force: true } as const;
const PATHS = ['one', 'two', 'three'] as const;
/** Kills of one chapter at most: each run starts a program, and the whole is to end within a minute. */
const MAX_KILLS = 6;

type Release = Readonly<Partial<Record<(typeof PATHS)[number], Readonly<Record<string, string>>>>>;

const BEFORE: Release = { one: { a: 'v1', b: 'v1', moves: 'v1' }, two: { c: 'v1' }, three: { d: 'v1' } };
const AFTER: Release = { one: { a: 'v2', new: 'v2' }, two: { c: 'v1', moves: 'v1' } };

let suite: SuiteCluster;
let server: ArtifactServer;
let running: RunningProcess | undefined;

beforeAll(async () => {
  suite = await suiteCluster();
  await serveKinds(suite.cluster, [...crds(), ...sourceCrds()]);
  server = await serveArtifacts();
});
afterAll(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  await server.stop();
  await suite.stop();
});

function startController(): RunningProcess {
  const off = ['--metrics-bind-address=0', '--health-probe-bind-address=0'];
  const args = ['controller', '--kubeconfig', suite.kubeconfig, '--allowed-artifact-hosts', '127.0.0.1', ...off];
  running = start(process.execPath, ['packages/cli/bin/stageset.js', ...args], root);
  return running;
}

async function kill({ child, ended }: RunningProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

async function publish(namespace: string, release: Release): Promise<void> {
  const encoder = new TextEncoder();
  const files = Object.entries(release).flatMap(([path, objects]) =>
    Object.entries(objects).map(([name, value]) => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { key: value } };
      return [`${path}/${name}.yaml`, encoder.encode(JSON.stringify(object))] as const;
    }),
  );
  const { url, digest } = server.publish(await packFiles(new Map(files)), `${namespace}/bundle`);
  const source = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'ExternalArtifact',
    metadata: { name: 'bundle', namespace },
  };
  await suite.cluster.apply({ ...source, spec: {} }, WRITE);
  const at = new Date(systemClock.now()).toISOString();
  const ready = { type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: at };
  const artifact = { url, digest, revision: `main@${digest}`, path: 'bundle', lastUpdateTime: at };
  await suite.cluster.apply(
    { ...source, status: { artifact, conditions: [ready] } },
    { ...WRITE, subresource: 'status' },
  );
}

async function applyStages(namespace: string, release: Release): Promise<void> {
  const stages = Object.keys(release).map((path) => ({ name: path, path, sourceRef: { name: 'bundle' } }));
  const metadata = { name: 'app', namespace };
  await suite.cluster.apply(
    { apiVersion: API_VERSION, kind: 'StageSet', metadata, spec: { interval: '1m', stages } },
    WRITE,
  );
}

/** How many writes of a chapter can be seen in what they leave: versions of the StageSet, its inventories and objects. */
const SEEN = [
  { apiVersion: API_VERSION, kind: 'StageSet' },
  { apiVersion: API_VERSION, kind: 'StageInventory' },
  { apiVersion: 'v1', kind: 'ConfigMap', labelSelector: LABELS.name },
] as const;

/** Resolves when the `n`th write of a namespace has been seen, or when `end` says so. */
async function afterWrites(namespace: string, n: number, end: Promise<unknown>): Promise<void> {
  const stop = new AbortController();
  let seen = 0;
  const counted = Promise.withResolvers<void>();
  for (const selection of SEEN) {
    const store = suite.cluster.follow({ ...selection, namespace }, stop.signal);
    store.subscribe(({ type }) => {
      if (type !== 'applied' && type !== 'deleted') return;
      seen += 1;
      if (seen >= n) counted.resolve();
    });
    await store.whenSynced();
  }
  await Promise.race([counted.promise, end]);
  stop.abort();
}

function delivered(namespace: string, release: Release): Promise<true> {
  const stages = { apiVersion: API_VERSION, kind: 'StageSet', namespace };
  return eventually(suite.cluster, stages, 'the release is delivered', ([stageSet]) => {
    const status = stageSet?.['status'] as
      | {
          readonly run?: {
            readonly finishedAt?: string;
            readonly generation: number;
            readonly pins: readonly unknown[];
          };
          readonly conditions?: readonly { readonly type: string; readonly status: string }[];
          readonly stages?: readonly { readonly name: string }[];
        }
      | undefined;
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    const finished = status?.run?.finishedAt !== undefined && status.run.generation === stageSet?.metadata.generation;
    return ready && finished && status?.stages?.length === Object.keys(release).length ? true : undefined;
  });
}

const valueIn = (object: KubeObject) => (object['data'] as { readonly key: string }).key;

async function worldOf(namespace: string): Promise<Record<string, string>> {
  const { items } = await suite.cluster.list({ ...SEEN[2], namespace });
  const entries = items.map((object) => [
    object.metadata.name,
    `${object.metadata.labels?.[LABELS.stage]} ${valueIn(object)}`,
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

async function inventoryOf(namespace: string): Promise<string[]> {
  const { items } = await suite.cluster.list({ ...SEEN[1], namespace });
  return items
    .flatMap(({ metadata, spec }) =>
      ((spec as { readonly entries?: readonly { readonly id: string }[] }).entries ?? []).map(
        ({ id }) => `${metadata.labels?.[LABELS.stage]} ${id.split('_')[1]}`,
      ),
    )
    .sort();
}

const wanted = (release: Release) =>
  Object.entries(release).flatMap(([stage, objects]) =>
    Object.entries(objects).map(([name, value]) => ({ stage, name, value })),
  );

/** Kills the program after one write more each time, as often as it takes; the last one is left to finish. */
async function playWithKills(namespace: string, over: () => Promise<true>): Promise<number> {
  let kills = 0;
  for (let isOver = false; !isOver && kills < MAX_KILLS; ) {
    const process = startController();
    const end = over().then(
      () => {
        isOver = true;
      },
      () => undefined,
    );
    await afterWrites(namespace, 1 + (kills % 3), end);
    await kill(process);
    kills += 1;
  }
  const last = startController();
  await over();
  await kill(last);
  return kills;
}

describe('a controller that is killed (SIGKILL) again and again', () => {
  test('ends where one that was left alone ends: a first rollout, an upgrade, a teardown', async () => {
    const namespace = await suite.namespace();
    await publish(namespace, BEFORE);
    await applyStages(namespace, BEFORE);
    await playWithKills(namespace, () => delivered(namespace, BEFORE));
    const expectAt = async (release: Release): Promise<void> => {
      const objects = wanted(release);
      expect(await worldOf(namespace)).toEqual(
        Object.fromEntries(objects.map(({ stage, name, value }) => [name, `${stage} ${value}`])),
      );
      expect(await inventoryOf(namespace)).toEqual(objects.map(({ stage, name }) => `${stage} ${name}`).sort());
    };
    await expectAt(BEFORE);
    const moves = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'moves' };
    const uid = (await suite.cluster.get(moves))?.metadata.uid;

    await applyStages(namespace, AFTER);
    await publish(namespace, AFTER);
    const kills = await playWithKills(namespace, () => delivered(namespace, AFTER));
    expect(kills).toBeGreaterThan(1);
    await expectAt(AFTER);
    expect((await suite.cluster.get(moves))?.metadata.uid).toBe(uid);

    await suite.cluster.delete({ apiVersion: API_VERSION, kind: 'StageSet', namespace, name: 'app' });
    const gone = () =>
      eventually(suite.cluster, { ...SEEN[0], namespace }, 'the StageSet is gone', (left) =>
        left.length === 0 ? (true as const) : undefined,
      );
    await playWithKills(namespace, gone);
    expect(await worldOf(namespace)).toEqual({});
  });
});
