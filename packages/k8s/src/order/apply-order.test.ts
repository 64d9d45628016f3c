import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ObjectRef } from '../object.ts';
import { applyClass, compareForApply, sortForApply, sortForDelete } from './apply-order.ts';

const ref = (apiVersion: string, kind: string, name = 'x', namespace?: string): ObjectRef =>
  namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, name, namespace };

const IN_ORDER: readonly ObjectRef[] = [
  ref('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
  ref('v1', 'Namespace'),
  ref('rbac.authorization.k8s.io/v1', 'ClusterRole'),
  ref('scheduling.k8s.io/v1', 'PriorityClass'),
  ref('storage.k8s.io/v1', 'StorageClass'),
  ref('gateway.networking.k8s.io/v1', 'GatewayClass'),
  ref('example.com/v1', 'WidgetClass'),
  ref('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'),
  ref('v1', 'ServiceAccount', 'x', 'a'),
  ref('v1', 'ConfigMap', 'a', 'a'),
  ref('v1', 'ConfigMap', 'b', 'a'),
  ref('v1', 'ConfigMap', 'a', 'b'),
  ref('v1', 'Secret', 'x', 'a'),
  ref('v1', 'Service', 'x', 'a'),
  ref('apps/v1', 'Deployment', 'x', 'a'),
  ref('batch/v1', 'CronJob', 'x', 'a'),
  ref('v1', 'Pod', 'x', 'a'),
  ref('apps/v1', 'DaemonSet', 'x', 'a'),
  ref('example.com/v1', 'Namespace'),
  ref('example.com/v1', 'Service', 'x', 'a'),
  ref('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'),
  ref('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
];

test('definitions first, webhooks last, custom kinds by their group and not their name', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...IN_ORDER], { minLength: IN_ORDER.length }), (shuffled) => {
      expect(sortForApply(shuffled)).toEqual(IN_ORDER);
      expect(sortForDelete(shuffled)).toEqual([...IN_ORDER].reverse());
    }),
  );
});

test('classes', () => {
  const classes = IN_ORDER.map((each) => applyClass(each));
  expect(classes).toEqual([...Array(3).fill('definitions'), ...Array(4).fill('classes'), ...Array(15).fill('rest')]);
});

test('objects and references are ordered alike', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b' } };
  expect(compareForApply(object, ref('v1', 'ConfigMap', 'a', 'b'))).toBe(0);
  expect(compareForApply(object, ref('v1', 'Secret', 'a', 'b'))).toBeLessThan(0);
});

test('the order is total', () => {
  const any = fc.record({
    apiVersion: fc.constantFrom('v1', 'apps/v1', 'example.com/v1', 'rbac.authorization.k8s.io/v1'),
    kind: fc.constantFrom('Namespace', 'ClusterRole', 'Service', 'Deployment', 'WidgetClass', 'Pod'),
    namespace: fc.constantFrom('', 'a', 'b'),
    name: fc.constantFrom('x', 'y'),
  });
  fc.assert(
    fc.property(any, any, any, (a, b, c) => {
      expect(Math.sign(compareForApply(a, b))).toBe(0 - Math.sign(compareForApply(b, a)));
      if (compareForApply(a, b) <= 0 && compareForApply(b, c) <= 0)
        expect(compareForApply(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});
