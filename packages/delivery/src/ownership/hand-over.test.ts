import type { KubeObject, ManagedFieldsEntry } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { formerDeliverers, handedOver } from './hand-over.ts';

type Parts = Partial<ManagedFieldsEntry> & { readonly manager: string };

const entry = ({ manager, ...parts }: Parts): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: {},
  ...parts,
});
const liveWith = (managedFields: readonly ManagedFieldsEntry[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', managedFields: [...managedFields] },
});
const data = (...keys: string[]) => ({ 'f:data': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) });
const ours = entry({ manager: 'stageset-controller', operation: 'Apply', fieldsV1: data('a') });

describe('what other tools have delivered', () => {
  const managers = [
    ['kubectl-client-side-apply', 'Update'],
    ['kubectl', 'Apply'],
    ['before-first-apply', 'Update'],
    ['helm', 'Update'],
    ['helm-controller', 'Apply'],
    ['kustomize-controller', 'Apply'],
    ['stageset-controller', 'Update'],
  ] as const;
  test.each(managers)('%s (%s) is handed over', (manager, operation) => {
    const live = liveWith([entry({ manager, operation, fieldsV1: data('a', 'b') }), ours]);
    expect(formerDeliverers(live)).toEqual([manager]);
    expect(handedOver(live)).toEqual([{ ...ours, fieldsV1: data('a', 'b') }]);
  });

  const others = [
    entry({ manager: 'kubectl-edit', fieldsV1: data('b') }),
    entry({ manager: 'kubectl-rollout', fieldsV1: data('b') }),
    entry({ manager: 'flux-client-side-apply', fieldsV1: data('b') }),
    entry({ manager: 'kube-controller-manager', fieldsV1: data('b') }),
    entry({ manager: 'kubectl-client-side-apply', subresource: 'status', fieldsV1: data('b') }),
  ];
  test.each(others)('$manager$subresource is left alone', (other) => {
    const live = liveWith([other, ours]);
    expect(formerDeliverers(live)).toEqual([]);
    expect(handedOver(live)).toBeUndefined();
  });

  test('is joined, and stays beside what others own', () => {
    const edit = entry({ manager: 'kubectl-edit', fieldsV1: data('e') });
    const live = liveWith([
      entry({ manager: 'helm', fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } } }),
      edit,
      entry({ manager: 'kubectl-client-side-apply', fieldsV1: { 'f:data': { '.': {}, 'f:b': {} } } }),
      ours,
    ]);
    expect(handedOver(live)).toEqual([
      edit,
      {
        ...ours,
        fieldsV1: {
          'f:data': { '.': {}, 'f:a': {}, 'f:b': {} },
          'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
        },
      },
    ]);
  });

  test('waits until we have applied', () => {
    expect(handedOver(liveWith([entry({ manager: 'helm', fieldsV1: data('a') })]))).toBeUndefined();
  });
});
