import type { KubeObject } from '../object.ts';
import type { Atom } from './atom.ts';
import { type Comparison, compare } from './compare.ts';
import { FieldSet } from './field-set.ts';
import { fieldsOf, withDeclaredParents } from './fields-of.ts';
import { followSchema } from './follow-schema.ts';
import type { Owners, Ownership } from './managed-fields.ts';
import { mergeApplied } from './merge.ts';
import { fieldElement } from './path-element.ts';
import { removeFields } from './remove-fields.ts';

/** An object with the type that it has at its version. */
export interface TypedObject {
  readonly object: KubeObject;
  readonly atom: Atom;
}

/** Everything that the rules of ownership need to know of one write. */
export interface OwnershipRules {
  readonly apiVersion: string;
  readonly reset: FieldSet;
  /** `undefined`: no such version. */
  readonly at: (object: KubeObject, apiVersion: string) => TypedObject | undefined;
}

/** Fields of other managers that an apply would change, by identifier. */
export class ConflictsFound extends Error {
  override readonly name = 'ConflictsFound';
  readonly byOwner: ReadonlyMap<string, FieldSet>;
  constructor(byOwner: ReadonlyMap<string, FieldSet>) {
    super('apply conflicts with other managers');
    this.byOwner = byOwner;
  }
}

const STRIPPED_METADATA = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
];

/** What nobody owns: identity, and what only the server sets. Other metadata, `deletionTimestamp` for one, can be owned. */
const STRIPPED = FieldSet.fromPaths([
  [fieldElement('apiVersion')],
  [fieldElement('kind')],
  [fieldElement('metadata')],
  ...STRIPPED_METADATA.map((name) => [fieldElement('metadata'), fieldElement(name)]),
]);

/** Drops owners at versions that are gone, and follows maps and lists that have become atomic. */
function followSchemas(live: KubeObject, owners: Owners, rules: OwnershipRules): Owners {
  const result: Owners = new Map();
  const atoms = new Map<string, Atom | undefined>();
  for (const [id, owner] of owners) {
    if (!atoms.has(owner.apiVersion)) atoms.set(owner.apiVersion, rules.at(live, owner.apiVersion)?.atom);
    const atom = atoms.get(owner.apiVersion);
    if (atom === undefined) continue;
    const fields = followSchema(owner.fields, atom);
    result.set(id, fields === owner.fields ? owner : { ...owner, fields });
  }
  return result;
}

/**
 * Takes what changed between two objects away from everyone but the writer. Fields that others own and that got
 * another value are conflicts: thrown as {@link ConflictsFound} unless forced. Fields that are gone are nobody's.
 */
function yieldChanged(
  live: KubeObject,
  next: KubeObject,
  owners: Owners,
  self: string,
  isForced: boolean,
  rules: OwnershipRules,
): Comparison {
  const comparisons = new Map<string, Comparison | undefined>();
  const compareAt = (apiVersion: string): Comparison | undefined => {
    if (!comparisons.has(apiVersion)) comparisons.set(apiVersion, compareVersions(live, next, apiVersion, rules));
    return comparisons.get(apiVersion);
  };
  const conflicts = new Map<string, FieldSet>();
  for (const [id, owner] of owners) {
    if (id === self) continue;
    const comparison = compareAt(owner.apiVersion);
    if (comparison === undefined) {
      owners.delete(id);
      continue;
    }
    const changed = comparison.modified.union(comparison.added).intersection(owner.fields);
    if (!changed.isEmpty) conflicts.set(id, changed);
  }
  if (!isForced && conflicts.size > 0) throw new ConflictsFound(conflicts);
  for (const [id, owner] of owners) {
    const fields =
      id === self
        ? owner.fields
        : owner.fields
            .difference(conflicts.get(id) ?? FieldSet.EMPTY)
            .difference(compareAt(owner.apiVersion)?.removed ?? FieldSet.EMPTY);
    if (fields.isEmpty) owners.delete(id);
    else if (fields !== owner.fields) owners.set(id, { ...owner, fields });
  }
  return compareAt(rules.apiVersion) ?? { added: FieldSet.EMPTY, modified: FieldSet.EMPTY, removed: FieldSet.EMPTY };
}

function compareVersions(
  live: KubeObject,
  next: KubeObject,
  apiVersion: string,
  rules: OwnershipRules,
): Comparison | undefined {
  const before = rules.at(live, apiVersion);
  const after = rules.at(next, apiVersion);
  if (before === undefined || after === undefined) return undefined;
  const { added, modified, removed } = compare(before.object, after.object, after.atom);
  const { reset } = rules;
  // Fields that the endpoint resets are filtered at the endpoint's own version only.
  if (reset.isEmpty || apiVersion !== rules.apiVersion) return { added, modified, removed };
  return {
    added: added.recursiveDifference(reset),
    modified: modified.recursiveDifference(reset),
    removed: removed.recursiveDifference(reset),
  };
}

