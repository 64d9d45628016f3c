import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { scalarValue } from '../emit/values.ts';
import { applySpec } from '../transform/apply-spec.ts';
import type { NameReference } from '../transform/config.ts';
import { selects } from '../transform/field-specs.ts';
import { setField, setScalar } from '../yaml/edit.ts';
import { FieldError } from '../yaml/field-error.ts';
import { isNull, LIST, MAP, SCALAR, untyped, type YamlNode } from '../yaml/node.ts';
import type { ObjectSet } from './object-set.ts';
import { type Gvk, NO_NAMESPACE, type Resource, type ResourceId } from './resource.ts';

/** An object that was renamed, with what finding it needs. */
interface Referral {
  readonly resource: Resource;
  readonly id: ResourceId;
  readonly previous: readonly ResourceId[];
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
}

/**
 * Puts the new names of renamed objects into the fields that hold their old names. Candidates are found by name, so the
 * work grows with the number of references, not with the number of pairs.
 *
 * @param warn hears of references that stay as they are because several objects once had the name.
 * @throws BuildError when a reference could mean several objects.
 */
export function fixNameReferences(
  set: ObjectSet,
  references: readonly NameReference[],
  warn: (problem: ProblemDetail) => void,
): void {
  const byName = indexByPreviousName(set);
  const unclear = new UnclearReferences(set, warn);
  const originals = new Set(set.all.map((resource) => resource.originalId.effectiveNamespace));
  for (const resource of set.all) {
    const original = resource.originalId;
    const referrer = new Referrer(resource, byName, originals, unclear);
    referrer.checkSubjects();
    for (const reference of references) {
      for (const spec of reference.referrers) {
        if (selects(spec, original)) {
          referrer.update(reference, spec.path, (setValue) => applySpec(resource.node, spec, { setValue }));
        }
      }
    }
  }
}

function indexByPreviousName(set: ObjectSet): ReadonlyMap<string, readonly Referral[]> {
  const byName = new Map<string, Referral[]>();
  for (const resource of set.all) {
    const previous = resource.previousIds;
    if (previous.length === 0) continue;
    const history = resource.remember();
    const referral = {
      resource,
      id: resource.id,
      previous,
      prefixes: history.prefixes,
      suffixes: history.suffixes,
    };
    for (const name of new Set(previous.map((id) => id.name))) {
      const same = byName.get(name);
      if (same === undefined) byName.set(name, [referral]);
      else same.push(referral);
    }
  }
  return byName;
}

class Referrer {
  private readonly resource: Resource;
  private readonly id: ResourceId;
  private readonly byName: ReadonlyMap<string, readonly Referral[]>;
  /** Original namespaces of all objects of the build. */
  private readonly originals: ReadonlySet<string>;
  private readonly unclear: UnclearReferences;
  private bindingNamespaces: ReadonlySet<string> | undefined;

  constructor(
    resource: Resource,
    byName: ReadonlyMap<string, readonly Referral[]>,
    originals: ReadonlySet<string>,
    unclear: UnclearReferences,
  ) {
    this.originals = originals;
    this.unclear = unclear;
    this.resource = resource;
    this.id = resource.id;
    this.byName = byName;
  }

  update(target: Gvk, path: string, apply: (setValue: (node: YamlNode) => void) => void): void {
    const set = (node: YamlNode): void => {
      if (isNull(node)) return;
      if (node.kind === SCALAR) this.setScalar(node, target, path);
      else if (node.kind === MAP) this.setMapping(node, target, path);
      else for (const item of node.items) this.setItem(item, target, path);
    };
    apply(set);
  }

  private setItem(item: YamlNode, target: Gvk, path: string): void {
    if (isNull(item)) return;
    if (item.kind === SCALAR) this.setScalar(item, target, path);
    else if (item.kind === MAP) this.setMapping(item, target, path);
    else throw new FieldError(`${path} must hold names or maps with a name`, item);
  }

