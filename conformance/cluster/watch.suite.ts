import type { KubeObject } from '@stageset/k8s';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

/** Watches as they come over the wire, line by line. */
let suite: SuiteCluster;
let namespace = '';
beforeAll(async () => {
  suite = await suiteCluster();
});
afterAll(() => suite.stop());
beforeEach(async () => {
  namespace = await suite.namespace();
});

interface Line {
  readonly type: string;
  readonly object: KubeObject & { readonly code?: number; readonly reason?: string };
}

/** The first lines of a watch of Secrets; `each` runs after each of them. */
async function lines(
  query: string,
  count: number,
  each: (seen: number) => unknown = () => undefined,
  accept = 'application/json',
) {
  const stop = new AbortController();
  const seen: Line[] = [];
  const path = `/api/v1/namespaces/${namespace}/secrets?watch=true&timeoutSeconds=20&${query}`;
  const { body } = await suite.transport({ method: 'GET', path, headers: { accept }, signal: stop.signal });
  await each(0);
  let rest = '';
  try {
    for await (const chunk of body) {
      rest += Buffer.from(chunk).toString('utf8');
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        seen.push(JSON.parse(rest.slice(0, end)) as Line);
        rest = rest.slice(end + 1);
        if (seen.length === count) return seen;
        await each(seen.length);
      }
    }
    return seen;
  } finally {
    stop.abort();
  }
}

const secret = (name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace, labels },
});
const make = (name: string, labels?: Record<string, string>) => suite.cluster.create(secret(name, labels));
const label = (name: string, labels: Record<string, string | null>) =>
  suite.cluster.patch({ ...secret(name), namespace, name }, { type: 'merge', patch: { metadata: { labels } } });
const remove = (name: string) => suite.cluster.delete({ apiVersion: 'v1', kind: 'Secret', namespace, name });
const said = (seen: readonly Line[]) =>
  seen.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.kind}`);

describe('a watch', () => {
  test('without a version begins with what is there', async () => {
    await make('a');
    await make('b');
    expect(said(await lines('', 2)).sort()).toEqual(['ADDED a', 'ADDED b']);
  });

  test('of version zero begins with what is there', async () => {
    await make('a');
    expect(said(await lines('resourceVersion=0', 1))).toEqual(['ADDED a']);
  });

  test('from a version tells what came after it', async () => {
    const first = await make('a');
    await make('b');
    await label('a', { x: '1' });
    await remove('b');
    const seen = await lines(`resourceVersion=${first.metadata.resourceVersion}`, 3);
    expect(said(seen)).toEqual(['ADDED b', 'MODIFIED a', 'DELETED b']);
  });

  test('tells what happens while it lasts', async () => {
    const first = await make('a');
    const steps = [() => make('b'), () => label('b', { x: '1' }), () => remove('b')];
    const seen = await lines(`resourceVersion=${first.metadata.resourceVersion}`, 3, (count) => steps[count]?.());
    expect(said(seen)).toEqual(['ADDED b', 'MODIFIED b', 'DELETED b']);
  });

  test('a deleted object comes at the version of its deletion', async () => {
    const first = await make('a');
    await remove('a');
    const [last] = await lines(`resourceVersion=${first.metadata.resourceVersion}`, 1);
    expect(Number(last?.object.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
  });

  test('versions only grow', async () => {
    const first = await make('a');
    for (let index = 0; index < 5; index += 1) await label('a', { x: String(index) });
    const seen = await lines(`resourceVersion=${first.metadata.resourceVersion}`, 5);
    const versions = seen.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((one, other) => one - other));
    expect(new Set(versions).size).toBe(5);
  });

  test('of a selection: what leaves is deleted, what comes is added', async () => {
    const first = await make('a');
    await label('a', { in: 'yes' });
    await label('a', { other: '1' });
    await label('a', { in: null });
    await label('a', { in: 'yes' });
    const seen = await lines(`labelSelector=in%3Dyes&resourceVersion=${first.metadata.resourceVersion}`, 4);
    expect(said(seen)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a']);
  });

  test('what leaves a selection is shown as it last was in it', async () => {
    const first = await make('a', { in: 'yes' });
    await label('a', { in: null });
    const [left] = await lines(`labelSelector=in%3Dyes&resourceVersion=${first.metadata.resourceVersion}`, 1);
    expect(left).toMatchObject({ type: 'DELETED', object: { metadata: { labels: { in: 'yes' } } } });
  });

  test('of one name', async () => {
    const first = await make('a');
    await make('b');
    await label('a', { x: '1' });
    const seen = await lines(`fieldSelector=metadata.name%3Da&resourceVersion=${first.metadata.resourceVersion}`, 1);
    expect(said(seen)).toEqual(['MODIFIED a']);
  });

  test('with initial events ends them with a bookmark', async () => {
    await make('a');
    const query = 'sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    const seen = await lines(query, 2);
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(seen[1]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(seen[1]?.object.kind).toBe('Secret');
  });

  test('as metadata alone', async () => {
    await make('a');
    const [first] = await lines('', 1, undefined, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
    expect(first?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
    expect(first?.object).not.toHaveProperty('type');
  });

  test('as a table tells its columns once', async () => {
    const first = await make('a');
    await make('b');
    await make('c');
    const query = `resourceVersion=${first.metadata.resourceVersion}`;
    const seen = await lines(query, 2, undefined, 'application/json;as=Table;g=meta.k8s.io;v=v1');
    const columns = seen.map(({ object }) => Array.isArray(object['columnDefinitions']));
    expect(columns).toEqual([true, false]);
  });

  test('ends when its time is over', async () => {
    const first = await make('a');
    const path = `/api/v1/namespaces/${namespace}/secrets?watch=true&timeoutSeconds=1&resourceVersion=${first.metadata.resourceVersion}`;
    const { status, body } = await suite.transport({ method: 'GET', path });
    let bytes = 0;
    for await (const chunk of body) bytes += chunk.byteLength;
    expect({ status, bytes }).toEqual({ status: 200, bytes: 0 });
  });

  test('a deletion that finalizers hold is a change, and then a deletion', async () => {
    const held = secret('a');
    held.metadata.finalizers = ['example.com/hold'];
    const first = await suite.cluster.create(held);
    await remove('a');
    await suite.cluster.patch(
      { ...secret('a'), namespace, name: 'a' },
      { type: 'merge', patch: { metadata: { finalizers: null } } },
    );
    const seen = await lines(`resourceVersion=${first.metadata.resourceVersion}`, 2);
    expect(seen.map(({ type }) => type)).toEqual(['MODIFIED', 'DELETED']);
  });

  test('many watchers see the same', async () => {
    const first = await make('a');
    const query = `resourceVersion=${first.metadata.resourceVersion}`;
    const watchers = Array.from({ length: 20 }, () => lines(query, 2));
    await make('b');
    await remove('a');
    const seen = await Promise.all(watchers);
    expect(new Set(seen.map((one) => said(one).join()))).toEqual(new Set(['ADDED b,DELETED a']));
  });
});
