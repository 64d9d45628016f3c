import { expect, test } from 'vitest';
import { CONFIG_MAPS, configMap, PATCH_TYPES, testApi } from '../testing/api.ts';

const patch = (type: keyof typeof PATCH_TYPES) => ({ 'content-type': PATCH_TYPES[type], 'user-agent': 'tester/1.0' });
const meta = (body: Record<string, unknown>) => body['metadata'] as Record<string, unknown>;

test('an object is created with what the server adds, and read back the same', async () => {
  const api = testApi();
  const created = await api.call('POST', CONFIG_MAPS, configMap('a', { data: { k: 'v' } }), {
    'user-agent': 'tester/1.0',
  });
  expect(created.status).toBe(201);
  expect(created.body).toEqual({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: {
      name: 'a',
      namespace: 'default',
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      resourceVersion: expect.stringMatching(/^\d+$/),
      creationTimestamp: '2030-01-01T00:00:00Z',
      managedFields: [
        {
          manager: 'tester',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2030-01-01T00:00:00Z',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { '.': {}, 'f:k': {} } },
        },
      ],
    },
    data: { k: 'v' },
  });
  expect((await api.call('GET', `${CONFIG_MAPS}/a`)).body).toEqual(created.body);
});

const refusals: readonly {
  readonly name: string;
  readonly request: Parameters<ReturnType<typeof testApi>['call']>;
  readonly want: Record<string, unknown>;
}[] = [
  {
    name: 'an object that is not there',
    request: ['GET', `${CONFIG_MAPS}/nope`],
    want: {
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "nope" not found',
      details: { name: 'nope', kind: 'configmaps' },
    },
  },
  {
    name: 'an object that is there already',
    request: ['POST', CONFIG_MAPS, configMap('present')],
    want: { code: 409, reason: 'AlreadyExists', message: 'configmaps "present" already exists' },
  },
  {
    name: 'a namespace that is not there',
    request: ['POST', '/api/v1/namespaces/nope/configmaps', configMap('a')],
    want: { code: 404, message: 'namespaces "nope" not found' },
  },
  {
    name: 'another namespace than the path says',
    request: ['POST', CONFIG_MAPS, configMap('a', { metadata: { namespace: 'other' } })],
    want: {
      code: 400,
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    },
  },
  {
    name: 'no name',
    request: ['POST', CONFIG_MAPS, { metadata: {} }],
    want: {
      code: 422,
      message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    },
  },
  {
    name: 'another kind',
    request: ['POST', CONFIG_MAPS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }],
    want: {
      code: 400,
      message:
        'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    },
  },
  {
    name: 'unknown and repeated fields, when they are to be refused',
    request: [
      'POST',
      `${CONFIG_MAPS}?fieldValidation=Strict`,
      '{"metadata":{"name":"a"},"dat":{},"data":{"a":"x","a":"y"}}',
    ],
    want: {
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dat", duplicate field "data.a"',
    },
  },
  {
    name: 'a write against an older version',
    request: ['PUT', `${CONFIG_MAPS}/present`, configMap('present', { metadata: { resourceVersion: '1' } })],
    want: {
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "present": the object has been modified; please apply your changes to the latest version and try again',
    },
  },
  {
    name: 'another name than the path says',
    request: ['PUT', `${CONFIG_MAPS}/present`, configMap('other')],
    want: { code: 400, message: 'the name of the object (other) does not match the name on the URL (present)' },
  },
  {
    name: 'an unknown value of an option',
    request: ['POST', `${CONFIG_MAPS}?dryRun=Foo`, configMap('a')],
    want: {
      code: 422,
      message: 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Foo"]: supported values: "All"',
    },
  },
  {
    name: 'a deletion whose precondition does not hold',
    request: ['DELETE', `${CONFIG_MAPS}/present`, { preconditions: { uid: 'other' } }],
    want: {
      code: 409,
      reason: 'Conflict',
      message: expect.stringContaining('the UID in the precondition (other) does not match'),
    },
  },
  {
    name: 'the deletion of a namespace that every cluster needs',
    request: ['DELETE', '/api/v1/namespaces/default'],
    want: { code: 403, message: 'namespaces "default" is forbidden: this namespace may not be deleted' },
  },
  {
    name: 'a resource that no group has',
    request: ['GET', '/api/v1/foos'],
    want: { code: 404, message: 'the server could not find the requested resource' },
  },
  {
    name: 'a method that a path does not take',
    request: ['PUT', CONFIG_MAPS, {}],
    want: { code: 405, reason: 'MethodNotAllowed' },
  },
  {
    name: 'a body of no known type',
    request: ['POST', CONFIG_MAPS, 'x', { 'content-type': 'text/csv' }],
    want: { code: 415, reason: 'UnsupportedMediaType' },
  },
  {
    name: 'an answer of no known type',
    request: ['GET', CONFIG_MAPS, undefined, { accept: 'application/xml' }],
    want: { code: 406, reason: 'NotAcceptable' },
  },
  {
    name: 'a body that is too large',
    request: ['POST', CONFIG_MAPS, 'x'.repeat(3 * 1024 * 1024 + 1)],
    want: { code: 413, reason: 'RequestEntityTooLarge' },
  },
  {
    name: 'what would need a container',
    request: ['GET', '/api/v1/namespaces/default/pods/present/log'],
    want: { code: 404, message: 'pods "present" not found' },
  },
];
for (const { name, request, want } of refusals) {
  test(`refuses ${name}`, async () => {
    const api = testApi();
    await api.call('POST', CONFIG_MAPS, configMap('present'));
    const answer = await api.call(...request);
    expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', ...want });
    expect(answer.status).toBe(want['code']);
  });
}

