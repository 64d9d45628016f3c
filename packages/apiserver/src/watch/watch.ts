import { Buffer } from 'node:buffer';
import type { KubeObject } from '@stageset/k8s';
import type { Clock } from '@stageset/ports';
import { statusBody } from '../http/response.ts';
import type { KindDefinition } from '../registry/kind.ts';
import type { LocalRegistry } from '../registry/local-registry.ts';
import { StatusError } from '../registry/status-error.ts';
import { inVersionOf } from '../registry/version-view.ts';
import type { StoredEvent } from '../storage/storage.ts';
import { EventStream } from './event-stream.ts';

/** Bytes a watcher may have unread before it is cut off. */
export const WATCH_BUFFER_BYTES = 16 * 1024 * 1024;
/** How often a quiet watch is told how far it has come. */
export const BOOKMARK_INTERVAL_MS = 60_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

export interface WatchRequest {
  readonly kind: KindDefinition;
  readonly select: (object: KubeObject) => boolean;
  /** Where to go on from; `undefined` and 0 start with everything there is. */
  readonly revision: number | undefined;
  readonly sendInitialEvents: boolean | undefined;
  readonly bookmarks: boolean;
  readonly timeoutMs: number | undefined;
  /** How an object is written into an event: as it is, as metadata, as a table of one row. */
  readonly encode: (object: KubeObject) => Uint8Array;
  /** The object of a bookmark, which has a version and nothing else. */
  readonly bookmark: (resourceVersion: string, annotations: Record<string, string> | undefined) => object;
  readonly signal: AbortSignal | undefined;
}

const NEWLINE = Buffer.from('}\n');
const HEADS = Object.fromEntries(
  (['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const).map((type) => [
    type,
    Buffer.from(`{"type":"${type}","object":`),
  ]),
) as Readonly<Record<WatchEventType, Buffer>>;

/** The events of one selection, from a version on, as lines of JSON. Ends by time-out, abort, or when it falls behind. */
export function openWatch(registry: LocalRegistry, request: WatchRequest): AsyncIterable<Uint8Array> {
  const watch = new Watch(registry, request);
  watch.start();
  return watch.stream;
}

class Watch {
  readonly stream: EventStream;
  readonly #registry: LocalRegistry;
  readonly #request: WatchRequest;
  readonly #ends: (() => void)[] = [];
  #sentRevision = 0;
  #cancelBookmark: (() => void) | undefined;

  constructor(registry: LocalRegistry, request: WatchRequest) {
    this.#registry = registry;
    this.#request = request;
    this.stream = new EventStream(WATCH_BUFFER_BYTES, () => this.#release());
  }

  start(): void {
    const { kind, revision, sendInitialEvents, signal, timeoutMs } = this.#request;
    const { storage, clock, table } = this.#registry;
    if (signal?.aborted === true) {
      this.stream.cut();
      return;
    }
    try {
      if (sendInitialEvents ?? (revision === undefined || revision === 0)) this.#sendPresent();
      else if (revision !== undefined) for (const event of storage.since(kind.storage, revision)) this.#tell(event);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#send('ERROR', Buffer.from(JSON.stringify(statusBody(error.status))));
      this.stream.end();
      return;
    }
    this.#ends.push(storage.listen(kind.storage, (event) => this.#tell(event)));
    // A watch of a kind that is no longer served has nothing to tell.
    this.#ends.push(
      table.onChange(() => {
        if (table.byKind(kind) === undefined) this.stream.end();
      }),
    );
    if (signal !== undefined) {
      const abort = () => this.stream.cut();
      signal.addEventListener('abort', abort);
      this.#ends.push(() => signal.removeEventListener('abort', abort));
    }
    if (timeoutMs !== undefined) this.#ends.push(clock.schedule(timeoutMs, () => this.#timeOut()));
    if (this.#request.bookmarks) this.#scheduleBookmark(clock);
  }

  #sendPresent(): void {
    const { kind, select, encode, sendInitialEvents, bookmarks } = this.#request;
    const { keys, get } = this.#registry.storage.at(kind.storage);
    for (const key of keys) {
      const stored = get(key);
      if (stored === undefined) continue;
      const object = inVersionOf(kind, stored);
      if (select(object)) this.#send('ADDED', encode(object));
    }
    if (sendInitialEvents === true && bookmarks) this.#bookmark({ [INITIAL_EVENTS_END]: 'true' });
  }

  /** A change of what is selected may be a coming or a going for this watcher. */
  #tell({ type, object: stored, previous: before }: StoredEvent): void {
    const { kind, select, encode } = this.#request;
    const object = inVersionOf(kind, stored);
    const previous = before === undefined ? undefined : inVersionOf(kind, before);
    const was = previous !== undefined && select(previous);
    const is = type !== 'deleted' && select(object);
    if (is) this.#send(was ? 'MODIFIED' : 'ADDED', encode(object));
    else if (was && type === 'deleted') this.#send('DELETED', encode(object));
    else if (was) this.#send('DELETED', encode(lastSeen(previous, object)));
  }

  #send(type: WatchEventType, object: Uint8Array): void {
    this.stream.push(HEADS[type], object, NEWLINE);
  }

  #bookmark(annotations?: Record<string, string>): void {
    const revision = this.#registry.storage.revision;
    this.#sentRevision = revision;
    this.#send('BOOKMARK', Buffer.from(JSON.stringify(this.#request.bookmark(String(revision), annotations))));
  }

  #scheduleBookmark(clock: Clock): void {
    this.#cancelBookmark = clock.schedule(BOOKMARK_INTERVAL_MS, () => {
      if (this.stream.ended) return;
      if (this.#registry.storage.revision !== this.#sentRevision) this.#bookmark();
      this.#scheduleBookmark(clock);
    });
  }

  /** A last bookmark lets the watcher go on from where it ends. */
  #timeOut(): void {
    if (this.#request.bookmarks && this.#registry.storage.revision !== this.#sentRevision) this.#bookmark();
    this.stream.end();
  }

  #release(): void {
    this.#cancelBookmark?.();
    for (const end of this.#ends.splice(0)) end();
  }
}

/** What a watcher knew of an object that has left its selection, at the version at which it left. */
function lastSeen(previous: KubeObject, now: KubeObject): KubeObject {
  const { resourceVersion } = now.metadata;
  return {
    ...previous,
    metadata: { ...previous.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  };
}
