import { isJsonArray, isJsonObject, type JsonObject, type KubeObject } from '@stageset/k8s';
import type { User, WriteContext, WriteHook } from '../registry/hooks.ts';
import { forbidden } from '../registry/status-error.ts';
import { type Attributes, type Authorization, stringsOf } from './authorization.ts';

const GROUP = 'rbac.authorization.k8s.io';
const ROLES = ['Role', 'ClusterRole'];
const KINDS = [...ROLES, 'RoleBinding', 'ClusterRoleBinding'].map((kind) => ({ group: GROUP, kind }));

/** Nobody grants what they do not hold: neither by writing a role nor by binding one. */
export function escalationCheck(authorization: Authorization): WriteHook {
  return {
    name: 'Escalation',
    kinds: KINDS,
    admit(object, context): KubeObject {
      if (context.operation === 'delete' || context.user.groups.includes('system:masters')) return object;
      const isRole = ROLES.includes(object.kind);
      const granted = isRole ? rulesOf(object) : authorization.rulesBoundBy(object);
      if (mayAnyway(authorization, object, context, isRole)) return object;
      const missing = granted.filter((rule) => !isHeld(authorization, context.user, rule, object.metadata.namespace));
      if (missing.length > 0) throw refusal(object, context, missing);
      return object;
    },
  };
}

function mayAnyway(authorization: Authorization, object: KubeObject, { user, kind }: WriteContext, isRole: boolean) {
  const { namespace } = object.metadata;
  const place = namespace === undefined ? {} : { namespace };
  if (isRole) {
    const { name } = object.metadata;
    return authorization.allows(user, { verb: 'escalate', group: GROUP, resource: kind.resource, name, ...place });
  }
  const ref = isJsonObject(object['roleRef']) ? object['roleRef'] : {};
  const resource = ref['kind'] === 'ClusterRole' ? 'clusterroles' : 'roles';
  return authorization.allows(user, { verb: 'bind', group: GROUP, resource, name: String(ref['name']), ...place });
}

function isHeld(authorization: Authorization, user: User, rule: JsonObject, namespace: string | undefined): boolean {
  return [...requestsOf(rule)].every((request) =>
    authorization.allows(user, { ...request, ...(namespace === undefined ? {} : { namespace }) }),
  );
}

/** Every single thing that a rule allows. */
function* requestsOf(rule: JsonObject): Generator<Attributes> {
  const names = stringsOf(rule['resourceNames']);
  for (const verb of stringsOf(rule['verbs'])) {
    for (const group of stringsOf(rule['apiGroups'])) {
      for (const full of stringsOf(rule['resources'])) {
        const [resource = '', subresource] = full.split('/');
        const request = { verb, group, resource, ...(subresource === undefined ? {} : { subresource }) };
        if (names.length === 0) yield request;
        for (const name of names) yield { ...request, name };
      }
    }
  }
}

function rulesOf(role: KubeObject): readonly JsonObject[] {
  return isJsonArray(role['rules']) ? role['rules'].filter(isJsonObject) : [];
}

function refusal(object: KubeObject, { user, kind }: WriteContext, missing: readonly JsonObject[]): Error {
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  const why = `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.map(shown).join('\n')}`;
  return forbidden({ group: GROUP, name: kind.resource }, object.metadata.name, why);
}

function shown(rule: JsonObject): string {
  const parts = [
    ['APIGroups', rule['apiGroups']],
    ['Resources', rule['resources']],
    ['ResourceNames', rule['resourceNames']],
    ['NonResourceURLs', rule['nonResourceURLs']],
    ['Verbs', rule['verbs']],
  ] as const;
  const named = parts.filter(([, list]) => stringsOf(list).length > 0);
  return `{${named
    .map(
      ([name, list]) =>
        `${name}:[${stringsOf(list)
          .map((one) => JSON.stringify(one))
          .join(' ')}]`,
    )
    .join(', ')}}`;
}
