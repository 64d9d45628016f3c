import type { Schema } from '@stageset/k8s';
import { expect, test } from 'vitest';
import { builtinKinds } from './kinds.ts';
import { schemaOf } from './schemas.ts';

const deployment = { group: 'apps', version: 'v1', kind: 'Deployment' };

function at(schema: Schema | undefined, ...path: readonly string[]): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (node, name) => (name === '[]' ? node?.items : node?.properties?.[name]),
    schema,
  );
}

test('every kind that can be written has a schema', () => {
  const written = builtinKinds().filter(({ verbs }) => verbs.includes('create'));
  expect(written.length).toBeGreaterThan(50);
  for (const kind of written) expect(schemaOf(kind), `${kind.group}/${kind.kind}`).toMatchObject({ type: 'object' });
});

test('kinds come with what discovery says of them', () => {
  expect(builtinKinds().find(({ kind }) => kind === 'Deployment')).toMatchObject({
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    singular: 'deployment',
    shortNames: ['deploy'],
    categories: ['all'],
    namespaced: true,
    tracksGeneration: true,
    subresources: [
      { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' },
      { name: 'status', kind: 'Deployment' },
    ],
  });
});

test('lists keep how they merge', () => {
  const containers = at(schemaOf(deployment), 'spec', 'template', 'spec', 'containers');
  expect(containers).toMatchObject({
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  });
  expect(at(containers, '[]', 'ports', '[]', 'protocol')).toMatchObject({ type: 'string', default: 'TCP' });
  expect(at(schemaOf(deployment), 'spec', 'strategy')).toMatchObject({ 'x-kubernetes-patch-strategy': 'retainKeys' });
});

test('a definition that contains itself has no end and is one object', () => {
  const crd = schemaOf({ group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' });
  const root = at(crd, 'spec', 'versions', '[]', 'schema', 'openAPIV3Schema');
  const inner = root?.properties?.['not'];
  expect(inner?.properties?.['not']?.properties?.['not']).toBe(inner?.properties?.['not']);
});

test('the same kind gives the same schema, an unknown one none', () => {
  expect(schemaOf(deployment)).toBe(schemaOf({ ...deployment }));
  expect(schemaOf({ group: 'example.org', version: 'v1', kind: 'Foo' })).toBeUndefined();
  expect(schemaOf({ group: '', version: 'v1', kind: '__proto__' })).toBeUndefined();
});

test('quantities and numbers that may be text are told apart from other values', () => {
  const container = at(schemaOf(deployment), 'spec', 'template', 'spec', 'containers', '[]');
  expect(at(container, 'resources', 'limits')?.additionalProperties).toMatchObject({ format: 'quantity' });
  expect(at(container, 'livenessProbe', 'httpGet', 'port')).toMatchObject({ 'x-kubernetes-int-or-string': true });
});
