import { deepEqual } from '../json/equality.ts';
import { isJsonArray } from '../json/value.ts';
import { type KubeObject, type ManagedFieldsEntry, parseApiVersion } from '../object.ts';
import type { Atom } from './atom.ts';
import { capUpdaters } from './cap-updaters.ts';
import { checkType, formatFaults } from './check-type.ts';
import { conflictsMessage, listConflicts } from './conflicts.ts';
import { FieldSet } from './field-set.ts';
import { CLIENT_SIDE_MANAGER, fieldsLastApplied, syncLastApplied } from './last-applied.ts';
import {
  decodeManagedFields,
  encodeManagedFields,
  identifierOf,
  isReset,
  ManagedFieldsError,
  type ManagerIdentity,
  type Owners,
} from './managed-fields.ts';
import { atomOfKind } from './object-meta.ts';
import { applyConfiguration, ConflictsFound, type OwnershipRules, updateOwners } from './ownership.ts';
import { fieldElement } from './path-element.ts';
import type { ApplyRequest, ApplyResult, FieldConflict, UpdateRequest, WriteContext } from './types.ts';

/** Owns what an object held before anybody applied to it. */
const BEFORE_FIRST_APPLY = 'before-first-apply';
const UNNAMED_MANAGER = 'unknown';
/** Holds what one update changes until it is known that it changed anything. No JSON, so it is nobody's identifier. */
const CURRENT_OPERATION = 'current-operation';

/**
 * Answers a server-side apply: merges what the client applied into the live object by the kind's schema, prunes what the
 * same manager applied before and left out now, and settles ownership. Pure: the same request gives the same answer.
 *
 * What comes back is the object before defaults, pruning of unknown fields and validation; those are the caller's, as is
 * {@link keepTimesOfUnchanged} once they are done.
 */
export function applyServerSide(request: ApplyRequest): ApplyResult {
  const { applied, manager } = request;
  const target = request.live ?? applied;
  if (applied.apiVersion !== target.apiVersion || applied.kind !== target.kind) {
    return invalid(400, `invalid object type: ${formatKind(applied)}`);
  }
  if (isJsonArray(applied.metadata?.managedFields)) return invalid(400, 'metadata.managedFields must be nil');
  const atom = atomOfKind(request.schema);
  const given = readOwners(request.live?.metadata.managedFields);
  if (given instanceof ManagedFieldsError) return invalid(500, `failed to decode managed fields: ${given.message}`);
  const live = stripManagedFields(request.live ?? emptyOf(request, applied));

  const fault = typeFault('patch', applied, atom, false) ?? typeFault('live', live, atom, true);
  if (fault !== undefined) return invalid(500, fault);

  const owners = given.size > 0 ? given : ownersBeforeFirstApply(request, live, atom);
  try {
    return merge(request, live, owners, atom, request.force);
  } catch (error) {
    if (!(error instanceof ConflictsFound)) throw error;
    const conflicts = unsettled(error.byOwner, manager, live, atom);
    return conflicts.size === 0 ? merge(request, live, owners, atom, true) : conflict(conflicts, owners);
  }
}

/** The conflicts that stand. Those over what the same user applied on the client's side do not. */
function unsettled(
  byOwner: ReadonlyMap<string, FieldSet>,
  manager: string,
  live: KubeObject,
  atom: Atom,
): ReadonlyMap<string, FieldSet> {
  if (manager !== CLIENT_SIDE_MANAGER) return byOwner;
  const settled = fieldsLastApplied(live, atom);
  const left = new Map<string, FieldSet>();
  for (const [id, fields] of byOwner) {
    const rest = fields.difference(settled);
    if (!rest.isEmpty) left.set(id, rest);
  }
  return left;
}

function merge(request: ApplyRequest, live: KubeObject, given: Owners, atom: Atom, isForced: boolean): ApplyResult {
  const { applied, manager, nowIso } = request;
  const identity = identityOf(request, applied.apiVersion, 'Apply');
  const id = identifierOf(identity);
  const rules = rulesOf(request, applied.apiVersion, atom);
  const self = { id, identity, apiVersion: applied.apiVersion, time: given.get(id)?.time };
  const { object: merged, owners } = applyConfiguration(live, applied, given, self, isForced, rules);
  const isSame = deepEqual(live, merged);
  const own = owners.get(id);
  // The time moves only when the object did: an apply that adds an owner to equal values leaves no time.
  if (!isSame && own !== undefined) owners.set(id, { ...own, time: nowIso });
  const object = manager === CLIENT_SIDE_MANAGER ? syncLastApplied(merged, applied) : merged;
  const managedFields = encodeManagedFields(owners);
  return {
    kind: 'merged',
    object: withManagedFields(object, managedFields),
    changed: !deepEqual(live, object) || !sameOwnership(managedFields, request.live?.metadata.managedFields ?? []),
  };
}

function sameOwnership(a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[]): boolean {
  const untimed = ({ time: _, ...entry }: ManagedFieldsEntry): unknown => entry;
  return deepEqual(a.map(untimed), b.map(untimed));
}

