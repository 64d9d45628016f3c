import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { serveRoutes } from './endpoints.ts';
import { parseBindAddress, settingsOf } from './options.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('routes are served to readers alone', async () => {
  const port = await freePort();
  const routes = new Map<string, () => { status: number; body: string } | Promise<never>>([
    ['/readyz', () => ({ status: 503, body: 'not yet\n' })],
    ['/broken', () => Promise.reject(new Error('secret'))],
  ]);
  const endpoint = await serveRoutes({ host: '127.0.0.1', port }, routes);
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return [response.status, await response.text()];
  };
  expect(await ask('/readyz')).toEqual([503, 'not yet\n']);
  expect(await ask('/readyz?verbose')).toEqual([503, 'not yet\n']);
  expect(await ask('/other')).toEqual([404, 'not found\n']);
  expect(await ask('/readyz', 'POST')).toEqual([405, 'only GET\n']);
  expect(await ask('/broken')).toEqual([500, 'failed\n']);
  await endpoint.stop();
  await expect(ask('/readyz')).rejects.toThrow();
});

const addresses = [
  { given: ':8080', want: { port: 8080 } },
  { given: '127.0.0.1:80', want: { host: '127.0.0.1', port: 80 } },
  { given: '[::1]:80', want: { host: '::1', port: 80 } },
  { given: '0', want: undefined },
  { given: '', want: undefined },
  { given: undefined, want: undefined },
];
for (const { given, want } of addresses) {
  test(`bind address ${given}`, () => expect(parseBindAddress('--x', given)).toEqual(want));
}

for (const given of ['8080', 'host', ':0', ':65536', 'host:port']) {
  test(`no bind address: ${given}`, () =>
    expect(() => parseBindAddress('--x', given)).toThrow('--x must be host:port'));
}

test('namespaces are names, each once', () => {
  expect(settingsOf({ watchNamespaces: ['b', 'a', 'b'] }).watchNamespaces).toEqual(['a', 'b']);
  expect(settingsOf({ watchNamespaces: [] })).not.toHaveProperty('watchNamespaces');
  expect(() => settingsOf({ watchNamespaces: ['a/b'] })).toThrow('--watch-namespaces: "a/b" cannot be the name');
});

test('settings are above zero', () => {
  expect(() => settingsOf({ inventoryShardCap: 0 })).toThrow('--inventory-shard-cap must be above zero, not 0');
  expect(settingsOf({})).toMatchObject({
    defaultIntervalMs: 600_000,
    inventoryShardCap: 5000,
    crossNamespaceRefs: true,
  });
});
