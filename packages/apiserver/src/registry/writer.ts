import { deepEqual, type KubeObject, keepTimesOfUnchanged, type Nulls } from '@stageset/k8s';
import type { Clock, DeleteOptions } from '@stageset/ports';
import { keyOf, type Storage } from '../storage/storage.ts';
import type { Admission } from './admission.ts';
import { appliedTo, tidy, withEmptyParts } from './applied-object.ts';
import { createsOnUpdate, refuseUid } from './creates-on-update.ts';
import { asObjectOf } from './decode.ts';
import { finalizersFor, graceless, isReadyToGo, outlivesDeletion } from './deletion-marks.ts';
import type { FieldOwnership } from './field-ownership.ts';
import { doomed, type Grace, graceOf, hastened } from './graceful-deletion.ts';
import type { Identifiers } from './identifiers.ts';
import { hasStatus, type KindDefinition, resourceOf } from './kind.ts';
import { generatedName } from './metadata.ts';
import {
  contentFinalizers,
  isNamespace,
  refuseImmortal,
  requireNamespace,
  terminatingNamespace,
} from './namespaces.ts';
import {
  checkPreconditions,
  requireName,
  requireNoDeletion,
  requireSameUid,
  versionRequired,
} from './preconditions.ts';
import { statusOnly } from './status-endpoint.ts';
import { alreadyExists, badRequest, conflict, failure, modifiedMeanwhile, notFound } from './status-error.ts';
import { SYSTEM_FIELDS_AT_CREATE, systemMetadata, unseenAtCreate, withSystemFields } from './system-metadata.ts';
import { forStorage, inVersionOf } from './version-view.ts';
import type { WriteRequest } from './write-request.ts';
import type { Writing } from './writing.ts';

export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
}

export interface Deleted {
  /** What is left of the object: its last state, or the one that waits for finalizers. */
  readonly object: KubeObject;
  readonly gone: boolean;
}

/** Makes an object out of the present one. It may throw to refuse. */
export type Change = (present: KubeObject) => unknown;

export interface WriterParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly admission: Admission;
  readonly ownership: FieldOwnership;
  readonly identifiers: Identifiers;
}

/** Thrown within a write whose object is no longer the one it began with: it begins anew. */
class Overtaken extends Error {}

/** How often a write begins anew because another one overtook it while its admission was asked for. */
const MAX_ATTEMPTS = 5;

/**
 * Every write there is, whole or not at all: read, change, own, admit, store. Nothing comes between, except while others
 * are asked to admit an object: then what was read is looked at again, and a write that was overtaken begins anew.
 */
export class Writer {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #admission: Admission;
  readonly #ownership: FieldOwnership;
  readonly #identifiers: Identifiers;

  constructor({ storage, clock, admission, ownership, identifiers }: WriterParts) {
    this.#identifiers = identifiers;
    this.#storage = storage;
    this.#clock = clock;
    this.#admission = admission;
    this.#ownership = ownership;
  }

  /** @throws 400, 404 (no such namespace), 409 `AlreadyExists`, 422, and what hooks refuse. */
  *create(request: WriteRequest, body: unknown): Writing<KubeObject> {
    return yield* this.#create(request, this.#placed(request, asObjectOf(request, body)), this.#updater(request));
  }

