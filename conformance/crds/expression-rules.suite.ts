/** CEL rules of definitions: what is refused with the definition, and what with an object, cause by cause. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Api, openApi } from '../support/api.ts';
import { type SuiteCluster, suiteCluster } from '../support/suite-cluster.ts';
import { BAD_DEFINITIONS, OBJECTS, SCHEMA, UPDATES } from './rule-cases.fixture.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
let suite: SuiteCluster;
let api: Api;
let objects: string;

beforeAll(async () => {
  suite = await suiteCluster();
  api = await openApi(suite.kubeconfig);
  objects = `/apis/rules.example.com/v1/namespaces/${await suite.namespace()}/ruled`;
  const { body } = await api.send('POST', DEFINITIONS, definition('ruled', 'Ruled', SCHEMA));
  expect(body).toMatchObject({ kind: 'CustomResourceDefinition' });
  await vi.waitFor(async () => expect((await api.send('GET', objects)).code).toBe(200), { timeout: 20_000 });
});
afterAll(async () => {
  await api.send('DELETE', `${DEFINITIONS}/ruled.rules.example.com`);
  api.close();
  await suite.stop();
});

function definition(plural: string, kind: string, openAPIV3Schema: object): object {
  const names = { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.rules.example.com` },
    spec: {
      group: 'rules.example.com',
      scope: 'Namespaced',
      names,
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

function causesOf(body: Readonly<Record<string, unknown>>): readonly string[] {
  const { causes = [] } = (body['details'] ?? {}) as { causes?: readonly Cause[] };
  return causes.map(({ reason, field, message }) => `${reason} ${field}: ${message}`);
}

describe('a definition is refused with', () => {
  test.each(BAD_DEFINITIONS)('$name', async ({ schema, causes }) => {
    const { code, body } = await api.send('POST', DEFINITIONS, definition('bads', 'Bad', schema));
    expect([code, ...causesOf(body)]).toEqual([422, ...causes]);
  });
});

describe('an object', () => {
  test.each(OBJECTS)('$name', async ({ object, spec, causes }) => {
    const metadata = { name: object };
    const body = { apiVersion: 'rules.example.com/v1', kind: 'Ruled', metadata, spec };
    const answer = await api.send('POST', `${objects}?dryRun=All`, body);
    expect([answer.code, ...causesOf(answer.body)]).toEqual([causes.length === 0 ? 201 : 422, ...causes]);
  });
});

describe('an update', () => {
  beforeAll(async () => {
    const spec = { imm: 'a', lm: [{ k: 'a', v: 0 }] };
    const body = { apiVersion: 'rules.example.com/v1', kind: 'Ruled', metadata: { name: 'present' }, spec };
    expect((await api.send('POST', objects, body)).code).toBe(201);
  });
  test.each(UPDATES)('$name', async ({ spec, causes }) => {
    const answer = await api.send('PATCH', `${objects}/present?dryRun=All`, { spec }, 'application/merge-patch+json');
    expect([answer.code, ...causesOf(answer.body)]).toEqual([causes.length === 0 ? 200 : 422, ...causes]);
  });
});
