import { deepEqual, isJsonArray, isJsonObject, type KubeObject, labelSelectorOf, matchesLabels } from '@stageset/k8s';
import type { Registry } from '../registry/registry.ts';

const CLUSTER_ROLE = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' } as const;

/** Fills roles that are made up of others: their rules are those of every role that their selectors choose, by name. */
export function aggregateRoles(registry: Registry): void {
  registry.watch(CLUSTER_ROLE, () => {
    const roles = registry.list(CLUSTER_ROLE).items;
    for (const role of roles) {
      if (!isJsonObject(role['aggregationRule'])) continue;
      const rules = aggregated(role, roles);
      if (!deepEqual(rules, role['rules'] ?? [])) {
        registry.patch(
          { ...CLUSTER_ROLE, name: role.metadata.name },
          { type: 'merge', patch: { rules } },
          { fieldManager: 'clusterrole-aggregation-controller' },
        );
      }
    }
  });
}

function aggregated(role: KubeObject, roles: readonly KubeObject[]): readonly unknown[] {
  const rules: unknown[] = [];
  for (const selector of selectorsOf(role)) {
    for (const other of roles) {
      if (other.metadata.name === role.metadata.name) continue;
      if (!matchesLabels(selector, other.metadata.labels ?? {}) || !isJsonArray(other['rules'])) continue;
      for (const rule of other['rules']) if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule);
    }
  }
  return rules;
}

function selectorsOf({ aggregationRule }: KubeObject) {
  const selectors = isJsonObject(aggregationRule) ? aggregationRule['clusterRoleSelectors'] : undefined;
  return isJsonArray(selectors) ? selectors.filter(isJsonObject).map((selector) => labelSelectorOf(selector)) : [];
}
