import type { KubeObject } from '@stageset/k8s';
import { expect, test } from 'vitest';
import { metadataFaults } from './metadata.ts';

const object = (apiVersion: string, kind: string, metadata: KubeObject['metadata']) => ({ apiVersion, kind, metadata });
const long = 'x'.repeat(64);

const cases: readonly { name: string; given: KubeObject; isCustom?: boolean; want: readonly string[] }[] = [
  { name: 'a plain object', given: object('v1', 'ConfigMap', { name: 'a.b', labels: { a: 'b' } }), want: [] },
  {
    name: 'a name in capitals',
    given: object('apps/v1', 'Deployment', { name: 'Web' }),
    want: ['.metadata.name: a lowercase RFC 1123 subdomain'],
  },
  {
    name: 'a Namespace with a dot',
    given: object('v1', 'Namespace', { name: 'a.b' }),
    want: ['.metadata.name: must not contain dots'],
  },
  {
    name: 'a ClusterRole with a colon',
    given: object('rbac.authorization.k8s.io/v1', 'ClusterRole', { name: 'a:b' }),
    want: [],
  },
  {
    name: 'a ClusterRole with a slash',
    given: object('rbac.authorization.k8s.io/v1', 'ClusterRole', { name: 'a/b' }),
    want: ["may not contain '/'"],
  },
  {
    name: 'a custom resource with a colon',
    given: object('example.com/v1', 'Widget', { name: 'a:b' }),
    isCustom: true,
    want: ['.metadata.name: a lowercase RFC 1123 subdomain'],
  },
  { name: 'a kind of another server', given: object('example.com/v1', 'Widget', { name: 'a:b' }), want: [] },
  {
    name: 'labels',
    given: object('v1', 'ConfigMap', { name: 'a', labels: { 'a b': 'c', d: long } }),
    want: ['.metadata.labels: "a b": ', '.metadata.labels[d]: must be no more than 63'],
  },
  {
    name: 'annotations',
    given: object('v1', 'ConfigMap', { name: 'a', annotations: { 'A/b': 'y', 'a b': 'c' } }),
    want: ['.metadata.annotations: "a b": '],
  },
  {
    name: 'too much in annotations',
    given: object('v1', 'ConfigMap', { name: 'a', annotations: { a: 'x'.repeat(256 * 1024) } }),
    want: ['.metadata.annotations: may not be more than 262144 bytes'],
  },
];

test.each(cases)('$name', ({ given, isCustom = false, want }) => {
  const faults = metadataFaults(given, isCustom).map(({ path, message }) => `${path}: ${message}`);
  expect(faults).toEqual(want.map((text) => expect.stringContaining(text)));
});
