import type { Cluster, Store, WatchEvent } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCluster } from '../cluster/cluster.ts';
import { RequestBudget } from '../requests/budget.ts';
import { connectionLost, failure, ScriptedServer, type ScriptedStream } from '../testing/scripted-server.ts';

const CONFIG_MAPS = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns' };

let server: ScriptedServer;
let clock: FakeClock;
let cluster: Cluster;
let stop: AbortController;
let seen: string[];

beforeEach(() => {
  server = new ScriptedServer();
  clock = new FakeClock();
  cluster = createCluster(server.transport, { clock, random: () => 0 });
  stop = new AbortController();
  seen = [];
});
afterEach(() => stop.abort());

function listed(resourceVersion: number, ...names: readonly string[]): { json: unknown } {
  const items = names.map((name) => ({ metadata: { name, namespace: 'ns', resourceVersion: '1' } }));
  return {
    json: { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: `${resourceVersion}` }, items },
  };
}
function event(type: string, name: string, version: number): unknown {
  const metadata = { name, namespace: 'ns', resourceVersion: `${version}` };
  return { type, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata } };
}
const bookmark = (version: number): unknown => ({
  type: 'BOOKMARK',
  object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: `${version}` } },
});
const gone = { type: 'ERROR', object: failure(410, 'Expired').json };

function say(event: WatchEvent): string {
  switch (event.type) {
    case 'synced':
      return `synced ${event.items.map((item) => item.metadata.name).join(' ')} @${event.resourceVersion}`;
    case 'degraded':
      return `degraded ${event.error.message}`;
    default:
      return `${event.type} ${event.object.metadata.name} @${event.object.metadata.resourceVersion}`;
  }
}

/** Starts watching; what arrives is noted in `seen`. */
async function watch(): Promise<void> {
  const run = async (): Promise<void> => {
    for await (const event of cluster.watch(CONFIG_MAPS, stop.signal)) seen.push(say(event));
    seen.push('end');
  };
  void run();
  await clock.advance(0);
}
async function told(): Promise<string[]> {
  await clock.advance(0);
  return seen.splice(0);
}
function stream(index: number): ScriptedStream {
  const found = server.streams[index];
  if (found === undefined) throw new Error(`there is no stream ${index}; asked so far: ${server.paths.join(', ')}`);
  return found;
}
const positionOf = (index: number): string | null =>
  new URL(stream(index).request.path, 'http://server').searchParams.get('resourceVersion');

