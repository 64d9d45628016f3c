import { isNotFound, type KubeObject, type ObjectRef, type Schema, UnknownKindError } from '@stageset/k8s';
import type {
  ApplyOptions,
  Clock,
  Cluster,
  DeleteOptions,
  KindRef,
  ObjectList,
  PatchBody,
  ResourceInfo,
  Selection,
  Store,
  Transport,
  WatchEvent,
  WriteOptions,
} from '@stageset/ports';
import { RequestBudget } from '../requests/budget.ts';
import type { Failure } from '../requests/failure.ts';
import { type OutgoingRequest, Requester } from '../requests/requester.ts';
import type { ReflectorEvent } from '../watch/events.ts';
import { DEFAULT_WATCH_LIMITS, type WatchLimits } from '../watch/limits.ts';
import { reflect } from '../watch/reflector.ts';
import { ReflectedStore } from '../watch/store.ts';
import { parseObject } from './decode.ts';
import { deletionOutcome } from './deletion.ts';
import { Discovery, type Read } from './discovery.ts';
import { type Lister, listAll } from './list.ts';
import { OpenApi } from './open-api.ts';
import { collectionPath, namespacedCollectionPath, objectPath, withQuery } from './paths.ts';
import { selectionSource } from './selection-source.ts';

export interface ClusterOptions {
  readonly clock: Clock;
  /** From 0 to below 1, as `Math.random`: spreads retries. */
  readonly random: () => number;
  /** Shared by clusters of other identities on the same server; a budget with default bounds when left out. */
  readonly budget?: RequestBudget;
  readonly watch?: Partial<WatchLimits>;
  /** A cluster of another identity on the same server: what is served there is the same for both, and asked for once. */
  readonly discoveryOf?: Cluster;
}

/** The caller in whose name requests are made until `forCaller` names another. */
const DEFAULT_CALLER = '';
const DISCOVERY_CALLER = 'discovery';

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const satisfies Record<PatchBody['type'], string>;

/** JSON is YAML: the one format that every server since 1.16 takes for server-side apply. */
const APPLY_TYPE = 'application/apply-patch+yaml';

/**
 * A Kubernetes API over a transport. Makes no request until it is asked for something. Requests wait their turn,
 * are bounded in number, size and time, and are tried again where that cannot do anything twice.
 */
export function createCluster(transport: Transport, options: ClusterOptions): Cluster {
  const requester = new Requester(transport, {
    clock: options.clock,
    random: options.random,
    budget: options.budget ?? new RequestBudget(),
  });
  const read: Read = (path, accept, signal) =>
    requester.send({ caller: DISCOVERY_CALLER, method: 'GET', path, headers: { accept }, repeatable: true }, signal);
  const { discovery, openApi } =
    options.discoveryOf instanceof ApiCluster
      ? ApiCluster.servedBy(options.discoveryOf)
      : { discovery: new Discovery(read, options.clock), openApi: new OpenApi(read, options.clock) };
  const watchLimits = { ...DEFAULT_WATCH_LIMITS, ...options.watch };
  return new ApiCluster(
    { requester, discovery, openApi, clock: options.clock, random: options.random, watchLimits },
    DEFAULT_CALLER,
  );
}

interface Parts {
  readonly requester: Requester;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly watchLimits: WatchLimits;
}

class ApiCluster implements Cluster {
  readonly #parts: Parts;
  readonly #caller: string;

  constructor(parts: Parts, caller: string) {
    this.#parts = parts;
    this.#caller = caller;
  }

  /** What is known of what a server serves. */
  static servedBy(cluster: ApiCluster): Pick<Parts, 'discovery' | 'openApi'> {
    return cluster.#parts;
  }

