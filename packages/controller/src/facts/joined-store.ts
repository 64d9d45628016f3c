import type { KubeObject } from '@stageset/k8s';
import type { Cluster, KindRef, ObjectList, Store, WatchEvent } from '@stageset/ports';

/** The objects of a kind in several namespaces, each watched by itself, as one store: synced when all of them are. */
class JoinedStore implements Store {
  readonly #parts: ReadonlyMap<string, Store>;

  constructor(parts: ReadonlyMap<string, Store>) {
    this.#parts = parts;
  }

  get synced(): boolean {
    return [...this.#parts.values()].every(({ synced }) => synced);
  }

  async whenSynced(): Promise<void> {
    await Promise.all([...this.#parts.values()].map((store) => store.whenSynced()));
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#parts.get(namespace ?? '')?.get(namespace, name);
  }

  *items(): IterableIterator<KubeObject> {
    for (const store of this.#parts.values()) yield* store.items();
  }

  subscribe(listener: (event: WatchEvent) => void): () => void {
    const take = (event: WatchEvent): void => {
      if (event.type !== 'synced') listener(event);
      // Half of a selection is none.
      else if (this.synced) listener({ ...event, items: [...this.items()] });
    };
    const ends = [...this.#parts.values()].map((store) => store.subscribe(take));
    return () => {
      for (const end of ends) end();
    };
  }

  remember(object: KubeObject): void {
    this.#parts.get(object.metadata.namespace ?? '')?.remember(object);
  }
}

/** Follows a namespaced kind everywhere, or in these namespaces alone. */
export function followIn(
  namespaces: readonly string[] | undefined,
  { cluster, signal }: { readonly cluster: Cluster; readonly signal: AbortSignal },
  { apiVersion, kind }: KindRef,
): Store {
  if (namespaces === undefined) return cluster.follow({ apiVersion, kind }, signal);
  return new JoinedStore(
    new Map(namespaces.map((namespace) => [namespace, cluster.follow({ apiVersion, kind, namespace }, signal)])),
  );
}

/** Lists a namespaced kind everywhere, or in these namespaces alone. */
export async function listIn(
  namespaces: readonly string[] | undefined,
  { cluster, signal }: { readonly cluster: Cluster; readonly signal: AbortSignal },
  { apiVersion, kind }: KindRef,
): Promise<ObjectList['items']> {
  const scopes = namespaces?.map((namespace) => ({ namespace })) ?? [{}];
  const lists = await Promise.all(scopes.map((scope) => cluster.list({ apiVersion, kind, ...scope }, signal)));
  return lists.flatMap(({ items }) => items);
}
