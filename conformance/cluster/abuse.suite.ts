import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isJsonObject } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';

const MEBIBYTE = 1024 * 1024;
/** Stands for a connection that the server has closed in the middle of a body. */
const CUT_OFF = 0;
const HALF_OPEN = 1_000;

let suite: SuiteCluster;
let server: { readonly url: URL; readonly ca: string; readonly token: string };
let namespace: string;

beforeAll(async () => {
  suite = await suiteCluster();
  const { clusters, users } = parse(await readFile(suite.kubeconfig, 'utf8'));
  const { cluster } = clusters[0];
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
  server = { url: new URL(cluster.server), ca, token: users[0].user.token };
  namespace = await suite.namespace();
});
afterAll(() => suite.stop());

interface Answer {
  readonly code: number | undefined;
  readonly body: unknown;
}

/** Over a connection of its own, as a stranger's client would send it. The answer may come before all is sent. */
function send(method: string, path: string, body?: Buffer | string, type = 'application/json'): Promise<Answer> {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': type };
  return new Promise((resolve, reject) => {
    let answered = false;
    const sent = request(new URL(path, server.url), { method, ca: server.ca, agent: false, headers }, (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      const end = () => resolve({ code: response.statusCode, body: parsed(Buffer.concat(chunks).toString()) });
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', end);
      response.on('error', end);
    });
    // A server that has refused a body may close while the rest of it is on its way.
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (answered) return;
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve({ code: CUT_OFF, body: undefined });
      else reject(error);
    });
    sent.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function stillServes(): Promise<void> {
  const { code, body } = await send('GET', `/api/v1/namespaces/${namespace}`);
  expect({ code, body }).toMatchObject({ code: 200, body: { kind: 'Namespace', metadata: { name: namespace } } });
}

const configMaps = () => `/api/v1/namespaces/${namespace}/configmaps`;
const configMap = (data: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'abuse' }, data });
const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;
const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));

interface Abuse {
  readonly name: string;
  readonly send: () => Promise<Answer>;
  readonly code: number | readonly number[];
}

const ABUSES: readonly Abuse[] = [
  {
    name: 'a body of 10 MB',
    send: () => send('POST', configMaps(), configMap({ a: 'x'.repeat(10 * MEBIBYTE) })),
    code: [413, CUT_OFF],
  },
  {
    name: 'an object just under what a body may be, and over what is stored',
    send: () => send('POST', configMaps(), configMap({ a: 'x'.repeat(2 * MEBIBYTE) })),
    code: [413, 422],
  },
  {
    name: 'an object of a million fields',
    send: () => send('POST', configMaps(), configMap(fields(1_000_000))),
    code: [413, CUT_OFF],
  },
  {
    name: 'an apply of 70,000 fields',
    send: () =>
      send(
        'PATCH',
        `${configMaps()}/abuse?fieldManager=abuse`,
        configMap(fields(70_000)),
        'application/apply-patch+yaml',
      ),
    code: 500,
  },
  { name: 'JSON that ends in the middle', send: () => send('POST', configMaps(), '{"metadata":{"name":'), code: 400 },
  { name: 'JSON that is text', send: () => send('POST', configMaps(), 'hello'), code: 400 },
  { name: 'JSON that is a number', send: () => send('POST', configMaps(), '1'), code: 400 },
  { name: 'JSON that is a list', send: () => send('POST', configMaps(), '[]'), code: 400 },
  {
    name: 'bytes that are no text',
    send: () => send('POST', configMaps(), Buffer.from([0xff, 0xfe, 0, 1])),
    code: 400,
  },
  { name: 'nothing at all', send: () => send('POST', configMaps(), ''), code: 400 },
  {
    name: 'lists 200,000 deep',
    send: () => send('POST', configMaps(), `{"data":${nested(200_000, '[', ']')}}`),
    code: 400,
  },
  {
    name: 'objects 200,000 deep',
    send: () => send('POST', configMaps(), `{"data":${nested(200_000, '{"a":', '}')}}`),
    code: 400,
  },
  {
    name: 'an apply of YAML that doubles itself',
    send: () => send('PATCH', `${configMaps()}/abuse?fieldManager=abuse`, yamlBomb(), 'application/apply-patch+yaml'),
    code: [400, 413, 422],
  },
  {
    name: 'a JSON patch of 20,000 operations',
    send: () => send('PATCH', `${configMaps()}/abuse`, longPatch(20_000), 'application/json-patch+json'),
    code: [404, 413, 422],
  },
  {
    name: 'an unknown content type',
    send: () => send('POST', configMaps(), configMap({}), 'application/x-nothing'),
    code: 415,
  },
  {
    name: 'an unknown content type of a patch',
    send: () => send('PATCH', `${configMaps()}/abuse`, '{}', 'application/x-nothing'),
    code: 415,
  },
  {
    name: 'protobuf that is none',
    send: () => send('POST', configMaps(), 'k8s\0rubbish', 'application/vnd.kubernetes.protobuf'),
    code: 400,
  },
  {
    name: 'a label selector that is nonsense',
    send: () => send('GET', `${configMaps()}?labelSelector=a==b==c,(`),
    code: 400,
  },
  {
    name: 'a field selector that is nonsense',
    send: () => send('GET', `${configMaps()}?fieldSelector=%3D%3D%3D`),
    code: 400,
  },
  {
    name: 'a label selector of a thousand terms that end wrongly',
    send: () => send('GET', `${configMaps()}?labelSelector=${encodeURIComponent(`${'a in (b,c),'.repeat(1000)}!`)}`),
    code: 400,
  },
  {
    name: 'a continue token that is nonsense',
    send: () => send('GET', `${configMaps()}?continue=nonsense`),
    code: 400,
  },
  {
    name: 'a resource version that is nonsense',
    send: () => send('GET', `${configMaps()}?resourceVersion=x`),
    code: 400,
  },
  {
    name: 'a path with a name that cannot be',
    send: () => send('GET', `${configMaps()}/${'x'.repeat(2000)}`),
    code: 404,
  },
  { name: 'a method that nobody knows', send: () => send('PROPFIND', configMaps()), code: [405, 501] },
];

function yamlBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
  }
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: abuse}\n${lines.join('\n')}\n`;
}

function longPatch(count: number): string {
  return JSON.stringify(
    Array.from({ length: count }, (_, index) => ({ op: 'add', path: `/data/k${index}`, value: '' })),
  );
}

describe('abuse', () => {
  test.each(ABUSES)(
    '$name is refused with a Status, and the next request is served',
    async ({ send: abuse, code, name }) => {
      const answer = await abuse();
      expect(Array.isArray(code) ? code : [code], `${name}: ${JSON.stringify(answer.body)?.slice(0, 300)}`).toContain(
        answer.code,
      );
      if (isJsonObject(answer.body))
        expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', code: answer.code });
      await stillServes();
    },
  );

  test('a thousand connections that say nothing, or half of something, keep nobody out', async () => {
    const { hostname, port } = server.url;
    const sockets: Socket[] = [];
    const opened: Promise<unknown>[] = [];
    for (let index = 0; index < HALF_OPEN; index++) {
      const socket =
        index % 10 === 0
          ? connectTls({ host: hostname, port: Number(port), ca: server.ca, servername: 'localhost' })
          : connectTcp({ host: hostname, port: Number(port) });
      socket.on('error', () => undefined);
      opened.push(once(socket, index % 10 === 0 ? 'secureConnect' : 'connect').catch(() => undefined));
      sockets.push(socket);
    }
    try {
      await Promise.all(opened);
      for (const [index, socket] of sockets.entries()) {
        if (index % 10 === 0)
          socket.write(`POST ${configMaps()} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n`);
        else if (index % 3 === 0) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02]));
      }
      await stillServes();
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  test('a connection that opens more streams than it may is told so, and others are served', async () => {
    const session = connectHttp2(server.url, { ca: server.ca });
    session.on('error', () => undefined);
    await once(session, 'connect');
    const headers = { ':path': `${configMaps()}?watch=true`, authorization: `Bearer ${server.token}` };
    const streams = Array.from({ length: 400 }, () => session.request(headers));
    for (const stream of streams) stream.on('error', () => undefined);
    await once(streams[0] ?? session, 'response');
    await stillServes();
    session.destroy();
  });
});
