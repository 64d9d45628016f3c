import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UnreachableError } from '@stageset/k8s';
import type { Transport } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Access, Credentials } from '../access/access.ts';
import { connect } from './connect.ts';

let folder = '';
let server = '';
let seen: IncomingMessage[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'connect-'));
  closing.push(() => rm(folder, { recursive: true }));
  seen = [];
  answer = (_, response) => response.end('{}');
  const http = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  server = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  closing.push(() => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
});
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  closing = [];
});

async function connected(credentials: Credentials, more: Partial<Access> = {}) {
  const access: Access = {
    server,
    namespace: 'default',
    origin: 'test',
    tls: { insecure: false },
    credentials,
    ...more,
  };
  const clock = new FakeClock();
  const connection = await connect(access, { clock });
  closing.push(() => connection.close());
  return { ...connection, clock };
}
async function get(transport: Transport, headers = {}): Promise<number> {
  const response = await transport({ method: 'GET', path: '/version?x=1', headers });
  for await (const _ of response.body);
  return response.status;
}
const authorizations = (): (string | undefined)[] => seen.map((request) => request.headers.authorization);

describe('credentials', () => {
  test('are sent, below the path of the server; a header of the request wins', async () => {
    const { transport } = await connected({ kind: 'token', token: 't' }, { server: `${server}/k8s/c-1` });
    await get(transport);
    await get(transport, { authorization: 'Bearer other' });
    expect(seen.map((request) => request.url)).toEqual(['/k8s/c-1/version?x=1', '/k8s/c-1/version?x=1']);
    expect(authorizations()).toEqual(['Bearer t', 'Bearer other']);
  });

  test('of a user name and password', async () => {
    const { transport } = await connected({ kind: 'basic', username: 'a', password: 'ü' });
    await get(transport);
    expect(authorizations()).toEqual([`Basic ${Buffer.from('a:ü').toString('base64')}`]);
  });

  test('of a file are read again after a minute, and at once when they are refused', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'one\n');
    const { transport, clock } = await connected({ kind: 'tokenFile', path });
    await get(transport);
    await writeFile(path, 'two');
    await get(transport);
    await clock.advance(60_000);
    await get(transport);
    await writeFile(path, 'three');
    answer = (request, response) =>
      response.writeHead(request.headers.authorization === 'Bearer three' ? 200 : 401).end();
    expect(await get(transport)).toBe(200);
    expect(authorizations()).toEqual(['Bearer one', 'Bearer one', 'Bearer two', 'Bearer two', 'Bearer three']);
    await rm(path);
    await clock.advance(60_000);
    expect(await get(transport)).toBe(200);
  });

  test('that cannot be had are unreachable, with the file named', async () => {
    const { transport } = await connected({ kind: 'tokenFile', path: join(folder, 'none') });
    await expect(get(transport)).rejects.toThrow(/token file .*none cannot be read/);
    await expect(get(transport)).rejects.toBeInstanceOf(UnreachableError);
  });

  test('that are refused and the same as before stay refused, after one try', async () => {
    const { transport } = await connected({ kind: 'token', token: 't' });
    answer = (_, response) => response.writeHead(401).end();
    expect(await get(transport)).toBe(401);
    expect(seen).toHaveLength(1);
  });

  test('of an exec plugin come through the client library, and are asked for again when they are refused', async () => {
    const count = join(folder, 'count');
    const script = `const fs=require('fs');let n=0;try{n=+fs.readFileSync('${count}')}catch{};fs.writeFileSync('${count}',String(n+1));
      console.log(JSON.stringify({apiVersion:'client.authentication.k8s.io/v1',kind:'ExecCredential',status:{token:'t'+n}}))`;
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] };
    const { transport } = await connected({ kind: 'plugin', user: { name: 'u', exec } });
    await get(transport);
    await get(transport);
    answer = (request, response) => response.writeHead(request.headers.authorization === 'Bearer t1' ? 200 : 401).end();
    expect(await get(transport)).toBe(200);
    expect(authorizations()).toEqual(['Bearer t0', 'Bearer t0', 'Bearer t0', 'Bearer t1']);
  });

  test('of a plugin that fails are unreachable, with what it said last', async () => {
    const exec = { command: process.execPath, args: ['-e', 'console.error("log in first"); process.exit(1)'] };
    const { transport } = await connected({ kind: 'plugin', user: { name: 'u', exec } });
    await expect(get(transport)).rejects.toThrow('the credential plugin of user u failed: log in first');
  });

  test('impersonation is sent with all groups and extras', async () => {
    const { impersonating } = await connected({ kind: 'token', token: 't' });
    await get(impersonating({ user: 'jane', groups: ['a', 'b'], extra: { 'example.com/Scope': ['x', 'y'] } }));
    expect(seen[0]?.headersDistinct).toMatchObject({
      authorization: ['Bearer t'],
      'impersonate-user': ['jane'],
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-example.com%2fscope': ['x', 'y'],
    });
  });
});

test('a proxy is asked for a plain server', async () => {
  const { transport } = await connected({ kind: 'none' }, { server: 'http://cluster.test', proxyUrl: server });
  expect(await get(transport)).toBe(200);
  expect(seen[0]?.url).toBe('http://cluster.test/version?x=1');
});

test('a server that is not there is unreachable, with what to do', async () => {
  const { transport, close } = await connected({ kind: 'none' }, { server: 'http://127.0.0.1:1' });
  await expect(get(transport)).rejects.toThrow(
    /127\.0\.0\.1:1 cannot be reached: nothing listens there.*\(ECONNREFUSED\)/,
  );
  await close();
  await expect(get(transport)).rejects.toThrow(/has been closed/);
});

test('the client library is not loaded for an access without plugins', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      if (specifier.startsWith('@kubernetes/')) throw new Error('loaded');
      return next(specifier, context);
    } });
    const { connect, createCluster } = await import(process.argv[1]);
    const access = { server: process.argv[2], namespace: 'a', origin: 'b', tls: { insecure: false }, credentials: { kind: 'token', token: 't' } };
    const connection = await connect(access, { clock: { now: () => 0, schedule: () => () => {} } });
    const { status, body } = await connection.transport({ method: 'GET', path: '/' });
    for await (const _ of body);
    await connection.close();
    console.log(status);`;
  const index = new URL('../index.ts', import.meta.url).href;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, '--', index, server]);
  expect(stdout.trim()).toBe('200');
});
