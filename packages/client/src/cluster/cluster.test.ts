import { UnknownKindError } from '@stageset/k8s';
import type { ClusterRequest, Transport } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { failure, ScriptedServer } from '../testing/scripted-server.ts';
import { createCluster } from './cluster.ts';
import { deletionOutcome } from './deletion.ts';

const MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'ns' } };
const REF = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns', name: 'a' };

let server: ScriptedServer;
let clock: FakeClock;
const clusterOf = (transport: Transport) => createCluster(transport, { clock, random: () => 0 });
beforeEach(() => {
  server = new ScriptedServer();
  clock = new FakeClock();
});

const sent: readonly {
  name: string;
  run: (c: ReturnType<typeof clusterOf>) => Promise<unknown>;
  want: string;
  type?: string;
}[] = [
  { name: 'get', run: (c) => c.get(REF), want: 'GET /api/v1/namespaces/ns/configmaps/a' },
  {
    name: 'apply',
    run: (c) =>
      c.apply(MAP, { fieldManager: 'm', force: true, dryRun: true, fieldValidation: 'Strict', subresource: 'status' }),
    want: 'PATCH /api/v1/namespaces/ns/configmaps/a/status?fieldManager=m&fieldValidation=Strict&force=true&dryRun=All',
    type: 'application/apply-patch+yaml',
  },
  {
    name: 'create',
    run: (c) => c.create(MAP, { fieldManager: 'm' }),
    want: 'POST /api/v1/namespaces/ns/configmaps?fieldManager=m',
    type: 'application/json',
  },
  {
    name: 'update',
    run: (c) => c.update(MAP),
    want: 'PUT /api/v1/namespaces/ns/configmaps/a',
    type: 'application/json',
  },
  {
    name: 'merge patch',
    run: (c) => c.patch(REF, { type: 'merge', patch: {} }),
    want: 'PATCH /api/v1/namespaces/ns/configmaps/a',
    type: 'application/merge-patch+json',
  },
  {
    name: 'strategic patch',
    run: (c) => c.patch(REF, { type: 'strategic', patch: {} }),
    want: 'PATCH /api/v1/namespaces/ns/configmaps/a',
    type: 'application/strategic-merge-patch+json',
  },
  {
    name: 'JSON patch',
    run: (c) => c.patch(REF, { type: 'json', patch: [] }),
    want: 'PATCH /api/v1/namespaces/ns/configmaps/a',
    type: 'application/json-patch+json',
  },
  {
    name: 'a name with a colon',
    run: (c) => c.get({ ...REF, name: 'system:x' }),
    want: 'GET /api/v1/namespaces/ns/configmaps/system:x',
  },
  {
    name: 'a cluster-scoped kind',
    run: (c) => c.get({ apiVersion: 'v1', kind: 'Namespace', namespace: 'ignored', name: 'b' }),
    want: 'GET /api/v1/namespaces/b',
  },
];
describe('sends', () => {
  for (const { name, run, want, type } of sent) {
    test(name, async () => {
      server.replies = [{ json: MAP }];
      await run(clusterOf(server.transport));
      expect(server.paths).toEqual([want]);
      expect(server.requests[0]?.headers?.['content-type']).toBe(type);
    });
  }
});

describe('never sends', () => {
  test.each([
    { ...REF, name: '' },
    { ...REF, name: '..' },
    { ...REF, name: 'a/b' },
    { ...REF, name: 'a%2fb' },
    { ...REF, namespace: '..' },
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' },
  ])('a deletion of %j', async (ref) => {
    await expect(clusterOf(server.transport).delete(ref)).rejects.toMatchObject({ code: 422, reason: 'Invalid' });
    expect(server.paths).toEqual([]);
  });
});

