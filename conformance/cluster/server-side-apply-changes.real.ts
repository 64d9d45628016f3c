import { applyServerSide, type KubeObject, type Schema, trackUpdate, type WriteContext } from '@stageset/k8s';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Answer, type Api, openApi } from '../support/api.ts';
import { newestTime, ownership } from './server-side-apply/answers.ts';

/**
 * Ownership where chance does not lead: a kind that is served at two versions, a schema that changes, and the way from
 * client-side to server-side apply. Every answer of the library is compared with the server's.
 */
const GROUP = 'changes.stageset.test';
const NAMESPACE = `ssa-changes-${process.pid}`;
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

type Values = Record<string, unknown>;

function gadgetSchema(isAtomic: boolean): Schema {
  const item: Schema = {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, value: { type: 'string' } },
  };
  return {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          text: { type: 'string' },
          map: {
            type: 'object',
            additionalProperties: { type: 'string' },
            'x-kubernetes-map-type': isAtomic ? 'atomic' : 'granular',
          },
          list: {
            type: 'array',
            items: item,
            ...(isAtomic
              ? { 'x-kubernetes-list-type': 'atomic' as const }
              : { 'x-kubernetes-list-type': 'map' as const, 'x-kubernetes-list-map-keys': ['name'] }),
          },
        },
      },
    },
  };
}

function gadgetDefinition(isAtomic: boolean): Values {
  const version = (name: string, storage: boolean): Values => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: gadgetSchema(isAtomic) },
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind: 'Gadget', plural: 'gadgets' },
      scope: 'Namespaced',
      versions: [version('v1', true), version('v2', false)],
    },
  };
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The kind anew, without what earlier tests made of it. */
async function define(): Promise<void> {
  await api.send('DELETE', `${definitions}/gadgets.${GROUP}`);
  await until(async () => (await api.send('GET', `/apis/${GROUP}/v1/gadgets`)).code === 404);
  await api.send('POST', definitions, gadgetDefinition(false));
  await until(async () => (await api.send('GET', `/apis/${GROUP}/v2/gadgets`)).code === 200);
}

let api: Api;
beforeAll(async () => {
  api = await openApi(inject('kubeconfig'));
  await api.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
});
afterAll(() => api.close());

function contextOf(schema: Schema, manager: string, answer: Answer): WriteContext {
  return {
    schema,
    manager,
    nowIso: newestTime(answer.body as unknown as KubeObject) ?? '2099-01-01T00:00:00Z',
    convertTo: (object, apiVersion) =>
      ['v1', 'v2'].some((version) => apiVersion === `${GROUP}/${version}`)
        ? { object: { ...object, apiVersion }, schema }
        : undefined,
  };
}

/** Applies for real and with the library, and expects the same of both. */
async function apply(path: string, applied: Values, manager: string, force: boolean, schema: Schema): Promise<Answer> {
  const live = (await api.send('GET', path)).body as unknown as KubeObject;
  const url = `${path}?fieldManager=${manager}&force=${force}`;
  const answer = await api.send('PATCH', url, applied, 'application/apply-patch+yaml');
  const result = applyServerSide({
    ...contextOf(schema, manager, answer),
    live: live.kind === 'Status' ? undefined : live,
    applied: applied as KubeObject,
    force,
  });
  if (result.kind === 'merged') {
    const stored = answer.body as unknown as KubeObject;
    expect(ownership(result.object.metadata.managedFields)).toEqual(ownership(stored.metadata?.managedFields));
    expect(result.object['spec'] ?? result.object['data']).toEqual(stored['spec'] ?? stored['data']);
    expect(result.object.metadata.annotations).toEqual(stored.metadata.annotations);
  } else {
    expect(result.message).toBe(answer.body['message']);
  }
  return answer;
}

async function patch(path: string, change: Values, manager: string, schema: Schema): Promise<void> {
  const live = (await api.send('GET', path)).body as unknown as KubeObject;
  const answer = await api.send('PATCH', `${path}?fieldManager=${manager}`, change, 'application/merge-patch+json');
  const updated = answer.body as unknown as KubeObject;
  const { managedFields: _, ...metadata } = updated.metadata;
  const tracked = trackUpdate({
    ...contextOf(schema, manager, answer),
    live,
    updated: { ...updated, metadata },
    operation: 'Update',
  });
  expect(ownership(tracked.metadata.managedFields)).toEqual(ownership(updated.metadata.managedFields));
}

