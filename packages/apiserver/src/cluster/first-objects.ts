import { refOf } from '@stageset/k8s';
import { roleFacts } from '../builtin/facts.ts';
import type { Registry } from '../registry/registry.ts';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const;
const RBAC = 'rbac.authorization.k8s.io/v1';

/**
 * What is there on every cluster before anybody asks: namespaces, and the roles that people bind. What a cluster that is
 * started again has of them is left as it is.
 */
export function createFirstObjects(registry: Registry): void {
  const namespaces = NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  const roles = roleFacts().map((role) => ({ ...role, apiVersion: RBAC }));
  for (const object of [...namespaces, ...roles]) {
    if (registry.get(refOf(object)) === undefined) registry.create(object);
  }
}