/** Gives `self` what a create, update or patch changed. `self` must be new: what the manager owned before stays apart. */
export function updateOwners(
  live: KubeObject,
  next: KubeObject,
  given: Owners,
  self: string,
  rules: OwnershipRules,
): { readonly owners: Owners; readonly taken: FieldSet } {
  const owners = followSchemas(live, given, rules);
  const { added, modified } = yieldChanged(live, next, owners, self, true, rules);
  return { owners, taken: modified.union(added).difference(STRIPPED) };
}

/** Merges an applied configuration, prunes what its manager no longer applies, and settles who owns what. */
export function applyConfiguration(
  live: KubeObject,
  applied: KubeObject,
  given: Owners,
  self: Omit<Ownership, 'fields'> & { readonly id: string },
  isForced: boolean,
  rules: OwnershipRules,
): { readonly object: KubeObject; readonly owners: Owners } {
  const owners = followSchemas(live, given, rules);
  const atom = rules.at(live, rules.apiVersion)?.atom;
  if (atom === undefined) throw new TypeError(`no type for ${rules.apiVersion}`);
  const merged = mergeApplied(live, applied, atom) as KubeObject;
  const { id, ...owner } = self;
  const last = owners.get(id);
  const fields = fieldsOf(applied, atom).recursiveDifference(rules.reset);
  owners.set(id, { ...owner, fields });
  const object = last === undefined ? merged : prune(merged, owners, last, fields, rules);
  yieldChanged(live, object, owners, id, isForced, rules);
  const own = owners.get(id)?.fields.difference(STRIPPED) ?? FieldSet.EMPTY;
  if (own.isEmpty) owners.delete(id);
  else owners.set(id, { ...owner, fields: own });
  return { object, owners };
}

/**
 * Removes what the manager applied last time, does not apply now, and nobody else owns. Items that would take fields
 * with them that the manager never applied stay.
 */
function prune(
  merged: KubeObject,
  owners: Owners,
  last: Ownership,
  applied: FieldSet,
  rules: OwnershipRules,
): KubeObject {
  if (last.fields.isEmpty) return merged;
  if (last.apiVersion === rules.apiVersion && last.fields.isSubsetOf(applied)) return merged;
  const start = rules.at(merged, last.apiVersion);
  if (start === undefined) return merged;
  const lastFields = withDeclaredParents(last.fields, start.atom);
  const stripped = removeFields(start.object, lastFields, start.atom) as KubeObject;
  const kept = addBackOwned(start, stripped, last.apiVersion, owners, rules);
  const keptAt = rules.at(kept, last.apiVersion);
  if (keptAt === undefined) return merged;
  const before = withDeclaredParents(fieldsOf(start.object, start.atom), start.atom);
  const after = withDeclaredParents(fieldsOf(keptAt.object, start.atom), start.atom);
  const pruned = removeFields(start.object, before.difference(after).intersection(lastFields), start.atom);
  return rules.at(pruned as KubeObject, rules.apiVersion)?.object ?? merged;
}

/** Puts back what pruning took but someone still owns, the manager's new configuration included, version by version. */
function addBackOwned(
  start: TypedObject,
  stripped: KubeObject,
  lastVersion: string,
  owners: Owners,
  rules: OwnershipRules,
): KubeObject {
  const ownedAt = new Map<string, FieldSet>([[lastVersion, FieldSet.EMPTY]]);
  for (const { apiVersion, fields } of owners.values()) {
    ownedAt.set(apiVersion, (ownedAt.get(apiVersion) ?? FieldSet.EMPTY).union(fields));
  }
  let merged = start.object;
  let pruned = stripped;
  for (const [apiVersion, owned] of ownedAt) {
    const mergedAt = rules.at(merged, apiVersion);
    const prunedAt = rules.at(pruned, apiVersion);
    if (mergedAt === undefined || prunedAt === undefined) continue;
    const { atom } = mergedAt;
    const all = withDeclaredParents(fieldsOf(mergedAt.object, atom), atom);
    const left = withDeclaredParents(fieldsOf(prunedAt.object, atom), atom);
    const gone = all.difference(left.union(withDeclaredParents(owned, atom)));
    merged = mergedAt.object;
    pruned = removeFields(merged, gone, atom) as KubeObject;
  }
  return pruned;
}