  #updater(request: WriteRequest): (object: KubeObject) => KubeObject {
    return (object) => this.#ownership.updated(request, undefined, object, this.#nowIso());
  }

  /** Makes an object of what was sent for one that is not there: a version names what was read, and that says nothing now. */
  *#createUnread(
    request: WriteRequest,
    { metadata: { resourceVersion, ...metadata }, ...given }: KubeObject,
    own: (object: KubeObject) => KubeObject,
    nulls?: Nulls,
  ): Writing<KubeObject> {
    const made = yield* this.#create(request, { ...given, metadata } as KubeObject, own, nulls);
    if (!request.dryRun || resourceVersion === undefined) return made;
    return { ...made, metadata: { ...made.metadata, resourceVersion } };
  }

  *#create(
    request: WriteRequest,
    given: KubeObject,
    own: (object: KubeObject) => KubeObject,
    nulls?: Nulls,
  ): Writing<KubeObject> {
    const { kind, namespace } = request;
    const named = this.#named(given);
    const resource = resourceOf(kind);
    const placed = (name: string): void => {
      if (namespace !== undefined) {
        requireNamespace(this.#storage.get('namespaces', namespace), namespace, resource, name);
      }
    };
    placed(named.metadata.name);
    const fresh = this.#fresh(kind, named);
    const scoped = (terms: WriteRequest, object: KubeObject): KubeObject =>
      this.#admission.clean(terms, hasStatus(kind) && kind.kind !== 'Node' ? without(object, 'status') : object, nulls);
    const owned = own(scoped(request, fresh));
    const mutated = yield* this.#admission.mutate(request, {
      operation: 'create',
      object: owned,
      old: undefined,
      unseen: unseenAtCreate(given, owned),
      settled: (object) => scoped(ofOthers(request), withSystemFields(object, owned)),
    });
    const admitted = yield* this.#admission.admit(request, 'create', mutated, undefined);
    placed(admitted.metadata.name);
    const key = keyOf(namespace, admitted.metadata.name);
    const there = this.#storage.get(kind.storage, key);
    if (there !== undefined) throw alreadyExists(resource, there);
    if (request.dryRun) return admitted;
    return inVersionOf(kind, this.#storage.put(kind.storage, key, forStorage(kind, admitted)));
  }

  /** An update from outside: of some kinds it makes the object when there is none. */
  *put(request: WriteRequest, name: string, body: unknown): Writing<Written> {
    const { kind, namespace, subresource } = request;
    if (this.#storage.get(kind.storage, keyOf(namespace, name)) !== undefined) {
      return { object: yield* this.update(request, name, () => body), created: false };
    }
    const given = this.#placed(request, asObjectOf(request, body));
    requireName(given, name);
    if (subresource !== undefined || !createsOnUpdate(kind)) {
      this.#admission.clean(request, given);
      throw notFound(resourceOf(kind), name);
    }
    refuseUid(kind, given);
    return { object: yield* this.#createUnread(request, given, this.#updater(request)), created: true };
  }

  /** @throws 404, 409 `Conflict`, 422, and what hooks refuse. */
  *update(request: WriteRequest, name: string, change: Change, isPatch = false): Writing<KubeObject> {
    return yield* this.#unlessOvertaken(request, name, () => this.#update(request, name, change, isPatch));
  }

  *#update(request: WriteRequest, name: string, change: Change, isPatch: boolean): Writing<KubeObject> {
    const present = this.#present(request, name);
    const given = this.#placed(request, asObjectOf(request, change(present)));
    const cleaned = this.#admission.clean(request, given);
    requireName(given, name);
    if (isPatch) requireSameUid(request, present, given);
    requireNoDeletion(request, present, given);
    this.#checkLock(request, present, given, true);
    // All that was sent counts as its sender's, even what the endpoint does not take.
    const owned = this.#ownership.updated(request, present, cleaned, this.#nowIso());
    const unseen = SYSTEM_FIELDS_AT_CREATE.filter((field) => given.metadata[field] === undefined);
    return yield* this.#replace(request, present, this.#limited(request, present, owned), unseen);
  }

  /** Server-side apply: creates the object when there is none. */
  *apply(request: WriteRequest, name: string, body: unknown, force: boolean): Writing<Written> {
    return yield* this.#unlessOvertaken(request, name, () => this.#apply(request, name, body, force));
  }

  *#apply(request: WriteRequest, name: string, body: unknown, force: boolean): Writing<Written> {
    const { kind, namespace } = request;
    const applied = withEmptyParts(asObjectOf(request, appliedTo(kind, body)), body);
    this.#placed(request, applied);
    requireName(applied, name);
    const stored = this.#storage.get(kind.storage, keyOf(namespace, name));
    if (stored === undefined) return { object: yield* this.#applyNew(request, applied, force), created: true };
    const present = inVersionOf(kind, stored);
    // Whose fields they are is told before that they have moved on.
    const merged = this.#ownership.applied(request, present, applied, force, this.#nowIso());
    this.#checkLock(request, present, applied, false);
    if (!merged.changed && !this.#admission.isAsked(request)) return { object: present, created: false };
    const next = merged.changed ? this.#settled(request, present, tidy(merged.object), 'kept') : present;
    return { object: yield* this.#replace(request, present, next), created: false };
  }

  *#applyNew(request: WriteRequest, applied: KubeObject, force: boolean): Writing<KubeObject> {
    const { kind } = request;
    if (request.subresource !== undefined) throw notFound(resourceOf(kind), applied.metadata.name);
    if (applied.metadata.uid !== undefined && applied.metadata.uid !== '') {
      throw conflict(
        resourceOf(kind),
        applied.metadata.name,
        `uid mismatch: the provided object specified uid ${applied.metadata.uid}, and no existing object was found`,
      );
    }
    const merged = this.#ownership.applied(request, undefined, applied, force, this.#nowIso());
    // The entries were made by the merge; creating must not count its fields as somebody's update.
    const own = (object: KubeObject): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, ...managedFieldsOf(merged.object) },
    });
    return yield* this.#createUnread(request, this.#placed(request, tidy(merged.object)), own, 'kept');
  }

  /** @throws 404, 409 (preconditions), 403 (namespaces the cluster needs). */
  *delete(request: WriteRequest, name: string, options: DeleteOptions & Grace): Writing<Deleted> {
    return yield* this.#unlessOvertaken(request, name, () => this.#delete(request, name, options));
  }

  *#delete(request: WriteRequest, name: string, options: DeleteOptions & Grace): Writing<Deleted> {
    const { kind, namespace } = request;
    const present = this.#present(request, name);
    checkPreconditions(kind, present, options);
    if (isNamespace(present)) refuseImmortal(name);
    yield* this.#admission.mutate(request, {
      operation: 'delete',
      object: present,
      old: present,
      unseen: [],
      settled: (object) => object,
    });
    yield* this.#admission.admit(request, 'delete', present, present);
    this.#requireUntouched(request, present);
    const finalizers = finalizersFor(present, options.propagation);
    const key = keyOf(namespace, name);
    const graceS = graceOf(present, options.gracePeriodSeconds) ?? 0;
    const isStopping = present.metadata.deletionTimestamp !== undefined && graceOf(present, undefined) !== undefined;
    const holding =
      finalizers.length > 0 || graceS > 0 || (isNamespace(present) && contentFinalizers(present).length > 0);
    if (isStopping && holding) return this.#hasten(request, present, options);
    if (!holding) {
      const last = request.dryRun ? present : this.#storage.remove(kind.storage, key);
      return { object: inVersionOf(kind, last ?? present), gone: true };
    }
    const marked = this.#marked(present, finalizers, graceS);
    if (request.dryRun || deepEqual(marked, present)) return { object: marked, gone: false };
    return { object: inVersionOf(kind, this.#storage.put(kind.storage, key, forStorage(kind, marked))), gone: false };
  }

  /** A pod that is being stopped may be given less time, never more. */
  #hasten(request: WriteRequest, present: KubeObject, { gracePeriodSeconds }: Grace): Deleted {
    const metadata = gracePeriodSeconds === undefined ? undefined : hastened(present.metadata, gracePeriodSeconds);
    if (metadata === undefined || request.dryRun) return { object: present, gone: false };
    const { kind, namespace } = request;
    const stored = this.#storage.put(
      kind.storage,
      keyOf(namespace, present.metadata.name),
      forStorage(kind, { ...present, metadata }),
    );
    return { object: inVersionOf(kind, stored), gone: false };
  }

  /** The object with its deletion under way. What is deleting already keeps its time. */
  #marked(present: KubeObject, finalizers: readonly string[], graceS: number): KubeObject {
    const { metadata } = present;
    const held = { ...metadata, ...(finalizers.length === 0 ? {} : { finalizers: [...finalizers] }) };
    if (metadata.deletionTimestamp !== undefined) return { ...present, metadata: held };
    if (graceS > 0) return { ...present, metadata: doomed(held, graceS, this.#clock.now()) };
    const marked = {
      ...present,
      metadata: {
        ...held,
        deletionTimestamp: this.#nowIso(),
        ...(outlivesDeletion(present) ? {} : graceless(metadata)),
      },
    };
    return isNamespace(present) ? terminatingNamespace(marked) : marked;
  }

  *#replace(
    request: WriteRequest,
    present: KubeObject,
    next: KubeObject,
    unseen: readonly string[] = [],
  ): Writing<KubeObject> {
    const { kind } = request;
    const mutated = yield* this.#admission.mutate(request, {
      operation: 'update',
      object: next,
      old: present,
      unseen,
      settled: (object) => this.#settled(ofOthers(request), present, object),
    });
    const admitted = yield* this.#admission.admit(request, 'update', mutated, present);
    this.#requireUntouched(request, present);
    const withVersion = keepTimesOfUnchanged(present, {
      ...admitted,
      metadata: { ...admitted.metadata, ...versionOf(present) },
    });
    const key = keyOf(request.namespace, present.metadata.name);
    if (isReadyToGo(withVersion)) {
      if (request.dryRun) return withVersion;
      // Nobody sees it without its finalizers: watchers are told of its end as it was.
      this.#storage.remove(kind.storage, key);
      return withVersion;
    }
    if (deepEqual(withVersion, present)) return present;
    if (request.dryRun) return withVersion;
    return inVersionOf(kind, this.#storage.put(kind.storage, key, forStorage(kind, withVersion)));
  }

  /** Begins a write anew, a few times, when what it read has changed while it waited. @throws 409 */
  *#unlessOvertaken<T>(request: WriteRequest, name: string, write: () => Writing<T>): Writing<T> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        return yield* write();
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error;
      }
    }
    throw modifiedMeanwhile(resourceOf(request.kind), name);
  }

  #requireUntouched({ kind, namespace }: WriteRequest, present: KubeObject): void {
    const stored = this.#storage.get(kind.storage, keyOf(namespace, present.metadata.name));
    if (stored === undefined || inVersionOf(kind, stored) !== present) throw new Overtaken();
  }

  /** The changed object with everything put back that the endpoint does not let a client change. */
  #settled(request: WriteRequest, present: KubeObject, given: KubeObject, nulls?: Nulls): KubeObject {
    return this.#limited(request, present, this.#admission.clean(request, given, nulls));
  }

  #limited(request: WriteRequest, present: KubeObject, given: KubeObject): KubeObject {
    const { kind, subresource } = request;
    const scoped = subresource === 'status' ? statusOnly(kind, present, given) : mainOnly(kind, present, given);
    const kept = { ...scoped, metadata: systemMetadata(scoped.metadata, present.metadata) };
    if (subresource === 'status' || !kind.tracksGeneration || !differsInSpec(kind, kept, present)) return kept;
    return { ...kept, metadata: { ...kept.metadata, generation: (present.metadata.generation ?? 0) + 1 } };
  }

  #present(request: WriteRequest, name: string): KubeObject {
    const stored = this.#storage.get(request.kind.storage, keyOf(request.namespace, name));
    if (stored === undefined) throw notFound(resourceOf(request.kind), name);
    return inVersionOf(request.kind, stored);
  }

  /** The namespace of the path, which the object may repeat but not contradict. */
  #placed(request: WriteRequest, object: KubeObject): KubeObject {
    const given = object.metadata.namespace;
    if (request.namespace === undefined) {
      if (given === undefined) return object;
      const { namespace: _, ...metadata } = object.metadata;
      return { ...object, metadata };
    }
    if (given === request.namespace) return object;
    if (given !== undefined) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    return { ...object, metadata: { ...object.metadata, namespace: request.namespace } };
  }

  #checkLock(request: WriteRequest, present: KubeObject, given: KubeObject, isUpdate: boolean): void {
    const { kind } = request;
    const { name, uid, resourceVersion } = present.metadata;
    if (given.metadata.uid !== undefined && given.metadata.uid !== uid) {
      const key = `/registry/${kind.group === '' ? '' : `${kind.group}/`}${kind.resource}/${keyOf(request.namespace, name)}`;
      const why = `Precondition failed: UID in precondition: ${given.metadata.uid}, UID in object meta: ${uid}`;
      throw conflict(
        resourceOf(kind),
        name,
        `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
      );
    }
    const read = given.metadata.resourceVersion;
    if (read !== undefined && !/^\d*$/.test(read)) {
      throw failure(500, '', `strconv.ParseUint: parsing ${JSON.stringify(read)}: invalid syntax`);
    }
    if (kind.origin === 'custom' && isUpdate && read === undefined) throw versionRequired(kind, name);
    if (read !== undefined && read !== '' && read !== '0' && read !== resourceVersion)
      throw modifiedMeanwhile(resourceOf(kind), name);
  }

  #named(object: KubeObject): KubeObject {
    const { name, generateName } = object.metadata;
    if (name !== '' || generateName === undefined) return object;
    return {
      ...object,
      metadata: { ...object.metadata, name: generatedName(generateName, (count) => this.#identifiers.bytes(count)) },
    };
  }

  #fresh(kind: KindDefinition, object: KubeObject): KubeObject {
    const { resourceVersion, deletionTimestamp, deletionGracePeriodSeconds, ...metadata } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0') {
      throw failure(500, '', 'resourceVersion should not be set on objects to be created');
    }
    return {
      ...object,
      metadata: {
        ...metadata,
        uid: this.#identifiers.uid(),
        creationTimestamp: this.#nowIso(),
        ...(kind.tracksGeneration ? { generation: 1 } : {}),
      },
    };
  }

  #nowIso(): string {
    return `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`;
  }
}

/** What others have added to an object is nothing to warn its sender of. */
function ofOthers(request: WriteRequest): WriteRequest {
  return { ...request, fieldValidation: 'Ignore', duplicateFields: [] };
}

function without(object: KubeObject, field: string): KubeObject {
  const { [field]: _, ...rest } = object;
  return { ...rest, apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata };
}

function managedFieldsOf(object: KubeObject): Pick<KubeObject['metadata'], 'managedFields'> {
  return object.metadata.managedFields === undefined ? {} : { managedFields: object.metadata.managedFields };
}

function versionOf(object: KubeObject): Pick<KubeObject['metadata'], 'resourceVersion'> {
  return object.metadata.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion };
}

function mainOnly(kind: KindDefinition, present: KubeObject, given: KubeObject): KubeObject {
  if (!hasStatus(kind)) return given;
  const { status } = present;
  return status === undefined ? without(given, 'status') : { ...given, status };
}

function differsInSpec(kind: KindDefinition, next: KubeObject, present: KubeObject): boolean {
  // Of Deployments alone, annotations count: they name the revision to roll back to once.
  const countsAnnotations = kind.origin === 'builtin' && kind.kind === 'Deployment';
  if (countsAnnotations && !deepEqual(next.metadata.annotations ?? {}, present.metadata.annotations ?? {})) return true;
  const status = hasStatus(kind);
  for (const field of new Set([...Object.keys(next), ...Object.keys(present)])) {
    if (field === 'apiVersion' || field === 'kind' || field === 'metadata' || (status && field === 'status')) continue;
    if (!deepEqual(next[field], present[field])) return true;
  }
  return false;
}
