import { isJsonArray, isJsonObject, type JsonObject, type KubeObject } from '@stageset/k8s';
import type { User } from '../registry/hooks.ts';
import type { Registry } from '../registry/registry.ts';
import { failure, forbidden } from '../registry/status-error.ts';

/** One thing that somebody wants to do. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

const RBAC = 'rbac.authorization.k8s.io/v1';
const MASTERS = 'system:masters';
const EVERYTHING: readonly JsonObject[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Role-based access control over the roles and bindings that the cluster holds. Members of `system:masters` may do everything. */
export class Authorization {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  allows(user: User, attributes: Attributes): boolean {
    if (user.groups.includes(MASTERS)) return true;
    for (const rule of this.#rulesOf(user, attributes.namespace)) if (ruleAllows(rule, attributes)) return true;
    return false;
  }

  /** @throws 403 in the real server's words. */
  require(user: User, attributes: Attributes): void {
    if (this.allows(user, attributes)) return;
    const { verb, group, resource, subresource, namespace, name = '' } = attributes;
    const full = subresource === undefined ? resource : `${resource}/${subresource}`;
    const place = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    const why = `User "${user.name}" cannot ${verb} resource "${full}" in API group "${group}" ${place}`;
    throw forbidden({ group, name: resource }, name, why);
  }

  /** Whether a user may do something with a path that names no resource: discovery, version, probes. */
  allowsPath(user: User, verb: string, path: string): boolean {
    if (user.groups.includes(MASTERS)) return true;
    for (const rule of this.#rulesOf(user, undefined)) {
      if (has(rule['verbs'], verb) && stringsOf(rule['nonResourceURLs']).some((url) => covers(url, path))) return true;
    }
    return false;
  }

  /** @throws 403 in the real server's words. */
  requirePath(user: User, verb: string, path: string): void {
    if (this.allowsPath(user, verb, path)) return;
    const message = `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}`;
    throw failure(403, 'Forbidden', message, {});
  }

  /** What a binding grants: the rules of its role, none when there is no such role. */
  rulesBoundBy(binding: KubeObject): readonly JsonObject[] {
    return [...this.#rulesOfRole(binding)];
  }

  /** Everything that a user may do in a namespace, and at the scope of the cluster. */
  rulesFor(user: User, namespace: string | undefined): readonly JsonObject[] {
    if (user.groups.includes(MASTERS)) return EVERYTHING;
    return [...this.#rulesOf(user, namespace)];
  }

  *#rulesOf(user: User, namespace: string | undefined): Generator<JsonObject> {
    for (const binding of this.#registry.list({ apiVersion: RBAC, kind: 'ClusterRoleBinding' }).items) {
      if (binds(binding, user)) yield* this.#rulesOfRole(binding);
    }
    if (namespace === undefined) return;
    for (const binding of this.#registry.list({ apiVersion: RBAC, kind: 'RoleBinding', namespace }).items) {
      if (binds(binding, user)) yield* this.#rulesOfRole(binding);
    }
  }

  *#rulesOfRole(binding: KubeObject): Generator<JsonObject> {
    const { roleRef } = binding;
    if (!isJsonObject(roleRef) || typeof roleRef['name'] !== 'string') return;
    const { namespace } = binding.metadata;
    const ref = { apiVersion: RBAC, name: roleRef['name'] };
    const role =
      roleRef['kind'] === 'ClusterRole'
        ? this.#registry.get({ ...ref, kind: 'ClusterRole' })
        : namespace === undefined
          ? undefined
          : this.#registry.get({ ...ref, kind: 'Role', namespace });
    yield* objects(role?.['rules']);
  }
}

function binds(binding: KubeObject, user: User): boolean {
  return objects(binding['subjects']).some((subject) => {
    const { kind, name } = subject;
    if (kind === 'User') return name === user.name;
    if (kind === 'Group') return user.groups.some((group) => group === name);
    const namespace = subject['namespace'] ?? binding.metadata.namespace;
    return kind === 'ServiceAccount' && user.name === `system:serviceaccount:${namespace}:${name}`;
  });
}

function ruleAllows(rule: JsonObject, { verb, group, resource, subresource, name }: Attributes): boolean {
  if (!has(rule['verbs'], verb) || !has(rule['apiGroups'], group)) return false;
  const names = stringsOf(rule['resourceNames']);
  if (names.length > 0 && (name === undefined || !names.includes(name))) return false;
  const resources = stringsOf(rule['resources']);
  if (resources.includes('*')) return true;
  if (subresource === undefined) return resources.includes(resource);
  return resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

/** `/api/*` covers everything below `/api/`. */
function covers(url: string, path: string): boolean {
  return url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : url === path;
}

function has(list: unknown, value: string): boolean {
  const values = stringsOf(list);
  return values.includes('*') || values.includes(value);
}

export function stringsOf(list: unknown): readonly string[] {
  return isJsonArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}

function objects(list: unknown): readonly JsonObject[] {
  return isJsonArray(list) ? list.filter(isJsonObject) : [];
}