/** An object that nobody tracks becomes, as it is, the work of one updater, so that the first apply can conflict with it. */
function ownersBeforeFirstApply(request: ApplyRequest, live: KubeObject, atom: Atom): Owners {
  if (request.live === undefined) return new Map();
  const before = emptyOf(request, live);
  return takeChanges({ ...request, manager: BEFORE_FIRST_APPLY }, before, live, new Map(), atom);
}

/**
 * Settles ownership after a create, update or patch that is not an apply: the writer comes to own what it changed, and
 * everyone else loses it. Returns the object with its managedFields.
 *
 * Objects whose managedFields were reset are no longer tracked until someone applies; an object that does not fit its
 * schema loses its managedFields, as with the API server, instead of failing the write.
 */
export function trackUpdate(request: UpdateRequest): KubeObject {
  const { live: stored, updated } = request;
  const given = ownersForUpdate(request);
  const next = stripManagedFields(updated);
  if (given.size === 0 && (stored?.metadata.uid ?? '') !== '') return next;
  const live = stripManagedFields(stored ?? emptyOf(request, updated));
  const atom = atomOfKind(request.schema);
  if (checkType(next, atom, true).length > 0 || checkType(live, atom, true).length > 0) return next;
  return withManagedFields(next, encodeManagedFields(takeChanges(request, live, next, given, atom)));
}

function takeChanges(context: WriteContext, live: KubeObject, next: KubeObject, given: Owners, atom: Atom): Owners {
  const { apiVersion } = next;
  const rules = rulesOf(context, apiVersion, atom);
  const { owners, taken } = updateOwners(live, next, given, CURRENT_OPERATION, rules);
  if (!taken.isEmpty) {
    const identity = identityOf(context, apiVersion, 'Update');
    const id = identifierOf(identity);
    const fields = taken.union(owners.get(id)?.fields ?? FieldSet.EMPTY);
    owners.set(id, { identity, apiVersion, fields, time: context.nowIso });
  }
  capUpdaters(owners);
  return owners;
}

/** Clients may set managedFields, but those who send none, or none that can be read, do not wipe them out by accident. */
function ownersForUpdate({ live, updated, subresource }: UpdateRequest): Owners {
  const sent: unknown = updated.metadata.managedFields;
  if (subresource === undefined) {
    if (isReset(sent)) return new Map();
    const owners = readOwners(sent);
    if (owners instanceof Map && owners.size > 0) return owners;
  }
  const owners = readOwners(live?.metadata.managedFields);
  return owners instanceof Map ? owners : new Map();
}

function readOwners(entries: unknown): Owners | ManagedFieldsError {
  try {
    return decodeManagedFields(entries);
  } catch (error) {
    if (error instanceof ManagedFieldsError) return error;
    throw error;
  }
}

function identityOf(context: WriteContext, apiVersion: string, operation: 'Apply' | 'Update'): ManagerIdentity {
  const manager = context.manager === '' ? UNNAMED_MANAGER : context.manager;
  return { manager, operation, apiVersion, subresource: context.subresource ?? '' };
}

function rulesOf({ resetFields = [], convertTo }: WriteContext, apiVersion: string, atom: Atom): OwnershipRules {
  return {
    apiVersion,
    reset: FieldSet.fromPaths(resetFields.map((path) => path.map(fieldElement))),
    at: (object, version) => {
      if (version === object.apiVersion)
        return { object, atom: version === apiVersion ? atom : atomAt(object, version) };
      const converted = convertTo?.(object, version);
      return converted && { object: converted.object, atom: atomOfKind(converted.schema) };
    },
  };

  function atomAt(object: KubeObject, version: string): Atom {
    const converted = convertTo?.(object, version);
    return converted === undefined ? atom : atomOfKind(converted.schema);
  }
}

function emptyOf({ empty }: WriteContext, { apiVersion, kind }: KubeObject): KubeObject {
  return { ...empty, apiVersion, kind } as KubeObject;
}

function stripManagedFields(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagedFields(object: KubeObject, managedFields: ManagedFieldsEntry[]): KubeObject {
  if (managedFields.length === 0) return object;
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

function typeFault(
  what: 'patch' | 'live',
  object: KubeObject,
  atom: Atom,
  allowsDuplicates: boolean,
): string | undefined {
  const faults = checkType(object, atom, allowsDuplicates);
  if (faults.length === 0) return undefined;
  const { namespace = '', name = '' } = object.metadata ?? {};
  return `failed to create typed ${what} object (${namespace}/${name}; ${formatKind(object)}): ${formatFaults(faults)}`;
}

/** `apps/v1, Kind=Deployment`; the core group has an empty name: `/v1, Kind=ConfigMap`. */
function formatKind({ apiVersion, kind }: KubeObject): string {
  const { group, version } = parseApiVersion(apiVersion);
  return `${group}/${version}, Kind=${kind}`;
}

function conflict(byOwner: ReadonlyMap<string, FieldSet>, owners: Owners): ApplyResult {
  const conflicts: FieldConflict[] = listConflicts(byOwner, owners);
  return { kind: 'conflict', message: conflictsMessage(conflicts), conflicts };
}

function invalid(code: 400 | 500, message: string): ApplyResult {
  return { kind: 'invalid', code, message, causes: [] };
}
