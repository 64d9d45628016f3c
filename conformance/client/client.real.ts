import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessError, type Connection, connect, createCluster, loadAccess, RequestBudget } from '@stageset/client';
import { ApiError, UnreachableError } from '@stageset/k8s';
import type { Cluster, Store } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { furnished } from '../support/suite-cluster.ts';
import { startTcpRelay, type TcpRelay } from '../support/tcp-relay.ts';

/** The client's connection against a real API server: broken and dead connections, identities, TLS. */

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
const options = { clock: systemClock, random: Math.random };

let relay: TcpRelay;
let through: Connection;
let direct: Connection;
let cluster: Cluster;
let namespace = '';

beforeAll(async () => {
  const access = loadAccess({ kubeconfigPath: inject('kubeconfig'), env: {} });
  const { hostname, port } = new URL(access.server);
  relay = await startTcpRelay({ host: hostname, port: Number(port) });
  direct = await connect(access, { clock: systemClock });
  through = await connect({ ...access, server: `https://127.0.0.1:${relay.port}` }, { clock: systemClock });
  cluster = createCluster(direct.transport, options);
  namespace = `client-${process.pid}-${systemClock.now().toString(36)}`;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await furnished(cluster, namespace);
});
afterAll(async () => {
  await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  await Promise.all([through.close(), direct.close()]);
  await relay.stop();
});

const write = (name: string, value: string) =>
  cluster.apply(
    { ...CONFIG_MAP, metadata: { name, namespace }, data: { value } },
    { fieldManager: 'suite', force: true },
  );

/** Resolves when the store holds `value` under `name`. */
function holds(store: Store, name: string, value: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if ((store.get(namespace, name)?.['data'] as Record<string, string> | undefined)?.['value'] === value) resolve();
    };
    store.subscribe(look);
    look();
  });
}

test('a watch whose connection is cut goes on where it was, without a list', async () => {
  const stop = new AbortController();
  const store = createCluster(through.transport, options).follow({ ...CONFIG_MAP, namespace }, stop.signal);
  await store.whenSynced();
  const events: string[] = [];
  store.subscribe((event) => events.push(event.type));
  for (let round = 1; round <= 5; round += 1) {
    const [written] = await Promise.all([holds(store, 'a', `${round}`), write('a', `${round}`)]);
    expect(written).toBeUndefined();
    relay.cut();
    await write('b', `${round}`); // Happens while nobody watches.
    await holds(store, 'b', `${round}`);
  }
  expect(events.filter((type) => type !== 'applied')).toEqual([]);
  expect(events).toHaveLength(10);
  stop.abort();
});

test('a watch outlives a server that refuses connections, and says that it is degraded meanwhile', async () => {
  const stop = new AbortController();
  const store = createCluster(through.transport, options).follow({ ...CONFIG_MAP, namespace }, stop.signal);
  await store.whenSynced();
  const degraded = Promise.withResolvers<Error>();
  store.subscribe((event) => event.type === 'degraded' && degraded.resolve(event.error));
  relay.refuse(true);
  relay.cut();
  expect(await degraded.promise).toBeInstanceOf(UnreachableError);
  await write('c', 'new');
  relay.refuse(false);
  await holds(store, 'c', 'new');
  stop.abort();
});

test('a watch notices a connection that has died without a word', async () => {
  const stop = new AbortController();
  const budget = new RequestBudget({ watchOpenTimeoutMs: 1_000 });
  const watching = createCluster(through.transport, { ...options, budget, watch: { maxSilenceMs: 1_000 } });
  const store = watching.follow({ ...CONFIG_MAP, namespace }, stop.signal);
  await store.whenSynced();
  await Promise.all([holds(store, 'd', '1'), write('d', '1')]);
  relay.freeze();
  await write('d', '2');
  await holds(store, 'd', '2');
  stop.abort();
});

test('a position from before the history that the server has kept is followed by a fresh list', async () => {
  const stop = new AbortController();
  const watching = createCluster(async (request) => {
    // The first watch asks for the oldest position there is.
    return direct.transport({ ...request, path: request.path.replace(/resourceVersion=\d+/, 'resourceVersion=1') });
  }, options);
  const seen: string[] = [];
  for await (const event of watching.watch({ ...CONFIG_MAP, namespace }, stop.signal)) {
    seen.push(event.type);
    if (seen.length === 2) stop.abort();
  }
  expect(['synced synced', 'synced applied']).toContain(seen.join(' ')); // A young server has kept everything.
});

test('an abort frees the connection', async () => {
  const stop = new AbortController();
  const before = relay.open;
  const store = createCluster(through.transport, options).follow({ ...CONFIG_MAP, namespace }, stop.signal);
  await store.whenSynced();
  stop.abort();
  await expect.poll(() => relay.open, { timeout: 30_000 }).toBeLessThanOrEqual(before + 2);
});

test("other people's tokens act as them, and are renewed once when they are refused", async () => {
  await cluster.apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'tenant', namespace } },
    { fieldManager: 'suite', force: true },
  );
  const response = await direct.transport({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/tenant/token`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
  });
  const token: string = JSON.parse(await textOf(response.body)).status.token;
  const asked: (string | undefined)[] = [];
  const tenant = createCluster(
    direct.withToken(async (rejected) => {
      asked.push(rejected);
      return asked.includes('stale') ? token : 'stale';
    }),
    options,
  );
  const error = await tenant.list({ ...CONFIG_MAP, namespace }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 403, reason: 'Forbidden' });
  expect(String(error)).toContain(`system:serviceaccount:${namespace}:tenant`);
  expect(asked.filter((rejected) => rejected === 'stale').length).toBeGreaterThanOrEqual(1);
});

test('impersonation acts as somebody else, groups included', async () => {
  const as = createCluster(direct.impersonating({ user: 'jane', groups: ['a', 'b'] }), options);
  const review = await as.create({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
    metadata: { name: '' },
  });
  expect(review).toMatchObject({
    status: { userInfo: { username: 'jane', groups: ['a', 'b', 'system:authenticated'] } },
  });
});

test('a certificate authority that did not sign the server is named with what to do', async () => {
  const text = await readFile(inject('kubeconfig'), 'utf8');
  const path = join(tmpdir(), `kubeconfig-${process.pid}`);
  await writeFile(path, text.replace(/certificate-authority-data: [A-Za-z0-9+/=]+/, 'insecure-skip-tls-verify: false'));
  const untrusted = await connect(loadAccess({ kubeconfigPath: path, env: {} }), { clock: systemClock });
  const error = await createCluster(untrusted.transport, options)
    .list(CONFIG_MAP)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnreachableError);
  expect(String(error)).toMatch(/cannot be reached: its certificate .*set certificate-authority-data/);
  await untrusted.close();
  expect(() => loadAccess({ kubeconfigPath: path, context: 'nowhere', env: {} })).toThrow(AccessError);
});

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