  forCaller(caller: string): Cluster {
    return new ApiCluster(this.#parts, caller);
  }

  resource(
    kind: KindRef,
    options?: { readonly refresh?: boolean; readonly signal?: AbortSignal },
  ): Promise<ResourceInfo | undefined> {
    return this.#parts.discovery.find(kind, options);
  }

  resources(signal?: AbortSignal): Promise<readonly ResourceInfo[]> {
    return this.#parts.discovery.all(signal);
  }

  schema(
    kind: KindRef,
    options?: { readonly refresh?: boolean; readonly signal?: AbortSignal },
  ): Promise<Schema | undefined> {
    return this.#parts.openApi.find(kind, options);
  }

  async get(ref: ObjectRef, signal?: AbortSignal): Promise<KubeObject | undefined> {
    const resource = await this.#resolve(ref, signal);
    try {
      const body = await this.#send(ref, { method: 'GET', path: objectPath(resource, ref), repeatable: true }, signal);
      return parseObject(body, `the read of ${ref.kind} ${ref.name}`);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list(selection: Selection, signal?: AbortSignal): Promise<ObjectList> {
    const lister = await this.#lister(selection, signal);
    return listAll(lister, this.#parts.watchLimits, signal);
  }

  async create(object: KubeObject, options: WriteOptions = {}, signal?: AbortSignal): Promise<KubeObject> {
    const resource = await this.#resolve(object, signal);
    const collection = namespacedCollectionPath(resource, object.metadata.namespace);
    const path =
      options.subresource === undefined ? collection : objectPath(resource, object.metadata, options.subresource);
    return this.#write(object, { method: 'POST', path, query: options, body: object }, signal);
  }

  async update(object: KubeObject, options: WriteOptions = {}, signal?: AbortSignal): Promise<KubeObject> {
    const resource = await this.#resolve(object, signal);
    const path = objectPath(resource, object.metadata, options.subresource);
    return this.#write(object, { method: 'PUT', path, query: options, body: object }, signal);
  }

  async apply(object: KubeObject, options: ApplyOptions, signal?: AbortSignal): Promise<KubeObject> {
    const resource = await this.#resolve(object, signal);
    const path = objectPath(resource, object.metadata, options.subresource);
    const write = { method: 'PATCH', path, query: options, body: object, contentType: APPLY_TYPE } as const;
    const { force, onUnanswered } = options;
    const sent = { ...write, force, repeatable: true, ...(onUnanswered === undefined ? {} : { onUnanswered }) };
    return this.#write(object, sent, signal);
  }

  async patch(ref: ObjectRef, body: PatchBody, options: WriteOptions = {}, signal?: AbortSignal): Promise<KubeObject> {
    const resource = await this.#resolve(ref, signal);
    const path = objectPath(resource, ref, options.subresource);
    const contentType = PATCH_TYPES[body.type];
    return this.#write(ref, { method: 'PATCH', path, query: options, body: body.patch, contentType }, signal);
  }

  async delete(
    ref: ObjectRef,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<'absent' | 'terminating' | 'gone'> {
    const resource = await this.#resolve(ref, signal);
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...(options.propagation === undefined ? {} : { propagationPolicy: options.propagation }),
      ...(options.preconditions === undefined ? {} : { preconditions: options.preconditions }),
      ...(options.dryRun === true ? { dryRun: ['All'] } : {}),
    };
    const request = {
      method: 'DELETE',
      path: objectPath(resource, ref),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      repeatable: true,
    } as const;
    try {
      return deletionOutcome(await this.#send(ref, request, signal), ref);
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw error;
    }
  }

  async *watch(selection: Selection, signal: AbortSignal): AsyncGenerator<WatchEvent, void, void> {
    for await (const event of this.#reflect(selection, signal)) {
      if (event.type !== 'bookmark') yield event;
    }
  }

  async podLog(
    { namespace, name, container, previous = false }: Parameters<Cluster['podLog']>[0],
    { tailLines, limitBytes }: { readonly tailLines: number; readonly limitBytes: number },
    signal?: AbortSignal,
  ): Promise<string> {
    const kind = { apiVersion: 'v1', kind: 'Pod' };
    const resource = await this.#resolve(kind, signal);
    const path = withQuery(`${objectPath(resource, { ...kind, namespace, name })}/log`, {
      container,
      tailLines: String(tailLines),
      limitBytes: String(limitBytes),
      previous: previous ? 'true' : undefined,
    });
    const request = { method: 'GET' as const, path, headers: { accept: '*/*' }, repeatable: true };
    return this.#send(kind, request, signal);
  }

  follow(selection: Selection, signal: AbortSignal): Store {
    const store = new ReflectedStore();
    const run = async (): Promise<void> => {
      try {
        for await (const event of this.#reflect(selection, signal)) store.take(event);
        store.stop(signal.reason);
      } catch (error) {
        store.stop(error);
        throw error; // A reflector handles every failure of the server: this is a bug and must surface.
      }
    };
    void run();
    return store;
  }

  #reflect(selection: Selection, signal: AbortSignal): AsyncGenerator<ReflectorEvent, void, void> {
    const { clock, random, watchLimits } = this.#parts;
    const source = selectionSource(selection, {
      caller: this.#caller,
      requester: this.#parts.requester,
      limits: watchLimits,
      lister: (listSignal) => this.#lister(selection, listSignal),
      resolve: (openSignal) => this.#resolve(selection, openSignal),
      failure: (failure) => this.#failure(selection, failure),
    });
    return reflect(source, { clock, random, limits: watchLimits }, signal);
  }

  async #lister(selection: Selection, signal: AbortSignal | undefined): Promise<Lister> {
    const resource = await this.#resolve(selection, signal);
    const collection = collectionPath(resource, selection.namespace);
    const { labelSelector, fieldSelector } = selection;
    return {
      kind: { apiVersion: selection.apiVersion, kind: selection.kind },
      read: (page, pageSignal) => {
        const path = withQuery(collection, { labelSelector, fieldSelector, ...page });
        return this.#send(selection, { method: 'GET', path, repeatable: true }, pageSignal);
      },
    };
  }

  async #write(
    target: KindRef & { readonly metadata?: KubeObject['metadata'] },
    write: {
      readonly method: 'POST' | 'PUT' | 'PATCH';
      readonly path: string;
      readonly query: WriteOptions;
      readonly force?: boolean;
      readonly body: unknown;
      readonly contentType?: string;
      readonly repeatable?: boolean;
      readonly onUnanswered?: () => void;
    },
    signal: AbortSignal | undefined,
  ): Promise<KubeObject> {
    const { dryRun, fieldManager, fieldValidation } = write.query;
    const path = withQuery(write.path, {
      fieldManager,
      fieldValidation,
      force: write.force,
      dryRun: dryRun === true ? 'All' : undefined,
    });
    const request = {
      method: write.method,
      path,
      headers: { 'content-type': write.contentType ?? 'application/json' },
      body: JSON.stringify(write.body),
      repeatable: write.repeatable ?? false,
      ...(write.onUnanswered === undefined ? {} : { onUnanswered: write.onUnanswered }),
    };
    return parseObject(await this.#send(target, request, signal), `${write.method} ${write.path}`);
  }

  async #resolve(kind: KindRef, signal: AbortSignal | undefined): Promise<ResourceInfo> {
    const resource = await this.#parts.discovery.find(kind, { signal });
    if (resource === undefined) throw new UnknownKindError(kind.apiVersion, kind.kind);
    return resource;
  }

  async #send(
    kind: KindRef,
    request: Omit<OutgoingRequest, 'caller'>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const headers = { accept: 'application/json', ...request.headers };
    const answer = await this.#parts.requester.send({ ...request, headers, caller: this.#caller }, signal);
    if (answer.ok) return answer.body;
    throw await this.#failure(kind, answer);
  }

  /** A 404 that names no object is about the path: the kind may have gone since discovery was read. */
  async #failure(kind: KindRef, failure: Failure): Promise<Error> {
    if (failure.error.code !== 404 || failure.status.details?.name !== undefined) return failure.error;
    try {
      const resource = await this.#parts.discovery.find(kind, { refresh: true });
      if (resource !== undefined) return failure.error;
      return new UnknownKindError(kind.apiVersion, kind.kind, { cause: failure.error });
    } catch {
      return failure.error; // Discovery failed too; what the server said first is the better message.
    }
  }
}