  private setScalar(node: YamlNode, target: Gvk, path: string): void {
    const candidates = this.byName.get(node.value);
    if (candidates === undefined) return;
    const referral = this.select(candidates, target, path, node, sameName);
    if (referral !== undefined && referral.id.name !== node.value) setScalar(node, untyped(referral.id.name));
  }

  private setMapping(node: YamlNode, target: Gvk, path: string): void {
    const name = node.get('name');
    if (name === undefined) throw new FieldError(`${path} must have a name`, node);
    const all = this.byName.get(name.value);
    if (all === undefined) return;
    const referral = this.select(this.inNamespace(node, all), target, path, node, sameNameAndNamespace);
    if (referral === undefined) return;
    const { id } = referral;
    if (id.name === name.value && id.namespace === '') return;
    setField(node, 'name', untyped(id.name));
    if (id.namespace !== '') setField(node, 'namespace', untyped(id.namespace));
  }

  /** Candidates whose original namespace is the one that the field names; if no object had it, those that have it now. */
  private inNamespace(node: YamlNode, candidates: readonly Referral[]): readonly Referral[] {
    const field = node.get('namespace');
    if (field === undefined) return candidates;
    const namespace = field.value;
    if (namespace === NO_NAMESPACE) return [];
    const original = candidates.filter((c) => c.previous[0]?.effectiveNamespace === namespace);
    if (original.length > 0 || this.originals.has(namespace)) return original;
    return candidates.filter((c) => c.id.effectiveNamespace === namespace);
  }

  private select(
    candidates: readonly Referral[],
    target: Gvk,
    path: string,
    node: YamlNode,
    identical: (referrals: readonly Referral[]) => boolean,
  ): Referral | undefined {
    const role = path.endsWith('roleRef/name') ? this.roleRef() : undefined;
    let found = candidates.filter(
      (c) =>
        this.canSee(c) &&
        c.previous.some((id) => selects(target, id)) &&
        (role === undefined || c.previous.some((id) => selects(role, id))) &&
        this.sharesNamespace(c),
    );
    if (found.length <= 1) return found[0];
    const several = found;
    const own = this.resource.history;
    const prefixes = own?.prefixes ?? [];
    const suffixes = own?.suffixes ?? [];
    found = found.filter((c) => alike(c.prefixes, prefixes, true) && alike(c.suffixes, suffixes, true));
    if (found.length > 1) {
      found = found.filter((c) => alike(c.prefixes, prefixes, false) && alike(c.suffixes, suffixes, false));
    }
    if (found.length === 0) this.unclear.report(this.resource, several, path, node);
    if (found.length <= 1 || identical(found)) return found[0];
    throw this.ambiguous(found, path, node);
  }

  private ambiguous(found: readonly Referral[], path: string, node: YamlNode): BuildError {
    const names = found.map((c) => c.resource.describe()).join(', ');
    return new BuildError({
      message: `the reference in ${path.replaceAll('/', '.')} could mean several objects: ${names}`,
      object: this.resource.describe(),
      field: path.replaceAll('/', '.'),
      ...(this.resource.file === undefined ? {} : { file: this.resource.file }),
      ...(node.at === 0 ? {} : { line: node.line, column: node.column }),
      suggestion: 'give the objects different names',
    });
  }

  private get isClusterScoped(): boolean {
    return this.id.effectiveNamespace === NO_NAMESPACE;
  }

  private canSee(candidate: Referral): boolean {
    const namespace = candidate.id.effectiveNamespace;
    if (this.isClusterScoped || namespace === NO_NAMESPACE || namespace === this.id.effectiveNamespace) return true;
    return this.subjectNamespaces().has(candidate.id.namespace);
  }

  private sharesNamespace(candidate: Referral): boolean {
    const namespace = candidate.id.effectiveNamespace;
    if (this.isClusterScoped || namespace === NO_NAMESPACE || candidate.id.kind === 'ServiceAccount') return true;
    return namespace === this.id.effectiveNamespace;
  }

