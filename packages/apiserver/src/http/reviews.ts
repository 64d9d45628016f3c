import { isJsonArray, isJsonObject, type JsonObject } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import type { Access } from '../auth/access.ts';
import type { Attributes } from '../auth/authorization.ts';
import { serviceAccountGroups } from '../auth/groups.ts';
import type { User } from '../registry/hooks.ts';
import type { KindDefinition } from '../registry/kind.ts';
import { invalidValue } from '../registry/metadata.ts';
import { badRequest, invalid, methodNotAllowed } from '../registry/status-error.ts';
import { decodeObject } from './body.ts';
import type { ResourceCall } from './resource-call.ts';
import { jsonResponse } from './response.ts';

/** Kinds that are questions: they are answered and never stored. */
export function isQuestion({ verbs }: KindDefinition): boolean {
  return verbs.length === 1 && verbs[0] === 'create';
}

/** Answers who somebody is and what somebody may do. @throws 405 for questions the local cluster has no answer to. */
export function answerQuestion(access: Access, { registry, request, kind }: ResourceCall): ClusterResponse {
  if (request.method !== 'POST') throw methodNotAllowed();
  const { value } = decodeObject(request.body, request.headers['content-type'], kind);
  const body = isJsonObject(value) ? value : {};
  const spec = isJsonObject(body['spec']) ? body['spec'] : {};
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const status = statusOf(access, request.user, kind, spec);
  if (kind.kind === 'SelfSubjectReview') {
    const creationTimestamp = `${new Date(registry.clock.now()).toISOString().slice(0, 19)}Z`;
    const made = { ...metadata, creationTimestamp };
    return jsonResponse(201, { kind: kind.kind, apiVersion: kind.apiVersion, metadata: made, status });
  }
  const review = { kind: kind.kind, apiVersion: kind.apiVersion, metadata, spec, status };
  return jsonResponse(201, review);
}

function statusOf(access: Access, user: User, kind: KindDefinition, spec: JsonObject): JsonObject {
  switch (kind.kind) {
    case 'SelfSubjectReview':
      return { userInfo: { username: user.name, groups: user.groups } };
    case 'SelfSubjectAccessReview':
      return { allowed: isAllowed(access, user, spec) };
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview':
      return { allowed: isAllowed(access, subjectOf(spec), spec) };
    case 'SelfSubjectRulesReview':
      return rulesStatus(access, user, spec);
    case 'TokenReview':
      return tokenStatus(access, spec);
    default:
      throw methodNotAllowed();
  }
}

function rulesStatus({ authorization }: Access, user: User, { namespace }: JsonObject): JsonObject {
  if (typeof namespace !== 'string' || namespace === '') throw badRequest('no namespace on request');
  const rules = authorization.rulesFor(user, namespace);
  const isOfResources = (rule: JsonObject) => isJsonArray(rule['resources']) && rule['resources'].length > 0;
  return {
    resourceRules: rules.filter(isOfResources).map(({ verbs, apiGroups, resources, resourceNames }) => ({
      verbs,
      apiGroups,
      resources,
      ...(resourceNames === undefined ? {} : { resourceNames }),
    })),
    nonResourceRules: rules
      .filter((rule) => !isOfResources(rule))
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
}

function isAllowed({ authorization }: Access, user: User, spec: JsonObject): boolean {
  const wanted = spec['resourceAttributes'];
  if (isJsonObject(wanted) === isJsonObject(spec['nonResourceAttributes'])) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw refused('spec.resourceAttributes', null, why);
  }
  if (!isJsonObject(wanted)) {
    const { path, verb } = isJsonObject(spec['nonResourceAttributes']) ? spec['nonResourceAttributes'] : {};
    return authorization.allowsPath(user, String(verb), String(path));
  }
  const text = (key: string) => (typeof wanted[key] === 'string' ? wanted[key] : '');
  const optional = (key: 'subresource' | 'namespace' | 'name') => (text(key) === '' ? {} : { [key]: text(key) });
  const attributes: Attributes = {
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    ...optional('subresource'),
    ...optional('namespace'),
    ...optional('name'),
  };
  return authorization.allows(user, attributes);
}

function refused(field: string, value: unknown, why: string): Error {
  return invalid({ group: 'authorization.k8s.io', name: '' }, '', [invalidValue(field, value, why)]);
}

function subjectOf(spec: JsonObject): User {
  const { user, groups } = spec;
  const named = isJsonArray(groups) ? groups.filter((group): group is string => typeof group === 'string') : [];
  if (typeof user !== 'string' && named.length === 0)
    throw refused('spec.user', '', 'at least one of user or group must be specified');
  const name = typeof user === 'string' ? user : '';
  const namespace = /^system:serviceaccount:([^:]+):/.exec(name)?.[1];
  return { name, groups: [...named, ...(namespace === undefined ? [] : serviceAccountGroups(namespace))] };
}

function tokenStatus({ authentication }: Access, { token }: JsonObject): JsonObject {
  const user = typeof token === 'string' ? authentication.userOf(token) : undefined;
  if (user === undefined) return { user: {}, error: 'invalid bearer token' };
  return { authenticated: true, user: { username: user.name, groups: user.groups } };
}
