import type { KubeObject, ObjectRef, Schema } from '@stageset/k8s';
import type { Store } from './store.ts';

/** What discovery says of one kind. */
export interface ResourceInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, as in the path: `configmaps`. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Which objects of a kind. No namespace means all of them. */
export interface Selection extends KindRef {
  readonly namespace?: string;
  /** In the API's syntax: `a=b,c in (d)`. */
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  readonly subresource?: 'status' | 'scale';
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Takes over fields of other managers instead of failing with a conflict. */
  readonly force: boolean;
  /**
   * Told of every attempt that was sent and got no answer, or one that leaves open whether it was carried out: it may
   * still be carried out, also when a later attempt has succeeded.
   */
  readonly onUnanswered?: () => void;
}

export type PatchBody =
  | { readonly type: 'merge'; readonly patch: Readonly<Record<string, unknown>> }
  | { readonly type: 'strategic'; readonly patch: Readonly<Record<string, unknown>> }
  | { readonly type: 'json'; readonly patch: readonly Readonly<Record<string, unknown>>[] };

export interface DeleteOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/**
 * One event of a watch that never ends by itself. `synced` carries the whole selection, at the start and after every
 * relist: a reader swaps it in at one go, so that it never sees half a list. `degraded` says that the watch is down and
 * being tried again; what was seen before still stands.
 */
export type WatchEvent =
  | { readonly type: 'synced'; readonly items: readonly KubeObject[]; readonly resourceVersion: string }
  | { readonly type: 'applied'; readonly object: KubeObject }
  | { readonly type: 'deleted'; readonly object: KubeObject }
  | { readonly type: 'degraded'; readonly error: Error };

/**
 * A Kubernetes API as reconcilers know it. Every method rejects with `ApiError`, `UnreachableError` or
 * `UnknownKindError` (all of `@stageset/k8s`). Objects that come back are the caller's own to keep, never to change.
 */
export interface Cluster {
  /** The same cluster for one caller: the requests of different callers take turns. */
  forCaller(caller: string): Cluster;
  /** What the cluster serves under this kind, or `undefined`. `refresh` asks the server again instead of the cache. */
  resource(
    kind: KindRef,
    options?: { readonly refresh?: boolean; readonly signal?: AbortSignal },
  ): Promise<ResourceInfo | undefined>;
  /** Every kind that is served, each in the version that the server prefers. Asks the server. */
  resources(signal?: AbortSignal): Promise<readonly ResourceInfo[]>;
  /**
   * What the server's OpenAPI document says of a kind; `undefined` where it says nothing. Read once for each group version
   * and kept until it is another; `refresh` asks whether it is.
   */
  schema(
    kind: KindRef,
    options?: { readonly refresh?: boolean; readonly signal?: AbortSignal },
  ): Promise<Schema | undefined>;
  /** `undefined` when there is no such object. */
  get(ref: ObjectRef, signal?: AbortSignal): Promise<KubeObject | undefined>;
  /** The whole selection, page by page. */
  list(selection: Selection, signal?: AbortSignal): Promise<ObjectList>;
  create(object: KubeObject, options?: WriteOptions, signal?: AbortSignal): Promise<KubeObject>;
  /** PUT: needs `metadata.resourceVersion` to be safe; 409 `Conflict` when the object has moved on. */
  update(object: KubeObject, options?: WriteOptions, signal?: AbortSignal): Promise<KubeObject>;
  /** Server-side apply. */
  apply(object: KubeObject, options: ApplyOptions, signal?: AbortSignal): Promise<KubeObject>;
  patch(ref: ObjectRef, body: PatchBody, options?: WriteOptions, signal?: AbortSignal): Promise<KubeObject>;
  /** `absent`: there was none. `terminating`: finalizers or grace still hold it. `gone`: it is removed. */
  delete(ref: ObjectRef, options?: DeleteOptions, signal?: AbortSignal): Promise<'absent' | 'terminating' | 'gone'>;
  /**
   * The last lines of what a container has written. Without a name, that of the only one; `previous` is about the time
   * before it was last started.
   */
  podLog(
    pod: {
      readonly namespace: string;
      readonly name: string;
      readonly container?: string;
      readonly previous?: boolean;
    },
    bounds: { readonly tailLines: number; readonly limitBytes: number },
    signal?: AbortSignal,
  ): Promise<string>;
  /** Lists, then watches, with resume, relist and back-off inside. Ends only when `signal` aborts. */
  watch(selection: Selection, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** The same, kept in a store that starts at once and stops when `signal` aborts. */
  follow(selection: Selection, signal: AbortSignal): Store;
}
