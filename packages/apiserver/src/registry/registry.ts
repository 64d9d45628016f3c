import type { KubeObject, ObjectRef } from '@stageset/k8s';
import type {
  ApplyOptions,
  Clock,
  DeleteOptions,
  KindRef,
  ObjectList,
  PatchBody,
  Selection,
  WriteOptions,
} from '@stageset/ports';
import type { Grace } from './graceful-deletion.ts';
import type { User, WriteHook } from './hooks.ts';
import type { KindDefinition } from './kind.ts';

/** One change of one object, in the order of resource versions. */
export interface RegistryEvent {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly kind: KindDefinition;
  /** As stored now; of a deleted object its last state, at the resource version of its removal. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** Asks for another user's identity in a write. Left out, it is the system's own. */
export interface Identity {
  readonly user?: User;
}

/**
 * The objects of the local cluster, in memory and synchronous: what HTTP handlers and simulated controllers both use.
 * Every write passes the same admission: names, defaults, pruning, hooks, validation, managed fields, generation and
 * resource version. Objects that come back are frozen and shared. Every method throws `ApiError` with the Status a real
 * server would send, and 404 for kinds it does not serve.
 */
export interface Registry {
  readonly clock: Clock;
  kinds(): Iterable<KindDefinition>;
  /** The kind in this version, or `undefined`. */
  kindOf(ref: KindRef): KindDefinition | undefined;
  /** `undefined` when there is no such object. */
  get(ref: ObjectRef): KubeObject | undefined;
  list(selection: Selection): ObjectList;
  create(object: KubeObject, options?: WriteOptions & Identity): KubeObject;
  /** PUT. With `metadata.resourceVersion` it fails with 409 when the object has moved on. `subresource: 'status'` writes only the status. */
  update(object: KubeObject, options?: WriteOptions & Identity): KubeObject;
  patch(ref: ObjectRef, body: PatchBody, options?: WriteOptions & Identity): KubeObject;
  /** A merge patch of `status`. */
  patchStatus(ref: ObjectRef, status: Readonly<Record<string, unknown>>, options?: WriteOptions & Identity): KubeObject;
  /** Server-side apply. */
  apply(object: KubeObject, options: ApplyOptions & Identity): KubeObject;
  /** `terminating`: finalizers, or the time a pod has to stop, still hold the object. */
  delete(ref: ObjectRef, options?: DeleteOptions & Grace & Identity): 'absent' | 'terminating' | 'gone';
  /**
   * Every change of one kind from now on, in order, called after the write is done; `'*'` is every kind. A listener may
   * write: what it causes is told after the present event has reached every listener. Returns what ends it.
   */
  watch(kind: KindRef | '*', listener: (event: RegistryEvent) => void): () => void;
  addHook(hook: WriteHook): void;
}
