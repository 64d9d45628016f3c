import { expect, test } from 'vitest';
import { CRDS, GADGETS, gadget, gadgetDefinition, PATCH_TYPES, type TestApi, testApi } from '../testing/api.ts';

const merge = { 'content-type': PATCH_TYPES.merge };

async function served(): Promise<TestApi> {
  const api = testApi();
  expect((await api.call('POST', CRDS, gadgetDefinition())).status).toBe(201);
  return api;
}

test('a definition is established, and its kind served, at once', async () => {
  const api = await served();
  const { body } = await api.call('GET', `${CRDS}/gadgets.example.com`);
  expect(body['status']).toMatchObject({
    conditions: [
      { type: 'NamesAccepted', status: 'True' },
      { type: 'Established', status: 'True' },
    ],
    acceptedNames: {
      plural: 'gadgets',
      singular: 'gadget',
      kind: 'Gadget',
      listKind: 'GadgetList',
      shortNames: ['gd'],
    },
    storedVersions: ['v1'],
  });
  expect((await api.call('GET', '/apis/example.com/v1')).body).toMatchObject({
    resources: [{ name: 'gadgets', shortNames: ['gd'] }, { name: 'gadgets/status' }, { name: 'gadgets/scale' }],
  });
});

test('objects are pruned, defaulted, and kept without the status a client sends', async () => {
  const api = await served();
  const { status, headers, body } = await api.call(
    'POST',
    GADGETS,
    gadget('a', { size: 3, foo: 1 }, { status: { ready: true } }),
  );
  expect(status).toBe(201);
  expect(body['spec']).toEqual({ size: 3, color: 'red' });
  expect(body).not.toHaveProperty('status');
  expect(headers['warning']).toBe('299 - "unknown field \\"spec.foo\\""');
});

test('objects are held to their schema', async () => {
  const api = await served();
  const { body } = await api.call('POST', GADGETS, gadget('a', { size: 0 }));
  expect(body).toMatchObject({
    code: 422,
    message:
      'Gadget.example.com "a" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
    details: { group: 'example.com', kind: 'Gadget', causes: [{ reason: 'FieldValueInvalid', field: 'spec.size' }] },
  });
});

test('status and spec are written through their own endpoints', async () => {
  const api = await served();
  await api.call('POST', GADGETS, gadget('a', { size: 3 }));
  const main = await api.call('PATCH', `${GADGETS}/a`, { spec: { size: 4 }, status: { ready: true } }, merge);
  expect(main.body).toMatchObject({ spec: { size: 4 }, metadata: { generation: 2 } });
  expect(main.body).not.toHaveProperty('status');
  const status = await api.call('PATCH', `${GADGETS}/a/status`, { spec: { size: 9 }, status: { ready: true } }, merge);
  expect(status.body).toMatchObject({ spec: { size: 4 }, status: { ready: true }, metadata: { generation: 2 } });
});