describe('a watch', () => {
  test('lists page by page, then watches from the version of the list, asking for bookmarks and an end', async () => {
    server.replies = [
      { json: { metadata: { resourceVersion: '7', continue: 'next' }, items: [{ metadata: { name: 'a' } }] } },
      listed(7, 'b'),
    ];
    await watch();
    expect(await told()).toEqual(['synced a b @7']);
    expect(server.paths).toEqual([
      'GET /api/v1/namespaces/ns/configmaps?limit=500',
      'GET /api/v1/namespaces/ns/configmaps?limit=500&continue=next',
      'GET /api/v1/namespaces/ns/configmaps?watch=true&resourceVersion=7&timeoutSeconds=300&allowWatchBookmarks=true',
    ]);
    stream(0).write(event('ADDED', 'c', 8), event('MODIFIED', 'a', 9), event('DELETED', 'b', 10));
    expect(await told()).toEqual(['applied c @8', 'applied a @9', 'deleted b @10']);
  });

  test('starts a list over when its pages expire, and at last asks for one page', async () => {
    const first = { json: { metadata: { resourceVersion: '7', continue: 'next' }, items: [] } };
    server.replies = [
      first,
      failure(410, 'Expired'),
      first,
      failure(410, 'Expired'),
      first,
      failure(410, 'Expired'),
      listed(9, 'a'),
    ];
    await watch();
    expect(await told()).toEqual(['synced a @9']);
    expect(server.paths.at(-2)).toBe('GET /api/v1/namespaces/ns/configmaps');
  });

  test('goes on at once where the server ended it in good order, from the last event or bookmark', async () => {
    server.replies = [listed(7, 'a')];
    await watch();
    stream(0).write(event('ADDED', 'b', 8));
    stream(0).end();
    await clock.advance(0);
    expect(positionOf(1)).toBe('8');
    stream(1).write(bookmark(20));
    stream(1).end();
    expect(await told()).toEqual(['synced a @7', 'applied b @8']);
    expect(positionOf(2)).toBe('20');
  });

  test('resumes a broken stream without a word, and without a list', async () => {
    server.replies = [listed(7, 'a')];
    await watch();
    stream(0).write(event('ADDED', 'b', 8));
    stream(0).raw('{"type":"ADD');
    stream(0).cut();
    await clock.advance(250);
    expect(await told()).toEqual(['synced a @7', 'applied b @8']);
    expect([server.streams.length, positionOf(1)]).toEqual([2, '8']);
  });

  test('takes a stream that ends inside an event for broken', async () => {
    server.replies = [listed(7)];
    await watch();
    stream(0).raw('{"type":"ADD');
    stream(0).end();
    await clock.advance(250);
    expect([server.streams.length, positionOf(1)]).toEqual([2, '7']);
  });

  test('is degraded, with growing delays, while the server is away; then resumes where it was', async () => {
    server.replies = [listed(7, 'a')];
    await watch();
    server.refusals = [connectionLost('ECONNREFUSED'), connectionLost('ECONNREFUSED'), connectionLost('ECONNREFUSED')];
    stream(0).cut();
    const attempts: number[] = [];
    const startedMs = clock.now();
    for (let before = server.requests.length; server.streams.length < 2; ) {
      await clock.advance(50);
      if (server.requests.length > before) attempts.push(clock.now() - startedMs);
      before = server.requests.length;
    }
    expect(attempts).toEqual([250, 750, 1750, 3750]);
    expect(await told()).toEqual([
      'synced a @7',
      ...Array.from({ length: 3 }, () => 'degraded connection lost (ECONNREFUSED)'),
    ]);
    expect(positionOf(1)).toBe('7');
  });

  test.each([
    { name: 'in the stream', break: () => stream(0).write(gone) },
    {
      name: 'when it is opened',
      break: () => {
        server.refusals = [failure(410, 'Gone')];
        stream(0).end();
        stream(0).write();
      },
    },
  ])('lists afresh, at one go and without being degraded, after 410 $name', async ({ break: cut }) => {
    server.replies = [listed(7, 'a', 'b'), listed(50, 'b', 'c')];
    await watch();
    stream(0).write(bookmark(9));
    await clock.advance(0);
    cut();
    await clock.advance(0);
    expect(await told()).toEqual(['synced a b @7', 'synced b c @50']);
    expect(positionOf(1)).toBe('50');
  });

  test('gives a server time that says 410 again and again', async () => {
    server.replies = [listed(7)];
    server.refusals = Array.from({ length: 5 }, () => failure(410, 'Gone'));
    await watch();
    await clock.advance(100);
    expect(server.paths.filter((path) => !path.includes('watch'))).toHaveLength(2);
  });

  test('opens a silent stream again where it was; bookmarks count as a sign of life', async () => {
    server.replies = [listed(7)];
    await watch();
    await clock.advance(140_000);
    stream(0).write(bookmark(9));
    await clock.advance(140_000);
    expect(server.streams).toHaveLength(1);
    await clock.advance(10_000);
    await clock.advance(250);
    expect([server.streams.length, positionOf(1), stream(0).isAbandoned]).toEqual([2, '9', true]);
    expect(await told()).toEqual(['synced  @7']);
  });

  test('reopens silent streams again and again without a word: some servers send no bookmarks', async () => {
    server.replies = [listed(7)];
    await watch();
    await clock.advance(10 * 150_250);
    expect(await told()).toEqual(['synced  @7']);
    expect(server.streams).toHaveLength(11);
  });

  test('does not spin when streams end at once', async () => {
    server.replies = [listed(7)];
    await watch();
    for (let round = 0; round < 20; round += 1) {
      for (const open of server.streams) open.end();
      await clock.advance(100);
    }
    expect(server.streams.length).toBeLessThan(5);
    expect((await told()).at(-1)).toMatch(/degraded the watch of .* ended at once/);
  });

  test('leaves out what cannot be decoded, says so, and goes on', async () => {
    server.replies = [listed(7)];
    await watch();
    stream(0).write(
      'not json',
      { type: 'ADDED', object: { kind: 'ConfigMap' } },
      event('SURPRISE', 'x', 8),
      event('ADDED', 'a', 9),
    );
    const events = await told();
    expect(events.slice(0, 1)).toEqual(['synced  @7']);
    expect(events.slice(1, 4).every((text) => text.startsWith('degraded watch of ConfigMap of v1 in ns: '))).toBe(true);
    expect(events.slice(4)).toEqual(['applied a @9']);
  });

  test('lists afresh after a position that the server does not know', async () => {
    server.replies = [listed(70, 'a'), listed(5, 'b')];
    server.refusals = [failure(504, 'Timeout', { causes: [{ reason: 'ResourceVersionTooLarge' }] })];
    await watch();
    await clock.advance(250);
    expect(await told()).toEqual(['synced a @70', 'degraded Timeout', 'synced b @5']);
  });

  test('reads from time to time where watching is not allowed, and says so once', async () => {
    server.replies = [listed(7, 'a'), listed(8, 'b')];
    server.refusals = [failure(403, 'Forbidden'), failure(403, 'Forbidden')];
    await watch();
    expect(await told()).toEqual(['synced a @7', 'degraded Forbidden']);
    await clock.advance(60_000);
    expect(await told()).toEqual(['synced b @8']);
    await clock.advance(60_000);
    expect(await told()).toEqual(['synced b @8']);
    expect(server.streams).toHaveLength(1);
  });

  test('reads from time to time while no more watches may be open, and watches when one has ended', async () => {
    const budget = new RequestBudget({ maxWatches: 1 });
    cluster = createCluster(server.transport, { clock, random: () => 0, budget });
    expect(budget.startWatch()).toBe(true);
    server.replies = [listed(7, 'a'), listed(8, 'b'), listed(9, 'c')];
    await watch();
    expect(await told()).toEqual(['synced a @7', expect.stringMatching(/^degraded 1 watches are open already/)]);
    await clock.advance(60_000);
    expect(await told()).toEqual(['synced b @8']);
    budget.endWatch();
    await clock.advance(60_000);
    expect(await told()).toEqual(['synced c @9']);
    stream(0).write(event('ADDED', 'd', 10));
    expect(await told()).toEqual(['applied d @10']);
  });

  test('is degraded while a list fails, and recovers', async () => {
    server.replies = [failure(500, 'InternalError'), listed(7, 'a')];
    await watch();
    await clock.advance(250);
    expect(await told()).toEqual(['degraded InternalError', 'synced a @7']);
  });

  test('waits for a kind that is not there yet', async () => {
    const selection = { apiVersion: 'example.com/v1', kind: 'Widget' };
    const events: string[] = [];
    const run = async (): Promise<void> => {
      for await (const event of cluster.watch(selection, stop.signal)) events.push(say(event));
    };
    void run();
    await clock.advance(0);
    expect(events).toEqual(['degraded the cluster has no kind Widget in example.com/v1']);
  });
});