  /** Namespaces of the service accounts that a role binding names. */
  private subjectNamespaces(): ReadonlySet<string> {
    if (this.bindingNamespaces !== undefined) return this.bindingNamespaces;
    const result = new Set<string>();
    this.bindingNamespaces = result;
    const subjects = this.id.kind === 'RoleBinding' ? this.resource.node.get('subjects') : undefined;
    if (subjects === undefined || subjects.kind !== LIST) return result;
    for (const subject of subjects.items) {
      if (subject.kind !== MAP) throw new FieldError('a subject must be a map', subject);
      const namespace = subject.get('namespace');
      const kind = subject.get('kind');
      if (namespace === undefined || kind === undefined) continue;
      if (!isString(kind)) throw new FieldError('the kind of a subject must be a string', kind);
      if (kind.value !== 'ServiceAccount') continue;
      if (!isString(namespace)) throw new FieldError('the namespace of a subject must be a string', namespace);
      result.add(namespace.value);
    }
    return result;
  }

  /** @throws FieldError for subjects of a role binding that are none, whether a name changes or not. */
  checkSubjects(): void {
    if (!this.isClusterScoped) this.subjectNamespaces();
  }

  private roleRef(): Gvk | undefined {
    const roleRef = this.resource.node.get('roleRef');
    const group = roleRef?.get('apiGroup');
    const kind = roleRef?.get('kind');
    return group === undefined || kind === undefined
      ? undefined
      : { group: group.value, version: '', kind: kind.value };
  }
}

/** Tells of references that could mean several objects and therefore stay as they are, each field once. */
class UnclearReferences {
  private readonly set: ObjectSet;
  private readonly warn: (problem: ProblemDetail) => void;
  private readonly told = new Set<YamlNode>();
  private present: ReadonlySet<string> | undefined;

  constructor(set: ObjectSet, warn: (problem: ProblemDetail) => void) {
    this.set = set;
    this.warn = warn;
  }

  report(referrer: Resource, candidates: readonly Referral[], path: string, node: YamlNode): void {
    const name = (node.kind === MAP ? node.get('name') : node)?.value ?? '';
    const kinds = new Set(candidates.map((c) => c.id.kind));
    // An object that has the name now is what the reference means.
    this.present ??= new Set(this.set.all.map((resource) => `${resource.kind} ${resource.name}`));
    for (const kind of kinds) if (this.present.has(`${kind} ${name}`)) return;
    if (this.told.has(node)) return;
    this.told.add(node);
    const field = path.replaceAll('/', '.');
    const some = candidates.slice(0, 3).map((c) => c.resource.describe());
    const more = candidates.length > some.length ? ` and ${candidates.length - some.length} more` : '';
    this.warn({
      message: `${field} of ${referrer.describe()} stays ${name}, as in kustomize: it could mean ${some.join(', ')}${more}`,
      object: referrer.describe(),
      field,
      ...(referrer.file === undefined ? {} : { file: referrer.file }),
      ...(referrer.file === undefined || node.at === 0 ? {} : { line: node.line, column: node.column }),
      suggestion: `write the whole name of the one that is meant, for example ${candidates[0]?.resource.name ?? name}`,
    });
  }
}

/** Whether the shorter list of affixes is the end of the longer; an empty one goes with anything when allowed. */
function alike(a: readonly string[], b: readonly string[], allowEmpty: boolean): boolean {
  if (a.length === 0 || b.length === 0) return allowEmpty || a.length === b.length;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  const offset = long.length - short.length;
  return short.every((text, i) => long[i + offset] === text);
}

/** What a node is once it is printed: a value without quotes may be a number or nothing. */
function isString(node: YamlNode): boolean {
  return node.kind === SCALAR && typeof scalarValue(node, false) === 'string';
}

function sameName(referrals: readonly Referral[]): boolean {
  return referrals.every((r) => r.id.name === referrals[0]?.id.name);
}

function sameNameAndNamespace(referrals: readonly Referral[]): boolean {
  return sameName(referrals) && referrals.every((r) => r.id.namespace === referrals[0]?.id.namespace);
}
