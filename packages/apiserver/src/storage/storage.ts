import { deepFreeze, type KubeObject } from '@stageset/k8s';
import { expired, failure, tooLargeResourceVersion } from '../registry/status-error.ts';
import { History } from './history.ts';
import type { Journal } from './journal.ts';
import { jsonBytes } from './object-bytes.ts';

/** What etcd takes in one request, unless it is told otherwise. */
const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;

/** One change, as the history keeps it and watchers see it. */
export interface StoredEvent {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly table: string;
  readonly key: string;
  readonly revision: number;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

export type StorageListener = (event: StoredEvent) => void;

interface Table {
  readonly objects: Map<string, KubeObject>;
  readonly history: History<StoredEvent>;
  readonly listeners: Set<StorageListener>;
  /** Keys in order, made when a list asks for them after a key came or went. */
  sorted: readonly string[] | undefined;
}

/** Key of an object in its table. Sorts as a real server's does: by namespace, then by name. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/**
 * All objects, in tables, under one resource version that only grows. Every table remembers its last changes, so that a
 * watch resumes and a paged list goes on from a version that is not too old.
 */
export class Storage {
  readonly #tables = new Map<string, Table>();
  readonly #everything = new Set<StorageListener>();
  readonly #historyLimit: number;
  readonly #journal: Journal | undefined;
  #revision: number;
  readonly #queue: StoredEvent[] = [];
  #telling = false;

  /** With a journal, starts with what it holds, and goes on from its revision; watches from before it are answered 410. */
  constructor(historyLimit: number, journal?: Journal) {
    this.#historyLimit = historyLimit;
    this.#journal = journal;
    this.#revision = Math.max(1, journal?.revision ?? 0);
    for (const { table, key, object } of journal?.entries() ?? []) {
      this.#table(table).objects.set(key, deepFreeze(object));
    }
  }

  get revision(): number {
    return this.#revision;
  }

  get(table: string, key: string): KubeObject | undefined {
    return this.#tables.get(table)?.objects.get(key);
  }

  count(table: string): number {
    return this.#tables.get(table)?.objects.size ?? 0;
  }

  /**
   * Keys and objects of a table in key order, as they were at `revision` (now, when left out).
   * @throws 410 `Expired` when the history does not reach back that far, 504 when it lies in the future.
   */
  at(
    table: string,
    revision: number = this.#revision,
  ): { keys: readonly string[]; get: (key: string) => KubeObject | undefined } {
    const found = this.#table(table);
    if (revision > this.#revision) throw tooLargeResourceVersion(revision, this.#revision);
    const later = this.#after(found, revision);
    if (later.length === 0) return { keys: sortedKeys(found), get: (key) => found.objects.get(key) };
    // The objects never change, so undoing the later events gives the table as it was.
    const undone = new Map(found.objects);
    for (const event of later.toReversed()) {
      if (event.previous === undefined) undone.delete(event.key);
      else undone.set(event.key, event.previous);
    }
    return { keys: [...undone.keys()].sort(), get: (key) => undone.get(key) };
  }

  /**
   * What happened to a table after `revision`, oldest first.
   * @throws 410 `Expired` when some of it has been forgotten, 504 when `revision` lies in the future.
   */
  since(table: string, revision: number): readonly StoredEvent[] {
    if (revision > this.#revision) throw tooLargeResourceVersion(revision, this.#revision);
    return this.#after(this.#table(table), revision);
  }

  /**
   * Stores an object under the next resource version and freezes it. Returns it as stored.
   * @throws 500 for an object larger than a real cluster's storage takes.
   */
  put(table: string, key: string, object: KubeObject): KubeObject {
    const found = this.#table(table);
    const previous = found.objects.get(key);
    const revision = this.#revision + 1;
    const stored = stamped(object, revision);
    requireStorable(stored);
    this.#journal?.put(table, key, revision, stored);
    this.#revision = revision;
    if (previous === undefined) found.sorted = undefined;
    found.objects.set(key, stored);
    const type = previous === undefined ? 'added' : 'modified';
    this.#tell({ type, table, key, revision, object: stored, previous });
    return stored;
  }

  /** Removes an object. Returns its last state under the resource version of the removal. */
  remove(table: string, key: string): KubeObject | undefined {
    const found = this.#table(table);
    const previous = found.objects.get(key);
    if (previous === undefined) return undefined;
    const revision = this.#revision + 1;
    this.#journal?.remove(table, key, revision);
    this.#revision = revision;
    const last = stamped(previous, revision);
    found.objects.delete(key);
    found.sorted = undefined;
    this.#tell({ type: 'deleted', table, key, revision, object: last, previous });
    return last;
  }

  /** Forgets a whole table: nothing is told, watchers have been ended by whoever drops it. */
  drop(table: string): void {
    this.#tables.delete(table);
  }

  /** Forgets all history up to now: a resume from an older version is answered 410. */
  compact(): void {
    for (const table of this.#tables.values()) table.history.clear(this.#revision);
  }

  /** Tells every change of a table (of all, for `'*'`), in order, after it is done. Returns what ends it. */
  listen(table: string, listener: StorageListener): () => void {
    const listeners = table === '*' ? this.#everything : this.#table(table).listeners;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  #after(table: Table, revision: number): readonly StoredEvent[] {
    if (revision < table.history.forgottenUntil) {
      const oldest = table.history.forgottenUntil;
      throw expired(`too old resource version: ${revision} (${oldest})`);
    }
    return table.history.after(revision);
  }

  #table(name: string): Table {
    let table = this.#tables.get(name);
    if (table === undefined) {
      const history = new History<StoredEvent>(this.#historyLimit, this.#journal?.revision);
      table = { objects: new Map(), history, listeners: new Set(), sorted: undefined };
      this.#tables.set(name, table);
    }
    return table;
  }

  /** Listeners may write; their events wait until the present one has reached everybody. */
  #tell(event: StoredEvent): void {
    this.#table(event.table).history.add(event);
    this.#queue.push(event);
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        for (const listener of [...(this.#tables.get(next.table)?.listeners ?? []), ...this.#everything])
          listener(next);
      }
    } finally {
      this.#telling = false;
    }
  }
}

function stamped(object: KubeObject, revision: number): KubeObject {
  const { kind, apiVersion, metadata, ...rest } = object;
  // Kind and version first, as the real server writes them: lists rely on it to leave them out.
  return deepFreeze({ kind, apiVersion, metadata: { ...metadata, resourceVersion: String(revision) }, ...rest });
}

function requireStorable(object: KubeObject): void {
  if (jsonBytes(object).byteLength > MAX_OBJECT_BYTES) throw failure(500, '', 'etcdserver: request is too large');
}

function sortedKeys(table: Table): readonly string[] {
  table.sorted ??= [...table.objects.keys()].sort();
  return table.sorted;
}