test('an update must say what it has read', async () => {
  const api = await served();
  await api.call('POST', GADGETS, gadget('a', { size: 3 }));
  const { body } = await api.call('PUT', `${GADGETS}/a`, gadget('a', { size: 4 }));
  expect(body).toMatchObject({
    code: 422,
    message:
      'gadgets.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  });
});

test('the scale subresource reads and writes where the definition says', async () => {
  const api = await served();
  await api.call('POST', GADGETS, gadget('a', { size: 3, replicas: 1 }));
  const { body } = await api.call('PATCH', `${GADGETS}/a/scale`, { spec: { replicas: 5 } }, merge);
  expect(body).toMatchObject({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    spec: { replicas: 5 },
    status: { replicas: 0 },
  });
  expect((await api.call('GET', `${GADGETS}/a`)).body).toMatchObject({ spec: { replicas: 5 } });
});

test('versions show the same object, and a deprecated one warns', async () => {
  const api = await served();
  await api.call('POST', GADGETS, gadget('a', { size: 3 }));
  const { body, headers } = await api.call('GET', '/apis/example.com/v1beta1/namespaces/default/gadgets/a');
  expect(body).toMatchObject({ apiVersion: 'example.com/v1beta1', spec: { size: 3 } });
  expect(headers['warning']).toBe('299 - "example.com/v1beta1 Gadget is deprecated; use example.com/v1 Gadget"');
});

test('printer columns make the table', async () => {
  const api = await served();
  await api.call('POST', GADGETS, gadget('a', { size: 3 }));
  const { body } = await api.call('GET', GADGETS, undefined, {
    accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
  });
  expect(body).toMatchObject({ columnDefinitions: [{ name: 'Name' }, { name: 'Size' }], rows: [{ cells: ['a', 3] }] });
});

test('a deleted definition takes its objects along, once their finalizers let it', async () => {
  const api = await served();
  await api.call('POST', GADGETS, gadget('a', { size: 3 }));
  await api.call('POST', GADGETS, {
    ...gadget('held', { size: 3 }),
    metadata: { name: 'held', finalizers: ['x.io/y'] },
  });
  await api.call('DELETE', `${CRDS}/gadgets.example.com`);
  expect((await api.call('GET', `${GADGETS}/a`)).status).toBe(404);
  expect((await api.call('POST', GADGETS, gadget('late', { size: 1 }))).body).toMatchObject({
    code: 405,
    message: 'create not allowed while custom resource definition is terminating',
  });
  await api.call('PATCH', `${GADGETS}/held`, { metadata: { finalizers: null } }, merge);
  expect((await api.call('GET', `${CRDS}/gadgets.example.com`)).status).toBe(404);
  expect((await api.call('GET', '/apis/example.com/v1')).status).toBe(404);
});

test('rules are evaluated on every write, and refused with the definition when they do not compile', async () => {
  const definition = gadgetDefinition();
  const [first] = definition.spec.versions;
  const withRule = (rule: string) => {
    const spec = { type: 'object', properties: { size: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule }] };
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
    return { ...definition, spec: { ...definition.spec, versions: [{ ...first, schema }] } };
  };
  const api = testApi();
  expect((await api.call('POST', CRDS, withRule('self.sise > 1'))).body).toMatchObject({
    code: 422,
    message: expect.stringContaining("undefined field 'sise'"),
  });
  const { status, headers } = await api.call('POST', CRDS, withRule('self.size > oldSelf.size'));
  expect([status, headers['warning']]).toEqual([201, undefined]);
  expect((await api.call('POST', GADGETS, gadget('a', { size: 3 }))).status).toBe(201);
  expect((await api.call('PATCH', `${GADGETS}/a`, { spec: { size: 2 } }, merge)).body).toMatchObject({
    code: 422,
    details: { causes: [{ field: 'spec', message: 'Invalid value: failed rule: self.size > oldSelf.size' }] },
  });
});

const faults: readonly {
  readonly name: string;
  readonly change: (spec: Record<string, unknown>) => object;
  readonly field: string;
}[] = [
  {
    name: 'without a stored version',
    change: (spec) => ({ ...spec, versions: [{ ...version(spec), storage: false }] }),
    field: 'spec.versions',
  },
  {
    name: 'without a schema',
    change: (spec) => ({ ...spec, versions: [{ name: 'v1', served: true, storage: true }] }),
    field: 'spec.versions[0].schema.openAPIV3Schema',
  },
  {
    name: 'whose schema is not structural',
    change: (spec) => ({
      ...spec,
      versions: [{ ...version(spec), schema: { openAPIV3Schema: { type: 'object', properties: { a: {} } } } }],
    }),
    field: 'spec.validation.openAPIV3Schema.properties[a].type',
  },
  {
    name: 'whose name is not its plural and group',
    change: (spec) => ({ ...spec, group: 'other.com' }),
    field: 'metadata.name',
  },
];
const version = (spec: Record<string, unknown>) => (spec['versions'] as object[])[0];
for (const { name, change, field } of faults) {
  test(`refuses a definition ${name}`, async () => {
    const definition = gadgetDefinition();
    const { body } = await testApi().call('POST', CRDS, { ...definition, spec: change(definition.spec) });
    expect(body).toMatchObject({ code: 422 });
    expect((body['details'] as { causes: { field: string }[] }).causes.map((cause) => cause.field)).toContain(field);
  });
}