test('a name may be made from a prefix', async () => {
  const api = testApi();
  const { body } = await api.call('POST', CONFIG_MAPS, { metadata: { generateName: 'run-' } });
  expect(meta(body)['name']).toMatch(/^run-[a-z0-9]{5}$/);
});

test('unknown fields are dropped with a warning each', async () => {
  const api = testApi();
  const { status, headers, body } = await api.call('POST', CONFIG_MAPS, { metadata: { name: 'a', foo: 1 }, dat: {} });
  expect(status).toBe(201);
  expect(headers['warning']).toContain('299 - "unknown field \\"dat\\""');
  expect(headers['warning']).toContain('299 - "unknown field \\"metadata.foo\\""');
  expect(body).not.toHaveProperty('dat');
});

test('a write that changes nothing is none', async () => {
  const api = testApi();
  const created = await api.call('POST', CONFIG_MAPS, configMap('a', { data: { k: 'v' } }));
  await api.clock.advance(5000);
  const again = await api.call('PATCH', `${CONFIG_MAPS}/a`, { data: { k: 'v' } }, patch('merge'));
  expect(meta(again.body)['resourceVersion']).toBe(meta(created.body)['resourceVersion']);
});

test('a dry run tells what would be, and leaves everything as it was', async () => {
  const api = testApi();
  expect((await api.call('POST', `${CONFIG_MAPS}?dryRun=All`, configMap('a'))).status).toBe(201);
  expect((await api.call('GET', `${CONFIG_MAPS}/a`)).status).toBe(404);
});

const patches: readonly { readonly type: keyof typeof PATCH_TYPES; readonly body: unknown; readonly want: unknown }[] =
  [
    { type: 'merge', body: { data: { k: null, n: '1' } }, want: { n: '1' } },
    { type: 'strategic', body: { data: { n: '1' } }, want: { k: 'v', n: '1' } },
    { type: 'json', body: [{ op: 'replace', path: '/data/k', value: 'w' }], want: { k: 'w' } },
    // Where RFC 6902 refuses, the API server adds.
    { type: 'json', body: [{ op: 'replace', path: '/data/new', value: 'w' }], want: { k: 'v', new: 'w' } },
  ];
for (const { type, body, want } of patches) {
  test(`a ${type} patch: ${JSON.stringify(body)}`, async () => {
    const api = testApi();
    await api.call('POST', CONFIG_MAPS, configMap('a', { data: { k: 'v' } }));
    const answer = await api.call('PATCH', `${CONFIG_MAPS}/a`, body, patch(type));
    expect(answer.body['data']).toEqual(want);
  });
}

