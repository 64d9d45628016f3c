import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpCall } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CALL_TIMEOUT_MS, createHttpCalls, type HttpCallsOptions } from './http-calls.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that answers as it is told, and knows what it was asked. */
class Peer {
  readonly asked: string[] = [];
  answer: Answer = (_, response) => response.end();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Peer> {
    const server = createServer();
    const peer = new Peer(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const body = Buffer.concat(chunks).toString('utf8');
        peer.asked.push([method, url, headers['x-token'], headers['content-type'], body].filter(Boolean).join(' '));
        peer.answer(request, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  url(path: string): string {
    return `http://${this.host}${path}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

const redirect =
  (to: (path: string) => string | undefined, status = 302): Answer =>
  ({ url = '' }, response) => {
    const location = to(url);
    if (location !== undefined) response.writeHead(status, { location });
    response.end('a body that nobody shall repeat');
  };

const clock = new FakeClock('2026-01-01T00:00:00Z');
const never = new AbortController().signal;
const closing: (() => Promise<void>)[] = [];
let first: Peer;
let other: Peer;
beforeEach(async () => {
  [first, other] = [await Peer.start(), await Peer.start()];
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await first.stop();
  await other.stop();
});

function calls(options: Partial<HttpCallsOptions> = {}): (call: Partial<HttpCall>) => Promise<unknown> {
  const made = createHttpCalls({ clock, allowedHosts: ['127.0.0.1'], ...options });
  closing.push(() => made.close());
  return (call) =>
    made.send({ url: first.url('/'), method: 'POST', headers: [], isSecret: false, stopAt: [], ...call }, never);
}

describe('redirects', () => {
  const secret = { isSecret: true, headers: [['X-Token', 'hush']], body: '{"password":"hush"}' } as const;

  test.each([301, 302, 303, 307, 308])(
    'S-130 a request with secrets does not follow a %i to another port',
    async (status) => {
      first.answer = redirect(() => other.url('/take'), status);
      const sent = calls()({ ...secret, url: first.url('/start?token=hush') });
      await expect(sent).rejects.toMatchObject({
        kind: 'refused',
        message: `the redirect from ${first.host} to ${other.host} is not followed: the request holds secrets, which stay with the host they were meant for`,
      });
      expect(other.asked).toEqual([]);
    },
  );

  test('S-130 nor to another name of the same address', async () => {
    const { port } = new URL(first.url('/'));
    first.answer = redirect(() => `http://hooks.example.com:${port}/take`);
    const resolveHost = async () => [{ address: '127.0.0.1', family: 4 }];
    const sent = calls({ allowedHosts: ['127.0.0.1', 'hooks.example.com'], resolveHost })({ ...secret });
    await expect(sent).rejects.toMatchObject({ kind: 'refused' });
    expect(first.asked).toHaveLength(1);
  });

  test('S-130 nor back from a second one', async () => {
    first.answer = redirect((path) => (path === '/a' ? '/b' : other.url('/take')));
    await expect(calls()({ ...secret, url: first.url('/a') })).rejects.toMatchObject({ kind: 'refused' });
    expect(first.asked).toHaveLength(2);
    expect(other.asked).toEqual([]);
  });

  test('S-130 within one host it is followed, secrets and all', async () => {
    first.answer = redirect((path) => (path === '/a' ? '/b' : undefined), 307);
    await expect(calls()({ ...secret, url: first.url('/a') })).resolves.toEqual({ status: 200, host: first.host });
    expect(first.asked).toEqual(['POST /a hush {"password":"hush"}', 'POST /b hush {"password":"hush"}']);
  });

  test('one without secrets is followed to other hosts, as a GET without a body unless the answer says otherwise', async () => {
    first.answer = redirect(() => other.url('/take'));
    const open = { url: first.url('/a'), headers: [['Content-Type', 'application/json']], body: '{}' } as const;
    await expect(calls()(open)).resolves.toEqual({ status: 200, host: other.host });
    first.answer = redirect(() => other.url('/take'), 308);
    await calls()(open);
    expect(other.asked).toEqual(['GET /take', 'POST /take application/json {}']);
  });

  test('S-130 ten are followed, the eleventh is refused', async () => {
    const next = (last: number) => (path: string) => {
      const number = Number(path.slice(1));
      return number < last ? `/${number + 1}` : undefined;
    };
    first.answer = redirect(next(10));
    await expect(calls()({ url: first.url('/0') })).resolves.toMatchObject({ status: 200 });
    expect(first.asked).toHaveLength(11);
    first.answer = redirect(next(11));
    await expect(calls()({ url: first.url('/0') })).rejects.toMatchObject({
      kind: 'refused',
      message: `${first.host} redirects more than 10 times`,
    });
    expect(first.asked).toHaveLength(22);
  });

  test('one that is the answer asked for is not followed', async () => {
    first.answer = redirect(() => other.url('/take'));
    await expect(calls()({ stopAt: [302] })).resolves.toEqual({ status: 302, host: first.host });
    expect(other.asked).toEqual([]);
  });

  test.each([
    { to: 'http://169.254.169.254/latest', why: '169.254.169.254 may not be connected to' },
    { to: 'http://0x7f000001/', why: '127.0.0.1' },
    { to: 'http://[::1]/', why: '::1 may not be connected to' },
    { to: 'http://localhost/', why: 'localhost may not be connected to' },
    { to: 'http://elsewhere.example.com/', why: 'elsewhere.example.com is not among the hosts that actions may ask' },
    { to: 'file:///etc/passwd', why: 'only http and https are asked for' },
  ])('where $to leads is looked at like any other', async ({ to, why }) => {
    const { port } = new URL(first.url('/'));
    first.answer = redirect(() => to);
    const resolveHost = async () => [{ address: '127.0.0.1', family: 4 }];
    const send = calls({ allowedHosts: ['hooks.example.com'], resolveHost });
    await expect(send({ url: `http://hooks.example.com:${port}/` })).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(why),
    });
    expect(first.asked).toHaveLength(1);
  });
});

