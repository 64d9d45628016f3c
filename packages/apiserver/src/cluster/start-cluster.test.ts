import { connect } from 'node:http2';
import { request } from 'node:https';
import { FakeClock } from '@stageset/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCluster, startCluster } from './start-cluster.ts';

let cluster: LocalCluster;
let ca: string;
let authorization: string;

beforeAll(async () => {
  cluster = await startCluster({ clock: new FakeClock(), workloads: false });
  const text = (pattern: RegExp) => pattern.exec(cluster.kubeconfig)?.[1] ?? '';
  ca = Buffer.from(text(/certificate-authority-data: (\S+)/), 'base64').toString();
  authorization = `Bearer ${text(/token: (\S+)/)}`;
});
afterAll(() => cluster.stop());

test('serves HTTP/1.1 by a certificate that its kubeconfig vouches for', async () => {
  const { status, body } = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const sent = request(`${cluster.url}/api/v1/namespaces/default`, { ca, headers: { authorization } }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body: text }));
    });
    sent.on('error', reject);
    sent.end();
  });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ kind: 'Namespace', metadata: { name: 'default' } });
});

test('serves HTTP/2, a watch and writes over one connection', async () => {
  const session = connect(cluster.url, { ca });
  const open = (method: string, path: string, body?: string) => {
    const stream = session.request({
      ':method': method,
      ':path': path,
      authorization,
      'content-type': 'application/json',
    });
    stream.end(body);
    return stream;
  };
  const path = '/api/v1/namespaces/default/configmaps';
  const watch = open('GET', `${path}?watch=1`);
  const event = new Promise<string>((resolve) => watch.once('data', (chunk) => resolve(String(chunk))));
  await new Promise((resolve) => watch.once('response', resolve));
  open('POST', path, JSON.stringify({ metadata: { name: 'a' } })).resume();
  expect(JSON.parse(await event)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
  watch.close();
  session.destroy();
});