describe('tells apart', () => {
  test('no object, and no kind', async () => {
    server.replies = [failure(404, 'NotFound', { name: 'a', kind: 'configmaps' })];
    const cluster = clusterOf(server.transport);
    expect(await cluster.get(REF)).toBeUndefined();
    expect(await cluster.delete(REF)).toBe('absent');
    await expect(cluster.get({ ...REF, kind: 'Nothing' })).rejects.toBeInstanceOf(UnknownKindError);
  });

  test('a path that is not there, of a kind that is still served, from one that has gone', async () => {
    const pageNotFound = { status: 404, json: '404 page not found\n' };
    server.replies = [{ json: MAP }, pageNotFound];
    let hasGone = false;
    const cluster = clusterOf((request) => {
      const isDiscovery = request.path === '/api';
      return server.transport(hasGone && isDiscovery ? { ...request, path: '/apis' } : request);
    });
    await cluster.get(REF);
    expect(await cluster.get(REF)).toBeUndefined();
    hasGone = true;
    await expect(cluster.get(REF)).rejects.toBeInstanceOf(UnknownKindError);
  });
});

test.each([
  ['a Status', { kind: 'Status', status: 'Success' }, 'gone'],
  ['the last of an object', { kind: 'Pod', metadata: { name: 'a', deletionGracePeriodSeconds: 0 } }, 'gone'],
  ['an object with finalizers', { kind: 'ConfigMap', metadata: { name: 'a', finalizers: ['x'] } }, 'terminating'],
  [
    'an object with a grace period',
    { kind: 'Pod', metadata: { name: 'a', deletionGracePeriodSeconds: 30 } },
    'terminating',
  ],
  ['a namespace', { kind: 'Namespace', metadata: { name: 'a' }, spec: { finalizers: ['kubernetes'] } }, 'terminating'],
])('%s in answer to a deletion', (_, answer, want) => expect(deletionOutcome(JSON.stringify(answer), REF)).toBe(want));

describe('discovery', () => {
  const WIDGET = { apiVersion: 'example.com/v1', kind: 'Widget' };
  const INFO = {
    group: 'example.com',
    version: 'v1',
    kind: 'Widget',
    resource: 'widgets',
    namespaced: true,
    verbs: ['get'],
  };

  function legacy(requests: string[], isInstalled: () => boolean): Transport {
    const json = (status: number, value: unknown) => ({
      status,
      headers: {},
      body: ReadableStream.from([Buffer.from(JSON.stringify(value))]),
    });
    return async ({ path }: ClusterRequest) => {
      requests.push(path);
      if (path === '/api') return json(200, { kind: 'APIVersions', versions: ['v1'] });
      if (path === '/apis') return json(200, { kind: 'APIGroupList', groups: [] });
      if (path !== '/apis/example.com/v1' || !isInstalled()) return json(404, failure(404, 'NotFound').json);
      return json(200, {
        kind: 'APIResourceList',
        resources: [
          { name: 'widgets', kind: 'Widget', namespaced: true, verbs: ['get'] },
          { name: 'widgets/scale', kind: 'Scale', namespaced: true, verbs: ['get'] },
        ],
      });
    };
  }

  test('of an old server asks for a group version when it is needed', async () => {
    const requests: string[] = [];
    const cluster = clusterOf(legacy(requests, () => true));
    expect(await cluster.resource(WIDGET)).toEqual(INFO);
    expect(await cluster.resource({ ...WIDGET, kind: 'Scale' })).toBeUndefined();
    expect(requests).toEqual(['/api', '/apis', '/apis/example.com/v1']);
  });

  test('asks again for a kind that is not there, but not at every turn, and finds it at last', async () => {
    const requests: string[] = [];
    let isInstalled = false;
    const cluster = clusterOf(legacy(requests, () => isInstalled));
    const find = async () => (await cluster.resource(WIDGET)) !== undefined;
    expect([await find(), await find(), await find()]).toEqual([false, false, false]);
    isInstalled = true;
    expect(await find()).toBe(false);
    await clock.advance(5_000);
    expect(await find()).toBe(true);
    isInstalled = false;
    expect(await find()).toBe(true);
    expect(await cluster.resource(WIDGET, { refresh: true })).toBeUndefined();
    expect(requests.filter((path) => path === '/apis/example.com/v1')).toHaveLength(3);
  });

  test('is shared by all who need it at one time', async () => {
    const paths: string[] = [];
    const cluster = clusterOf((request) => {
      paths.push(request.path);
      return server.transport(request);
    });
    await Promise.all(Array.from({ length: 5 }, () => cluster.resource(REF)));
    expect(paths).toEqual(['/api', '/apis']);
  });
});
