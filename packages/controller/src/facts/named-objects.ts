import {
  formatApiVersion,
  formatRef,
  isForbidden,
  isNotFound,
  type KubeObject,
  type ObjectRef,
  parseApiVersion,
  UnknownKindError,
} from '@stageset/k8s';
import type { Clock, Cluster, Store } from '@stageset/ports';
import type { Interests } from './interests.ts';
import { KindLookup } from './kind-lookup.ts';

/** An object that a spec names, as its watch knows it. `ref` is what is read: in the scope and the version of the cluster. */
export type NamedObject =
  | { readonly state: 'syncing'; readonly ref: ObjectRef }
  | { readonly state: 'unknown-kind' | 'denied'; readonly ref: ObjectRef; readonly message: string }
  | { readonly state: 'read'; readonly ref: ObjectRef; readonly object: KubeObject | undefined };

interface Watched {
  readonly store: Store;
  readonly stop: AbortController;
  readonly users: Set<string>;
  /** Why it may not be read now. */
  denied: string | undefined;
}

/** Who reads: the cluster as the one in whose name an object is named, and what tells that one from others. */
export interface Reader {
  readonly cluster: Cluster;
  readonly identity: string;
  /** `<namespace>/<name>` of the StageSet. */
  readonly user: string;
}

/**
 * Objects that specs name, of any kind and namespace; each is watched alone and by name for as long as a StageSet names it.
 * Nothing else of its namespace is read.
 */
export class NamedObjects {
  readonly #kinds: KindLookup;
  readonly #interests: Interests;
  readonly #signal: AbortSignal;
  readonly #watched = new Map<string, Watched>();

  constructor(clock: Clock, interests: Interests, signal: AbortSignal) {
    this.#kinds = new KindLookup(clock);
    this.#interests = interests;
    this.#signal = signal;
  }

  /**
   * Reads an object and begins to watch it; adds to `interests` what would change the answer.
   *
   * @param namespace where a namespaced object is looked for.
   */
  async read(
    named: Omit<ObjectRef, 'namespace'> & { readonly namespace: string },
    reader: Reader,
    interests: Set<string>,
    signal: AbortSignal,
  ): Promise<NamedObject> {
    const { apiVersion, kind, namespace, name } = named;
    const { group } = parseApiVersion(apiVersion);
    interests.add(`crd:${group}/${kind}`);
    const info = await this.#kinds.find(reader.cluster, { apiVersion, kind }, signal);
    if (info === undefined) {
      const ref = { apiVersion, kind, namespace, name };
      const message = `the cluster has no kind ${kind} in ${group === '' ? 'the core API' : group}; it goes on as soon as its CustomResourceDefinition is installed`;
      return { state: 'unknown-kind', ref, message };
    }
    const served = formatApiVersion(info.group, info.version);
    const ref = { apiVersion: served, kind, name, ...(info.namespaced ? { namespace } : {}) };
    const interest = `object:${reader.identity}|${served}|${kind}/${ref.namespace ?? ''}/${name}`;
    interests.add(interest);
    const { store, denied } = this.#watch(ref, interest, reader);
    if (denied !== undefined) return { state: 'denied', ref, message: `${formatRef(ref)} cannot be read: ${denied}` };
    if (!store.synced) return { state: 'syncing', ref };
    return { state: 'read', ref, object: store.get(ref.namespace, name) };
  }

  /** Ends the watches that a StageSet alone has used and does not any more. */
  release(user: string, interests: ReadonlySet<string>): void {
    for (const [interest, { users, stop }] of this.#watched) {
      if (interests.has(interest) || !users.delete(user) || users.size > 0) continue;
      stop.abort();
      this.#watched.delete(interest);
    }
  }

  /** A definition has changed: its kind may be served now, or in another version. */
  refresh(group: string, kind: string): void {
    this.#kinds.refresh(group, kind);
  }

  #watch({ name, ...ref }: ObjectRef, interest: string, { cluster, user }: Reader): Watched {
    const known = this.#watched.get(interest);
    known?.users.add(user);
    if (known !== undefined) return known;
    const stop = new AbortController();
    const store = cluster.follow(
      { ...ref, fieldSelector: `metadata.name=${name}` },
      AbortSignal.any([this.#signal, stop.signal]),
    );
    const watched: Watched = { store, stop, users: new Set([user]), denied: undefined };
    this.#watched.set(interest, watched);
    store.subscribe((event) => {
      if (event.type !== 'degraded') watched.denied = undefined;
      else if (isForbidden(event.error)) watched.denied = event.error.message;
      else if (event.error instanceof UnknownKindError || isNotFound(event.error)) this.#drop(interest, watched);
      else return;
      this.#interests.wake(interest);
    });
    return watched;
  }

  /** The kind has gone: it is asked for anew. */
  #drop(interest: string, { stop }: Watched): void {
    stop.abort();
    this.#watched.delete(interest);
  }
}
