import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster } from '@stageset/apiserver';
import type { ClusterResponse } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start } from '../e2e/process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Each run starts a program twice; the kills are spread over all writes. */
const KILLS = 8;

interface Said {
  readonly resumed?: number;
  readonly written?: string;
  readonly resourceVersion?: number;
  readonly removed?: string;
  readonly end?: Readonly<Record<string, number>>;
  readonly writes?: number;
}

async function text({ body }: ClusterResponse): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stageset-durable-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function work(data: string, killAt: number): Promise<{ readonly said: readonly Said[]; readonly err: string }> {
  const { ended } = start(process.execPath, ['conformance/faults/durable-cluster.ts', data, String(killAt)], root);
  const { stdout, stderr } = await ended;
  const said = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Said => JSON.parse(line));
  return { said, err: stderr };
}

test('a cluster that is killed after any of its writes goes on where it was, and loses nothing acknowledged', async () => {
  const whole = (await work(join(folder, 'whole.db'), 0)).said.at(-1);
  const writes = whole?.writes ?? 0;
  expect(writes).toBeGreaterThan(20);
  for (let kill = 0; kill < KILLS; kill++) {
    const killAt = 1 + Math.floor((kill * writes) / KILLS);
    const data = join(folder, `killed-${killAt}.db`);
    const before = (await work(data, killAt)).said;
    expect(before.at(-1)?.end, `killed at ${killAt}`).toBeUndefined();
    const acknowledged = before.filter(({ written }) => written !== undefined);
    const resourceVersions = acknowledged.map(({ resourceVersion = 0 }) => resourceVersion);

    const after = await work(data, 0);
    const resumed = after.said[0]?.resumed ?? 0;
    expect(resumed, after.err).toBeGreaterThanOrEqual(Math.max(0, ...resourceVersions));
    // What was acknowledged is there: applying it again changes nothing, so its resource version is one from before.
    for (const { written } of acknowledged) {
      const again = after.said.find((line) => line.written === written);
      if (written === 'ConfigMap passing' && before.some(({ removed }) => removed !== undefined)) continue;
      // Its controllers write to the one, and a second apply gives the other's fields to a manager of their own.
      if (written === 'Deployment web' || written === 'Namespace demo') continue;
      expect(again?.resourceVersion, `${written}, killed at ${killAt}`).toBeLessThanOrEqual(resumed);
    }
    expect(after.said.at(-1)?.end, `killed at ${killAt}: ${after.err}`).toEqual(whole?.end);
  }
});

test('its kubeconfig and the tokens that it issued are good after a restart, on the same data', async () => {
  const data = join(folder, 'tokens.db');
  const clock = systemClock;
  const options = { clock, data };
  const first = await startCluster(options);
  first.registry.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace: 'default' } });
  const issued = await first.transport({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts/app/token',
    headers: { 'content-type': 'application/json' },
    body: '{"spec":{"expirationSeconds":600}}',
  });
  const { token } = JSON.parse(await text(issued)).status;
  await first.stop();
  const second = await startCluster({ ...options, port: Number(new URL(first.url).port) });
  try {
    expect(second.kubeconfig).toBe(first.kubeconfig);
    const { status } = await second.transport({
      method: 'GET',
      path: '/apis',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(status).toBe(200);
  } finally {
    await second.stop();
  }
});

test('a second cluster on the same data is refused, and the first goes on', async () => {
  const data = join(folder, 'shared.db');
  const first = await startCluster({ clock: systemClock, data });
  try {
    await expect(startCluster({ clock: systemClock, data })).rejects.toThrow(/in use by another cluster/);
    expect(first.registry.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' })).toBeDefined();
  } finally {
    await first.stop();
  }
});