describe('whom it asks', () => {
  test('a name that resolves to this host is refused as the connection is made', async () => {
    const { port } = new URL(first.url('/'));
    for (const address of ['127.0.0.1', '169.254.169.254', '100.100.100.200']) {
      const resolveHost = async () => [
        { address: '10.0.0.1', family: 4 },
        { address, family: 4 },
      ];
      const sent = calls({ allowedHosts: [], resolveHost })({ url: `http://hooks.example.com:${port}/` });
      await expect(sent).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining(`hooks.example.com (${address}) may not be connected to`),
      });
    }
    expect(first.asked).toEqual([]);
  });

  test('a redirect to such a name is refused too', async () => {
    first.answer = redirect(() => other.url('/').replace('127.0.0.1', 'inside.example.com'));
    const { port } = new URL(first.url('/'));
    const resolveHost = async () => [{ address: '127.0.0.1', family: 4 }];
    const send = calls({ allowedHosts: ['hooks.example.com'], resolveHost });
    await expect(send({ url: `http://hooks.example.com:${port}/` })).rejects.toMatchObject({ kind: 'refused' });
    expect(other.asked).toEqual([]);
  });

  test('the list of hosts is meant as it is written', async () => {
    const send = calls({ allowedHosts: ['hooks.example.com'] });
    await expect(send({})).rejects.toMatchObject({ kind: 'refused', message: expect.stringContaining('127.0.0.1') });
    expect(first.asked).toEqual([]);
  });
});

describe('answers', () => {
  test('nothing of a body is told, however long it is', async () => {
    first.answer = (_, response) => {
      response.writeHead(500, { 'retry-after': '7' });
      response.end('nobody shall repeat this '.repeat(20_000));
    };
    await expect(calls()({})).resolves.toEqual({ status: 500, host: first.host, retryAfterMs: 7000 });
  });

  test('a connection that breaks off, or is refused, says neither path nor query', async () => {
    first.answer = (request) => request.socket.destroy();
    const send = calls();
    const broken = await send({ url: first.url('/hush?token=hush') }).catch((error: unknown) => error);
    expect(broken).toMatchObject({ kind: 'unknown', message: expect.stringContaining(`${first.host} broke off`) });
    expect(String(broken)).not.toContain('hush');
    const url = other.url('/hush');
    const { host } = other;
    await other.stop();
    const unsent = await send({ url }).catch((error: unknown) => error);
    expect(unsent).toMatchObject({ kind: 'unsent', message: expect.stringContaining(`${host} cannot be reached`) });
    expect(String(unsent)).not.toContain('hush');
    other = await Peer.start();
  });

  test('a header that cannot be sent is not repeated in the error', async () => {
    const sent = await calls()({ headers: [['X-Token', 'hush\nX-Other: y']] }).catch((error: unknown) => error);
    expect(sent).toMatchObject({
      kind: 'unsendable',
      message: `the request to ${first.host} has a header that is not valid`,
    });
    expect(String(sent)).not.toContain('hush');
  });

  test('thirty seconds are enough for everybody', async () => {
    let arrived = () => {};
    const asked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    first.answer = () => arrived();
    const sent = calls()({}).catch((error: unknown) => error);
    await asked;
    await clock.advance(CALL_TIMEOUT_MS);
    expect(await sent).toMatchObject({ kind: 'unknown', message: `${first.host} did not answer within 30 s` });
  });
});

describe('who answers what is no answer', () => {
  test('is told of, without what was said', async () => {
    first.answer = ({ socket }) => socket.end('hush, this is no HTTP\0\r\n\r\n');
    const broken = await calls()({}).catch((error: unknown) => error);
    expect(broken).toMatchObject({ kind: 'unknown', message: `${first.host} answered with what is no HTTP` });
    expect(String(broken)).not.toContain('hush');
  });

  test('with headers beyond all measure is cut off', async () => {
    first.answer = ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\nX-Long: ${'a'.repeat(1024 * 1024)}\r\n\r\n`);
    await expect(calls()({})).rejects.toMatchObject({
      kind: 'unknown',
      message: `${first.host} answered with too many headers (UND_ERR_HEADERS_OVERFLOW)`,
    });
  });
});
