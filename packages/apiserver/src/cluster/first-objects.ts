import { roleFacts } from '../builtin/facts.ts';
import type { Registry } from '../registry/registry.ts';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const;
const RBAC = 'rbac.authorization.k8s.io/v1';

/** What is there on every cluster before anybody asks: namespaces, and the roles that people bind. */
export function createFirstObjects(registry: Registry): void {
  for (const name of NAMESPACES) registry.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const role of roleFacts()) registry.create({ ...role, apiVersion: RBAC });
}