describe('an abort', () => {
  test.each(['list', 'watch', 'pause'])(
    'during the %s ends the iteration without an error or an event',
    async (when) => {
      if (when === 'list') server.replies = ['hang'];
      else server.replies = [when === 'watch' ? listed(7) : failure(500, 'InternalError')];
      await watch();
      await told();
      stop.abort();
      expect(await told()).toEqual(['end']);
      await clock.advance(600_000);
      expect(seen).toEqual([]);
      expect(server.streams.every((open) => open.isAbandoned)).toBe(true);
      expect(clock.pending).toBe(0);
    },
  );

  test('between two events of one chunk withholds the second', async () => {
    server.replies = [listed(7)];
    const run = async (): Promise<void> => {
      for await (const event of cluster.watch(CONFIG_MAPS, stop.signal)) {
        seen.push(say(event));
        if (event.type === 'applied') stop.abort();
      }
    };
    void run();
    await clock.advance(0);
    stream(0).write(event('ADDED', 'a', 8), event('ADDED', 'b', 9));
    expect(await told()).toEqual(['synced  @7', 'applied a @8']);
  });

  test('rejects those who wait for a first list', async () => {
    server.replies = ['hang'];
    const store: Store = cluster.follow(CONFIG_MAPS, stop.signal);
    const waiting = store.whenSynced();
    await clock.advance(0);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(store.synced).toBe(false);
  });
});

test('leaving the loop early closes the stream', async () => {
  server.replies = [listed(7)];
  const run = async (): Promise<void> => {
    for await (const event of cluster.watch(CONFIG_MAPS, stop.signal)) if (event.type === 'applied') return;
  };
  const done = run();
  await clock.advance(0);
  stream(0).write(event('ADDED', 'a', 8));
  await done;
  expect(stream(0).isAbandoned).toBe(true);
});
