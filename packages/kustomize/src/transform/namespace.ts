import type { ObjectSet } from '../accumulate/object-set.ts';
import { describeId, idKey, type Resource } from '../accumulate/resource.ts';
import { BuildError } from '../diagnostics/problem.ts';
import { requireKind } from '../yaml/edit.ts';
import { FieldError } from '../yaml/field-error.ts';
import { isNull, LIST, MAP, SCALAR, TAG_NONE, TAG_STRING, untyped, type YamlNode } from '../yaml/node.ts';
import { applySpecs, entrySetter, entrySetterIfEmpty, type SetValue } from './apply-spec.ts';
import { type CompiledSpec, compileSpec } from './field-specs.ts';

/** Which subjects of role bindings get the namespace too. */
export type SubjectMode = 'defaultOnly' | 'allServiceAccounts' | 'none';

export interface NamespaceOptions {
  readonly namespace: string;
  readonly specs: readonly CompiledSpec[];
  readonly unsetOnly?: boolean;
  readonly subjects?: SubjectMode;
}

const METADATA_NAMESPACE = [compileSpec({ path: 'metadata/namespace', create: true })];

/**
 * Moves every object that is not known to be cluster-scoped into a namespace.
 *
 * @throws BuildError when two objects come to have the same identity.
 */
export function setNamespace(set: ObjectSet, options: NamespaceOptions): void {
  if (options.namespace === '') return;
  const v1Specs = options.specs.filter((s) => s.path !== 'metadata/namespace');
  const otherSpecs = v1Specs.filter((s) => s.path !== 'metadata/name');
  const withoutSubjects = otherSpecs.filter((s) => !(isBinding(s.kind) && s.path === 'subjects/namespace'));
  for (const resource of set.all) {
    resource.storePreviousId();
    const binding = isBinding(resource.kind);
    const specs = resource.apiVersion === 'v1' ? v1Specs : binding ? withoutSubjects : otherSpecs;
    moveObject(resource.node, resource, { ...options, specs });
  }
  set.changed();
  checkConflicts(set);
}

function isBinding(kind: string): boolean {
  return kind === 'RoleBinding' || kind === 'ClusterRoleBinding';
}

function setter(options: NamespaceOptions): SetValue {
  return options.unsetOnly === true
    ? entrySetterIfEmpty('', options.namespace, TAG_STRING)
    : entrySetter('', options.namespace, TAG_STRING);
}

/** Sets the namespace of one object and of the fields that go with it. */
export function moveObject(node: YamlNode, resource: Resource, options: NamespaceOptions): void {
  const { gvk } = resource;
  if (!resource.isClusterScoped) {
    applySpecs(node, gvk, METADATA_NAMESPACE, { setValue: setter(options), create: { kind: SCALAR, tag: TAG_NONE } });
  }
  if (isBinding(gvk.kind)) setSubjects(node, options);
  applySpecs(node, gvk, options.specs, { setValue: setter(options), create: { kind: SCALAR, tag: TAG_STRING } });
}

function setSubjects(node: YamlNode, options: NamespaceOptions): void {
  if (options.subjects === 'none') return;
  const subjects = node.get('subjects');
  if (subjects === undefined || isNull(subjects)) return;
  requireKind(subjects, LIST);
  const [field, value] =
    options.subjects === 'allServiceAccounts' ? (['kind', 'ServiceAccount'] as const) : (['name', 'default'] as const);
  for (const subject of subjects.items) {
    if (isNull(subject)) continue;
    if (subject.kind !== MAP) throw new FieldError('a subject must be a map', subject);
    const found = subject.get(field);
    if (found === undefined || isNull(found) || found.value !== value) continue;
    let namespace = subject.get('namespace');
    if (namespace === undefined) {
      namespace = untyped('');
      subject.append('namespace', namespace);
    }
    setter(options)(namespace);
  }
}

function checkConflicts(set: ObjectSet): void {
  const seen = new Set<string>();
  for (const resource of set.all) {
    const { id } = resource;
    const key = idKey(id);
    if (seen.has(key)) {
      throw new BuildError({
        message: `setting the namespace gives two objects the same identity ${describeId(id)}`,
        object: describeId(id),
        ...(resource.file === undefined ? {} : { file: resource.file, line: resource.node.line }),
        suggestion: 'give one of them another name, or leave one out of this kustomization',
      });
    }
    seen.add(key);
  }
}
