import { isJsonObject, type JsonObject, type KubeObject } from '@stageset/k8s';
import type { KindDefinition } from '../registry/kind.ts';
import type { KindTable } from '../registry/kind-table.ts';
import { type Attributes, isOfNamespaces } from './attributes.ts';
import { listOf, textsOf } from './read.ts';

/** Which requests something applies to; empty names are all names. */
export interface Rule {
  readonly operations: readonly string[];
  readonly groups: readonly string[];
  readonly versions: readonly string[];
  // A name, `pods/status`, or a star on either side of the slash.
  readonly resources: readonly string[];
  readonly scope: string;
  readonly names: readonly string[];
}

export function readRules(value: unknown): readonly Rule[] {
  return listOf(value).filter(isJsonObject).map(readRule);
}

function readRule(rule: JsonObject): Rule {
  const { scope } = rule;
  return {
    operations: textsOf(rule['operations']),
    groups: textsOf(rule['apiGroups']),
    versions: textsOf(rule['apiVersions']),
    resources: textsOf(rule['resources']),
    scope: typeof scope === 'string' && scope !== '' ? scope : '*',
    names: textsOf(rule['resourceNames']),
  };
}

/** How a request meets rules: as what it is, or as the same kind in another version. */
export interface Match {
  readonly resource: KindDefinition;
}

/**
 * The first of the rules that a request meets. With `Equivalent`, a rule for one version of a kind is for all of them:
 * then the match says in which version the object is to be shown.
 */
export function matchRules(
  rules: readonly Rule[],
  attributes: Attributes,
  table: KindTable,
  isEquivalent: boolean,
): Match | undefined {
  const { resource } = attributes;
  if (rules.some((rule) => meets(rule, attributes, resource))) return { resource };
  if (!isEquivalent) return undefined;
  const others = table.versionsOf(resource.group, resource.kind).filter((other) => other !== resource);
  if (others.length === 0) return undefined;
  for (const rule of rules) {
    const other = others.find((each) => meets(rule, attributes, each));
    if (other !== undefined) return { resource: other };
  }
  return undefined;
}

function meets(rule: Rule, attributes: Attributes, { group, version, resource }: KindDefinition): boolean {
  return (
    isIn(rule.operations, attributes.operation) &&
    isIn(rule.groups, group) &&
    isIn(rule.versions, version) &&
    meetsScope(rule.scope, attributes) &&
    rule.resources.some((pattern) => meetsResource(pattern, resource, attributes.subresource)) &&
    (rule.names.length === 0 || rule.names.includes(attributes.name))
  );
}

function isIn(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

/** Namespaces are cluster-scoped, although requests for them carry a namespace: their own. */
function meetsScope(scope: string, attributes: Attributes): boolean {
  if (scope === '*') return true;
  const isNamespaced = attributes.namespace !== '' && !isOfNamespaces(attributes);
  return isNamespaced === (scope === 'Namespaced');
}

function meetsResource(pattern: string, resource: string, subresource: string): boolean {
  const slash = pattern.indexOf('/');
  const [name, part] = slash < 0 ? [pattern, ''] : [pattern.slice(0, slash), pattern.slice(slash + 1)];
  return (name === '*' || name === resource) && (part === '*' || part === subresource);
}

/** Versions of one kind differ in name alone here. */
export function inVersion(attributes: Attributes, { resource }: Match): Attributes {
  if (resource === attributes.resource || attributes.kind.kind !== attributes.resource.kind) return attributes;
  const { apiVersion } = resource;
  const shown = (object: KubeObject | undefined) => (object === undefined ? undefined : { ...object, apiVersion });
  return { ...attributes, object: shown(attributes.object), oldObject: shown(attributes.oldObject) };
}
