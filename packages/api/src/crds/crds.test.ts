import { isJsonArray, isJsonObject, type JsonPath } from '@stageset/k8s';
import { expect, test } from 'vitest';
import { sourceCrds } from './sources.ts';
import { crds } from './stages.ts';

function schemaNodes(value: unknown, at: JsonPath): { at: JsonPath; node: Record<string, unknown> }[] {
  if (isJsonArray(value)) return value.flatMap((child, i) => schemaNodes(child, [...at, i]));
  if (!isJsonObject(value)) return [];
  const isSchema = typeof value['type'] === 'string' && !Object.hasOwn(value, 'jsonPath');
  return [
    ...(isSchema ? [{ at, node: { ...value } }] : []),
    ...Object.entries(value).flatMap(([key, child]) => schemaNodes(child, [...at, key])),
  ];
}

const nodes = [...crds(), ...sourceCrds()].flatMap((crd) =>
  schemaNodes(crd['spec'], []).map((found) => ({ ...found, name: `${crd.metadata.name} ${found.at.join('/')}` })),
);

test('every field says what it is, in a sentence', () => {
  const silent = nodes.filter(
    ({ at, node }) =>
      at.at(-1) !== 'metadata' &&
      at.at(-1) !== 'additionalProperties' &&
      !/^.+[.…]$/s.test(String(node['description'])),
  );
  expect(silent.map(({ name }) => name)).toEqual([]);
});

test('schemas are structural: nothing but what the API server takes', () => {
  const allowed = new Set([
    ...['type', 'format', 'description', 'default', 'enum', 'properties', 'required', 'additionalProperties', 'items'],
    ...['minimum', 'maximum', 'minLength', 'maxLength', 'pattern', 'minItems', 'maxItems'],
    ...['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-validations'],
    'x-kubernetes-preserve-unknown-fields',
  ]);
  const keywords = new Set(nodes.flatMap(({ node }) => Object.keys(node)).filter((keyword) => !allowed.has(keyword)));
  expect([...keywords]).toEqual([]);
});

test('carry the names of the contract', () => {
  expect(
    crds().map(({ metadata, spec }) => ({
      name: metadata.name,
      annotations: metadata.annotations,
      ...(spec as object),
    })),
  ).toMatchObject([
    { name: 'stageinventories.stages.metio.wtf', names: { kind: 'StageInventory', singular: 'stageinventory' } },
    { name: 'stageledgers.stages.metio.wtf', names: { kind: 'StageLedger', shortNames: ['sledger'] } },
    {
      name: 'stagesets.stages.metio.wtf',
      annotations: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' },
      group: 'stages.metio.wtf',
      scope: 'Namespaced',
      names: { kind: 'StageSet', listKind: 'StageSetList', plural: 'stagesets', singular: 'stageset' },
      versions: [
        {
          name: 'v1',
          subresources: { status: {} },
          additionalPrinterColumns: [{ name: 'Ready' }, { name: 'Status' }, { name: 'Age' }],
        },
      ],
    },
  ]);
});

test('are fresh on each call', () => {
  expect(crds()[0]).not.toBe(crds()[0]);
  expect(crds()).toEqual(crds());
});
