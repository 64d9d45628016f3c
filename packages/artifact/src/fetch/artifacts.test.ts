import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClock } from '@stageset/testkit';
import { afterEach, expect, test } from 'vitest';
import { type Archive, packFiles } from '../pack/pack.ts';
import { serveArtifacts } from '../serve/server.ts';
import type { ResolveHost } from './address-guard.ts';
import { type ArtifactsOptions, createArtifacts } from './artifacts.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<{ url: string; hits: () => number; server: Server }> {
  let hits = 0;
  const server = createServer((request, response) => {
    hits += 1;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.tar.gz`, hits: () => hits, server };
}

function artifacts(options: Partial<ArtifactsOptions> = {}) {
  const clock = new FakeClock();
  const made = createArtifacts({ clock, cacheBytes: 1_000_000, allowedHosts: ['127.0.0.1'], ...options });
  closing.push(() => made.close());
  return { clock, fetch: made.fetch };
}

const archive: Archive = await packFiles(new Map([['a.yaml', Buffer.from('kind: A\n')]]));
const { digest } = archive;

test('fetches, verifies, unpacks and keeps what a server of ours publishes', async () => {
  const server = await serveArtifacts();
  closing.push(() => server.stop());
  const published = server.publish(archive, 'default/app');
  const { fetch } = artifacts();
  const tree = await fetch(published);
  expect([...tree.keys()]).toEqual(['a.yaml']);
  await server.stop();
  expect(await fetch({ ...published, digest: ` ${published.digest.toUpperCase()} ` })).toBe(tree);
});

test('a server keeps the last archives of a name, each under its own path', async () => {
  const server = await serveArtifacts({ keep: 2 });
  closing.push(() => server.stop());
  const published: { url: string; digest: string }[] = [];
  for (const content of ['1', '2', '3']) {
    published.push(server.publish(await packFiles(new Map([['a', Buffer.from(content)]])), 'app'));
  }
  const { fetch } = artifacts();
  const [first, second, third] = published;
  await expect(fetch(first ?? { url: '', digest: '' })).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/404/),
  });
  expect(second && (await fetch(second)).size).toBe(1);
  expect(third && (await fetch(third)).size).toBe(1);
  expect(() => server.publish(archive, '../x')).toThrow(/cannot be the name/);
});

test('fetches of one digest share a download, which survives one of them giving up', async () => {
  const gate = Promise.withResolvers<void>();
  const { url, hits } = await serve((_, response) => void gate.promise.then(() => response.end(archive.bytes)));
  const { fetch } = artifacts();
  const stop = new AbortController();
  const [one, two] = [fetch({ url, digest }, stop.signal), fetch({ url, digest })];
  stop.abort();
  await expect(one).rejects.toThrow(/abort/i);
  gate.resolve();
  expect((await two).size).toBe(1);
  expect(hits()).toBe(1);
});

test('a download that nobody waits for ends', async () => {
  const closed = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const { url } = await serve((request) => {
    request.socket.once('close', closed.resolve);
    asked.resolve();
  });
  const stop = new AbortController();
  const fetched = artifacts().fetch({ url, digest }, stop.signal);
  await asked.promise;
  stop.abort();
  await expect(fetched).rejects.toThrow(/abort/i);
  await closed.promise;
});

const final: readonly { name: string; listener: RequestListener; want: object }[] = [
  {
    name: 'other bytes',
    listener: (_, response) => response.end('something else'),
    want: { kind: 'digest-mismatch', message: expect.stringMatching(/not sha256:/) },
  },
  {
    name: '404',
    listener: (_, response) => response.writeHead(404).end(),
    want: { kind: 'unavailable', message: expect.stringMatching(/answered 404/) },
  },
  {
    name: 'a redirect to this host',
    listener: (_, response) => response.writeHead(302, { location: 'http://localhost:1/x' }).end(),
    want: { kind: 'refused', message: expect.stringMatching(/localhost may not be connected to/) },
  },
  {
    name: 'a redirect to a metadata service',
    listener: (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
    want: { kind: 'refused' },
  },
  {
    name: 'a redirect to another scheme',
    listener: (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    want: { kind: 'refused' },
  },
  {
    name: 'redirects without end',
    listener: (_, response) => response.writeHead(302, { location: '/again' }).end(),
    want: { kind: 'unavailable', limit: 'redirects' },
  },
  {
    name: 'a declared size above the bound',
    listener: (_, response) => response.writeHead(200, { 'content-length': 10_000_000 }).flushHeaders(),
    want: { kind: 'malformed', limit: 'archiveBytes' },
  },
  {
    name: 'a body above the bound',
    listener: (_, response) => response.end(Buffer.alloc(100_000)),
    want: { kind: 'malformed', limit: 'archiveBytes' },
  },
];
for (const { name, listener, want } of final) {
  test(`does not try again after ${name}`, async () => {
    const { url } = await serve(listener);
    await expect(artifacts({ limits: { archiveBytes: 50_000 } }).fetch({ url, digest })).rejects.toMatchObject(want);
  });
}

const passing: readonly { name: string; first: RequestListener }[] = [
  { name: '503', first: (_, response) => response.writeHead(503).end() },
  {
    name: 'half a body',
    first: (_, response) =>
      void response.writeHead(200, { 'content-length': 500 }).write('half', () => response.destroy()),
  },
  { name: 'a broken connection', first: (request) => request.socket.destroy() },
];
for (const { name, first } of passing) {
  test(`tries again after ${name}`, async () => {
    let hits = 0;
    const firstDone = Promise.withResolvers<void>();
    const { url } = await serve((request, response) => {
      hits += 1;
      if (hits > 1) return response.end(archive.bytes);
      request.socket.once('close', firstDone.resolve);
      response.once('finish', firstDone.resolve);
      return first(request, response);
    });
    const { fetch, clock } = artifacts();
    const fetched = fetch({ url, digest });
    await firstDone.promise;
    await untilTimersAre(clock, (nextMs) => nextMs <= 250);
    await clock.advance(250);
    expect((await fetched).size).toBe(1);
  });
}

test('gives up on a server that sends nothing, and on one that is never done', async () => {
  const silent = await serve(() => undefined);
  const { fetch, clock } = artifacts({ limits: { maxAttempts: 1 } });
  const fetched = fetch({ url: silent.url, digest }).catch((error: unknown) => error);
  await untilTimersAre(clock, () => true);
  await clock.advance(30_000);
  expect(await fetched).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/sent nothing for 30 s/) });

  const endless = artifacts({ limits: { timeoutMs: 60_000, maxAttempts: 100 } });
  const late = endless.fetch({ url: silent.url, digest }).catch((error: unknown) => error);
  await untilTimersAre(endless.clock, () => true);
  await endless.clock.advance(60_000);
  expect(await late).toMatchObject({ kind: 'unavailable', limit: 'timeoutMs' });
});

test.each(['', 'sha512:00', 'sha256:xyz', `sha256:${'0'.repeat(63)}`])('refuses the digest %j', async (bad) => {
  await expect(artifacts().fetch({ url: 'http://example.test/a', digest: bad })).rejects.toMatchObject({
    kind: 'refused',
  });
});

test('refuses a name of which one address is forbidden, and asks for it once', async () => {
  let lookups = 0;
  const resolveHost: ResolveHost = async () => {
    lookups += 1;
    return [
      { address: '10.255.255.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
  };
  const { fetch } = artifacts({ resolveHost });
  await expect(fetch({ url: 'http://mixed.test/a', digest })).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringMatching(/mixed.test \(127.0.0.1\)/),
  });
  expect(lookups).toBe(1);
});

test('reaches a name that is allowed, wherever it leads', async () => {
  const { url } = await serve((_, response) => response.end(archive.bytes));
  const resolveHost: ResolveHost = async () => [{ address: '127.0.0.1', family: 4 }];
  const { fetch } = artifacts({ resolveHost, allowedHosts: ['*.svc.test'] });
  expect((await fetch({ url: url.replace('127.0.0.1', 'source.flux.svc.test'), digest })).size).toBe(1);
  await expect(
    fetch({ url: url.replace('127.0.0.1', 'other.test'), digest: `sha256:${'0'.repeat(64)}` }),
  ).rejects.toMatchObject({ kind: 'refused' });
});

/** Lets sockets work until the clock's next timer is the one that is waited for. */
async function untilTimersAre(clock: FakeClock, wanted: (inMs: number) => boolean): Promise<void> {
  for (;;) {
    const next = clock.nextDueMs;
    if (next !== undefined && wanted(next - clock.now())) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