describe('a kind at two versions, whose schema changes', () => {
  const at = (version: string, name: string): string =>
    `/apis/${GROUP}/${version}/namespaces/${NAMESPACE}/gadgets/${name}`;
  const gadget = (version: string, name: string, spec: Values): Values => ({
    apiVersion: `${GROUP}/${version}`,
    kind: 'Gadget',
    metadata: { name, namespace: NAMESPACE },
    spec,
  });

  test('owners keep their fields across versions and when maps and lists become atomic', async () => {
    const granular = gadgetSchema(false);
    const atomic = gadgetSchema(true);
    await define();

    const list = (...names: string[]): Values[] => names.map((name) => ({ name, value: name }));
    await apply(
      at('v1', 'a'),
      gadget('v1', 'a', { text: 'x', map: { a: '1', b: '2' }, list: list('x', 'y') }),
      'one',
      false,
      granular,
    );
    await apply(at('v1', 'a'), gadget('v1', 'a', { map: { c: '3' }, list: list('z') }), 'two', false, granular);
    await apply(at('v2', 'a'), gadget('v2', 'a', { map: { a: '1' }, list: list('y') }), 'one', false, granular);
    await patch(at('v2', 'a'), { spec: { map: { c: '4', d: '5' } } }, 'edit', granular);
    await apply(at('v1', 'a'), gadget('v1', 'a', { map: { d: '6' } }), 'two', false, granular);
    await apply(at('v1', 'a'), gadget('v1', 'a', { map: { d: '6' } }), 'two', true, granular);

    const change = { spec: gadgetDefinition(true)['spec'] };
    await api.send('PATCH', `${definitions}/gadgets.${GROUP}`, change, 'application/merge-patch+json');
    let probe = 0;
    await until(async () => {
      probe += 1;
      const tried = gadget('v1', `probe-${probe}`, { map: { a: '1' } });
      const { body } = await api.send(
        'PATCH',
        `${at('v1', `probe-${probe}`)}?fieldManager=probe`,
        tried,
        'application/apply-patch+yaml',
      );
      const { managedFields = [] } = (body as unknown as KubeObject).metadata;
      return JSON.stringify(managedFields[0]?.fieldsV1).includes('"f:map":{}');
    });
    await apply(at('v2', 'a'), gadget('v2', 'a', { map: { a: '1', d: '6' } }), 'three', false, atomic);
    await patch(at('v1', 'a'), { spec: { text: 'y' } }, 'edit', atomic);
    await apply(at('v2', 'a'), gadget('v2', 'a', { text: 'y', list: list('w') }), 'three', true, atomic);
    await apply(at('v2', 'a'), gadget('v2', 'a', { text: 'y' }), 'one', false, atomic);
  });
});

describe('more updaters than an object remembers by name', () => {
  test.each([
    { name: 'one-version', versions: ['v1'] },
    { name: 'two-versions', versions: ['v1', 'v2', 'v2'] },
  ])('$name', async ({ name, versions }) => {
    const granular = gadgetSchema(false);
    await define();
    const path = (version = 'v1'): string => `/apis/${GROUP}/${version}/namespaces/${NAMESPACE}/gadgets/${name}`;
    const made = { apiVersion: `${GROUP}/v1`, kind: 'Gadget', metadata: { name }, spec: { map: { first: '0' } } };
    await api.send('POST', `${path().slice(0, -name.length - 1)}?fieldManager=first`, made);
    for (let i = 0; i < 16; i++) {
      const change = { spec: { map: { [`key-${i}`]: '1' } } };
      await patch(path(versions[i % versions.length]), change, `tool-${i}`, granular);
    }
    const { metadata } = (await api.send('GET', path())).body as unknown as KubeObject;
    expect(metadata.managedFields?.some(({ manager }) => manager === 'ancient-changes')).toBe(true);
  });
});

describe('from client-side to server-side apply', () => {
  const schema: Schema = {
    type: 'object',
    properties: {
      data: { type: 'object', additionalProperties: { type: 'string' } },
      immutable: { type: 'boolean' },
    },
  };
  const path = (name: string): string => `/api/v1/namespaces/${NAMESPACE}/configmaps/${name}`;
  const configMap = (name: string, data: Values, annotations: Values = {}): Values => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: NAMESPACE, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    data,
  });

  test.each([
    { name: 'takes-over', edited: {}, applied: { a: '9', c: 'a<b>&' } },
    { name: 'conflicts', edited: { b: '3' }, applied: { a: '9', b: '4' } },
    { name: 'settled-by-value', edited: { b: '3' }, applied: { a: '9', b: '3' } },
    { name: 'annotated-itself', edited: {}, applied: { a: '1' }, annotations: { note: 'n' } },
  ])('$name', async ({ name, edited, applied, annotations }) => {
    const last = JSON.stringify(configMap(name, { a: '1', b: '2' }));
    const made = configMap(name, { a: '1', b: '2' }, { [LAST_APPLIED]: last });
    await api.send('POST', `${path('').slice(0, -1)}?fieldManager=kubectl-client-side-apply`, made);
    if (Object.keys(edited).length > 0) await patch(path(name), { data: edited }, 'edit', schema);
    await apply(path(name), configMap(name, applied, annotations), 'other', false, schema);
    await apply(path(name), configMap(name, applied, annotations), 'kubectl', false, schema);
    await apply(path(name), configMap(name, { a: '10' }, annotations), 'kubectl', true, schema);
  });
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 2000; attempt++) if (await isTrue()) return;
  throw new Error('it never came true');
}
