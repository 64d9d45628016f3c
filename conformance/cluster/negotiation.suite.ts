import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';
import { openWire, type Wire } from '../support/wire.ts';

/** In which form clients are answered: what they accept, and how it is packed. */
let suite: SuiteCluster;
let wire: Wire;
let path: string;

const COUNT = 5;
const LARGE = 'x'.repeat(40_000);

beforeAll(async () => {
  suite = await suiteCluster();
  wire = await openWire(suite.kubeconfig);
  const namespace = await suite.namespace();
  path = `/api/v1/namespaces/${namespace}/configmaps`;
  for (let i = 0; i < COUNT; i += 1) {
    const metadata = { name: `m-${i}`, namespace, labels: { app: 'demo' } };
    await suite.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { k: LARGE } });
  }
});
afterAll(async () => {
  wire.close();
  await suite.stop();
});

const LIST = '?labelSelector=app%3Ddemo';
const json = (body: Buffer) => JSON.parse(body.toString('utf8')) as Record<string, unknown>;
const items = (body: Buffer) => json(body)['items'] as readonly Record<string, unknown>[];
const partial = (as: string) => ({ accept: `application/json;as=${as};g=meta.k8s.io;v=v1,application/json` });

describe('gzip', () => {
  test('packs what is large, for those who take it', async () => {
    const { code, headers, body } = await wire.get(path + LIST, { 'accept-encoding': 'gzip' });
    expect(code).toBe(200);
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['content-type']).toBe('application/json');
    expect(headers.vary).toContain('Accept-Encoding');
    expect(body.byteLength).toBeLessThan(LARGE.length);
    const plain = await wire.get(path + LIST);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(items(gunzipSync(body))).toEqual(items(plain.body));
  });

  test('is left out for what is small, and for those who do not take it', async () => {
    const small = await wire.get(`${path}?limit=1&labelSelector=app%3Dnothing`, { 'accept-encoding': 'gzip' });
    expect(small.headers['content-encoding']).toBeUndefined();
    const identity = await wire.get(path + LIST, { 'accept-encoding': 'identity' });
    expect(identity.headers['content-encoding']).toBeUndefined();
    expect(items(identity.body)).toHaveLength(COUNT);
  });

  test('never packs a watch', async () => {
    const { headers, body } = await wire.get(`${path}${LIST}&watch=true&timeoutSeconds=1`, {
      'accept-encoding': 'gzip',
    });
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.toString('utf8').trim().split('\n')).toHaveLength(COUNT);
  });
});

describe('what is accepted', () => {
  test('who takes protobuf or JSON is answered in one of them', async () => {
    const accept = 'application/vnd.kubernetes.protobuf,application/json';
    const { code, headers } = await wire.get(`${path}/m-0`, { accept });
    expect(code).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/(?:json|vnd\.kubernetes\.protobuf)$/);
  });

  test('who takes nothing that there is, is told what there is', async () => {
    const { code, body } = await wire.get(`${path}/m-0`, { accept: 'text/html' });
    expect(code).toBe(406);
    expect(json(body)).toMatchObject({ kind: 'Status', reason: 'NotAcceptable', code: 406 });
    expect(String(json(body)['message'])).toContain('application/json');
  });

  test('metadata alone, of one, of a list and of its pages', async () => {
    const one = json((await wire.get(`${path}/m-0`, partial('PartialObjectMetadata'))).body);
    expect(one).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'm-0' },
    });
    expect(Object.keys(one).toSorted()).toEqual(['apiVersion', 'kind', 'metadata']);
    const accept = partial('PartialObjectMetadataList');
    const list = json((await wire.get(`${path}${LIST}&limit=2`, accept)).body);
    expect(list).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    const { continue: next, remainingItemCount } = list['metadata'] as Record<string, unknown>;
    expect(remainingItemCount).toBeUndefined();
    const rest = (await wire.get(`${path}${LIST}&limit=9&continue=${String(next)}`, accept)).body;
    const names = [...(list['items'] as (typeof one)[]), ...items(rest)].map(
      ({ metadata }) => (metadata as typeof one)['name'],
    );
    expect(names).toEqual(['m-0', 'm-1', 'm-2', 'm-3', 'm-4']);
  });

  test('a watch of metadata alone, with initial events and their end', async () => {
    const query = `${LIST}&watch=true&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`;
    const { body } = await wire.get(path + query, partial('PartialObjectMetadata'));
    const events = body
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: Record<string, unknown> });
    const added = events.filter(({ type }) => type === 'ADDED');
    expect(added).toHaveLength(COUNT);
    for (const { object } of added) {
      expect(object).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
      expect(object['data']).toBeUndefined();
    }
    expect(events[COUNT]).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'PartialObjectMetadata', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  test.each([
    ['None', undefined],
    ['Metadata', 'PartialObjectMetadata'],
    ['Object', 'ConfigMap'],
  ])('a table whose rows carry %s', async (includeObject, kind) => {
    const { body } = await wire.get(`${path}${LIST}&includeObject=${includeObject}`, partial('Table'));
    const rows = json(body)['rows'] as readonly { cells: unknown[]; object: Record<string, unknown> | null }[];
    expect(rows).toHaveLength(COUNT);
    expect(rows.map(({ cells }) => cells.slice(0, 2))).toEqual(rows.map((_, at) => [`m-${at}`, 1]));
    expect(rows.map(({ object }) => object?.['kind'])).toEqual(rows.map(() => kind));
  });

  test('a watch of table rows names its columns once', async () => {
    const { body } = await wire.get(`${path}${LIST}&watch=true&timeoutSeconds=1`, partial('Table'));
    const tables = body
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { object: Record<string, unknown> }).object);
    expect(tables).toHaveLength(COUNT);
    expect(tables.map(({ columnDefinitions }) => columnDefinitions !== null)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
