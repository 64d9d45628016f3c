import type { KubeObject } from '@stageset/k8s';
import type { Store, WatchEvent } from '@stageset/ports';
import { deepFreeze } from './deep-freeze.ts';
import type { ReflectorEvent } from './events.ts';
import { OwnWrites } from './own-writes.ts';
import { isNewer } from './resource-version.ts';

/**
 * The content of one selection as the server has told it, plus what this process has just written itself. Takes in
 * events of a reflector; never goes back in an object's history while resourceVersions can be compared.
 */
export class ReflectedStore implements Store {
  #objects = new Map<string, KubeObject>();
  /** Not confirmed by the watch yet. */
  readonly #unconfirmed = new OwnWrites();
  /** Up to where the server's events have been taken in. */
  #position: string | undefined;
  #isSynced = false;
  readonly #listeners = new Set<(event: WatchEvent) => void>();
  readonly #firstSync = Promise.withResolvers<void>();

  constructor() {
    this.#firstSync.promise.catch(() => undefined); // Nobody needs to wait for it.
  }

  get synced(): boolean {
    return this.#isSynced;
  }

  whenSynced(): Promise<void> {
    return this.#firstSync.promise;
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(keyOf(namespace, name));
  }

  items(): IterableIterator<KubeObject> {
    return this.#objects.values();
  }

  subscribe(listener: (event: WatchEvent) => void): () => void {
    const own = (event: WatchEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  remember(object: KubeObject): void {
    const key = keyOfObject(object);
    const version = object.metadata.resourceVersion;
    if (!this.#isSynced || !isNewer(version, this.#position)) return; // The watch has told of it, or of its end.
    const held = this.#objects.get(key);
    if (held !== undefined && !isNewer(version, held.metadata.resourceVersion)) return;
    const frozen = deepFreeze(object);
    this.#objects.set(key, frozen);
    this.#unconfirmed.add(key, frozen);
  }

  /** Takes one event in and then tells the subscribers; what the store knows better already is left out. */
  take(event: ReflectorEvent): void {
    switch (event.type) {
      case 'synced':
        this.#swap(event.items, event.resourceVersion);
        break;
      case 'applied':
      case 'deleted': {
        const object = this.#change(event.type, event.object);
        if (object !== undefined) this.#tell({ type: event.type, object });
        return;
      }
      case 'bookmark':
        this.#advance(event.resourceVersion);
        return;
      case 'degraded':
        break;
    }
    this.#tell(event);
  }

  /** The watch has been stopped: nobody will see a first list any more. */
  stop(reason: unknown): void {
    this.#firstSync.reject(reason);
    this.#listeners.clear();
  }

  #swap(items: readonly KubeObject[], resourceVersion: string): void {
    const objects = new Map<string, KubeObject>();
    for (const item of items) objects.set(keyOfObject(item), deepFreeze(item));
    for (const [key, own] of this.#unconfirmed.entries()) {
      // A list may have been read just before the write.
      if (isNewer(own.metadata.resourceVersion, resourceVersion)) objects.set(key, own);
      else this.#unconfirmed.delete(key);
    }
    this.#objects = objects;
    this.#position = resourceVersion;
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#firstSync.resolve();
  }

  /** The object to tell of, or `undefined` where something newer is known. */
  #change(type: 'applied' | 'deleted', object: KubeObject): KubeObject | undefined {
    const key = keyOfObject(object);
    const { resourceVersion } = object.metadata;
    const own = this.#unconfirmed.get(key);
    const isOutdated = own !== undefined && isNewer(own.metadata.resourceVersion, resourceVersion);
    // What is confirmed stays the very object that others hold and have looked at.
    const isConfirmed = type === 'applied' && own !== undefined && own.metadata.resourceVersion === resourceVersion;
    const told = isConfirmed ? own : deepFreeze(object);
    if (!isOutdated) {
      this.#unconfirmed.delete(key);
      if (type === 'deleted') this.#objects.delete(key);
      else this.#objects.set(key, told);
    }
    this.#advance(resourceVersion);
    return isOutdated ? undefined : told;
  }

  /**
   * Moves the position. A write that the watch has passed without telling of it is not in the selection (a label does
   * not match), or was deleted before the watch began: it leaves the store.
   */
  #advance(resourceVersion: string | undefined): void {
    if (resourceVersion === undefined) return;
    this.#position = resourceVersion;
    for (const key of this.#unconfirmed.passed(resourceVersion)) this.#objects.delete(key);
  }

  #tell(event: WatchEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        // A listener that throws is a bug: it must surface, and stop neither the store nor the other listeners.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

function keyOfObject(object: KubeObject): string {
  return keyOf(object.metadata.namespace, object.metadata.name);
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
