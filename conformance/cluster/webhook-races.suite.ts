/** What happens on a cluster while a webhook thinks. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';
import { type Json, type Reply, startReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { readAnswer } from './transcript/normal.ts';

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const JSON_TYPE = { 'content-type': 'application/json' };
const MERGE_TYPE = { 'content-type': 'application/merge-patch+json' };
const ALLOWED: Reply = { response: { allowed: true } };

let suite: SuiteCluster;
let receiver: WebhookReceiver;
let objects: string;
let name: string;
/** What the webhook does before it answers. */
let meanwhile: () => Promise<unknown>;

async function send(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: Json,
  headers = JSON_TYPE,
) {
  const response = await suite.transport({
    method,
    path,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { code: response.status, body: (await readAnswer(response)) as Json };
}

beforeAll(async () => {
  suite = await suiteCluster();
  const namespace = await suite.namespace();
  objects = `/api/v1/namespaces/${namespace}/configmaps`;
  name = `races-${namespace}`;
  receiver = await startReceiver({
    probe: () => ({ response: { allowed: false, status: { code: 418 } } }),
    async slow() {
      await meanwhile();
      return ALLOWED;
    },
  });
  const webhook = (does: string, label: string): Json => ({
    name: `${does}.example.com`,
    clientConfig: { url: `${receiver.url}/${does}`, caBundle: receiver.authority },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    objectSelector: { matchLabels: { asked: label } },
    // Writes of the webhook's own are not asked about.
    matchConditions: [
      { name: 'first', expression: "object == null || !has(object.data) || !('second' in object.data)" },
    ],
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
  });
  await send('POST', CONFIGURATIONS, {
    metadata: { name },
    webhooks: [webhook('probe', 'probe'), webhook('slow', 'slow')],
  });
  const probe = { metadata: { name: 'probe', labels: { asked: 'probe' } } };
  await vi.waitFor(async () => expect((await send('POST', `${objects}?dryRun=All`, probe)).code).toBe(418), 20_000);
});
afterAll(async () => {
  await send('DELETE', `${CONFIGURATIONS}/${name}`);
  await receiver.stop();
  await suite.stop();
});

async function created(object: string): Promise<Json> {
  meanwhile = async () => undefined;
  const { body } = await send('POST', objects, {
    metadata: { name: object, labels: { asked: 'slow' } },
    data: { a: '1' },
  });
  return body;
}
const second = (object: string) => send('PATCH', `${objects}/${object}`, { data: { second: 'yes' } }, MERGE_TYPE);

test('a patch that another write overtook is made anew, and neither is lost', async () => {
  await created('patched');
  meanwhile = () => second('patched');
  const { code, body } = await send('PATCH', `${objects}/patched`, { data: { b: '2' } }, MERGE_TYPE);
  expect([code, body['data']]).toEqual([200, { a: '1', b: '2', second: 'yes' }]);
});

test('an update of what was read before another write is a conflict', async () => {
  const read = await created('updated');
  meanwhile = () => second('updated');
  const { code, body } = await send('PUT', `${objects}/updated`, { ...read, data: { a: '3' } });
  expect([code, body['reason']]).toEqual([409, 'Conflict']);
});

test('an object that was deleted meanwhile is not brought back', async () => {
  await created('deleted');
  await second('deleted');
  // Without the second key the webhook is asked; its own deletion is not, since then nothing is to be.
  meanwhile = async () => {
    meanwhile = async () => undefined;
    await send('DELETE', `${objects}/deleted`);
  };
  const { code } = await send('PATCH', `${objects}/deleted`, { data: { second: null } }, MERGE_TYPE);
  expect(code).toBe(404);
});

test('a name that was taken meanwhile is a conflict', async () => {
  const object = { metadata: { name: 'taken', labels: { asked: 'slow' } }, data: { a: '1' } };
  meanwhile = () => send('POST', objects, { ...object, data: { second: 'yes' } });
  const { code, body } = await send('POST', objects, object);
  expect([code, body['reason']]).toEqual([409, 'AlreadyExists']);
});

test('other requests go on while a webhook thinks', async () => {
  let others: readonly number[] = [];
  meanwhile = async () => {
    const made = await send('POST', objects, { metadata: { name: 'other' } });
    const read = await send('GET', `${objects}/other`);
    others = [made.code, read.code];
  };
  const { code } = await send('POST', objects, { metadata: { name: 'waiting', labels: { asked: 'slow' } } });
  expect([code, ...others]).toEqual([201, 201, 200]);
});
