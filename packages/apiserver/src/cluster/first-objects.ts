import type { Registry } from '../registry/registry.ts';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const;
const RBAC = 'rbac.authorization.k8s.io/v1';
const RBAC_GROUP = 'rbac.authorization.k8s.io';
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

/** What is there on every cluster before anybody asks: namespaces, and the role of those who may do everything. */
export function createFirstObjects(registry: Registry): void {
  for (const name of NAMESPACES) registry.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  registry.create({
    apiVersion: RBAC,
    kind: 'ClusterRole',
    metadata: { name: 'cluster-admin', labels: LABELS },
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ],
  });
  registry.create({
    apiVersion: RBAC,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'cluster-admin', labels: LABELS },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: RBAC_GROUP, kind: 'Group', name: 'system:masters' }],
  });
}