test('server-side apply owns fields, refuses those of others, and takes them by force', async () => {
  const api = testApi();
  const apply = (manager: string, data: object, more = '') =>
    api.call('PATCH', `${CONFIG_MAPS}/a?fieldManager=${manager}${more}`, configMap('a', { data }), patch('apply'));
  expect((await apply('one', { k: '1', only: 'x' })).status).toBe(201);
  expect((await apply('two', { k: '2' })).body).toMatchObject({
    code: 409,
    reason: 'Conflict',
    message: 'Apply failed with 1 conflict: conflict with "one": .data.k',
    details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.k' }] },
  });
  expect((await apply('two', { k: '2' }, '&force=true')).body['data']).toEqual({ k: '2', only: 'x' });
  expect((await apply('one', {})).body['data']).toEqual({ k: '2' });
});

test('an apply may be YAML', async () => {
  const api = testApi();
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n';
  const { body } = await api.call('PATCH', `${CONFIG_MAPS}/a?fieldManager=one`, yaml, patch('apply'));
  expect(body['data']).toEqual({ k: 'v' });
});

test('finalizers hold a deleted object until the last is gone, and take no company', async () => {
  const api = testApi();
  await api.call('POST', CONFIG_MAPS, configMap('a', { metadata: { finalizers: ['x.io/y'] } }));
  const deleted = await api.call('DELETE', `${CONFIG_MAPS}/a`, { propagationPolicy: 'Background' });
  expect(meta(deleted.body)).toMatchObject({
    deletionTimestamp: '2030-01-01T00:00:00Z',
    deletionGracePeriodSeconds: 0,
  });
  const added = await api.call(
    'PATCH',
    `${CONFIG_MAPS}/a`,
    { metadata: { finalizers: ['x.io/y', 'x.io/z'] } },
    patch('merge'),
  );
  expect(added.status).toBe(422);
  await api.call('PATCH', `${CONFIG_MAPS}/a`, { metadata: { finalizers: null } }, patch('merge'));
  expect((await api.call('GET', `${CONFIG_MAPS}/a`)).status).toBe(404);
});

test('a deletion is answered with what was deleted', async () => {
  const api = testApi();
  await api.call('POST', CONFIG_MAPS, configMap('a'));
  const { status, body } = await api.call('DELETE', `${CONFIG_MAPS}/a`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ kind: 'Status', status: 'Success', details: { name: 'a', kind: 'configmaps' } });
});

test('a collection is deleted by selector', async () => {
  const api = testApi();
  await api.call('POST', CONFIG_MAPS, configMap('a', { metadata: { labels: { app: 'x' } } }));
  await api.call('POST', CONFIG_MAPS, configMap('b'));
  await api.call('DELETE', `${CONFIG_MAPS}?labelSelector=app%3Dx`);
  const { body } = await api.call('GET', CONFIG_MAPS);
  expect((body['items'] as { metadata: { name: string } }[]).map((item) => item.metadata.name)).toEqual(['b']);
});

test('keys that are words of the language are data', async () => {
  const api = testApi();
  const json = '{"metadata":{"name":"a"},"data":{"__proto__":"x","constructor":"y"}}';
  const { body } = await api.call('POST', CONFIG_MAPS, json);
  expect(JSON.stringify(body['data'])).toBe('{"__proto__":"x","constructor":"y"}');
});

test('generation counts changes of what is wanted, and nothing else', async () => {
  const api = testApi();
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const labels = { app: 'x' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const created = await api.call('POST', path, {
    metadata: { name: 'a' },
    spec: { selector: { matchLabels: labels }, template },
  });
  expect(meta(created.body)['generation']).toBe(1);
  const steps: readonly (readonly [string, object, number])[] = [
    [`${path}/a`, { metadata: { labels: { l: '1' } } }, 1],
    [`${path}/a`, { spec: { replicas: 3 } }, 2],
    [`${path}/a`, { status: { replicas: 3 } }, 2],
    [`${path}/a/status`, { status: { replicas: 3 }, spec: { replicas: 9 } }, 2],
  ];
  for (const [target, body, want] of steps) {
    const answer = await api.call('PATCH', target, body, patch('merge'));
    expect(meta(answer.body)['generation']).toBe(want);
    expect((answer.body['spec'] as { replicas: number }).replicas).not.toBe(9);
  }
});
