import { isNotFound, type KubeObject, parseApiVersion, UnknownKindError } from '@stageset/k8s';
import type { Clock, Cluster, KindRef, ResourceInfo, Selection, Store, WatchEvent } from '@stageset/ports';
import type { Logger } from '../logging/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** How long a kind that the cluster does not serve is taken to be unknown without asking again. */
const ASK_AGAIN_MS = 30_000;

/** How long an answer of discovery to all questions for versions is used. */
const SERVED_FOR_MS = 5_000;

/** A kind as its cache knows it now. */
export type WatchedKind =
  | { readonly state: 'unknown'; readonly askedMs: number }
  | { readonly state: 'watched'; readonly info: ResourceInfo; readonly store: Store };

export interface WatchedKindsParts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  /** Which objects of a kind are kept. */
  readonly labelSelector?: string;
  readonly onEvent: (kind: KindRef, event: WatchEvent) => void;
}

/**
 * One watch a kind, begun when the kind is first asked for and shared by all who ask. A kind that the cluster does not
 * serve is asked for again after `refresh`, or after a while.
 */
export class WatchedKinds {
  readonly #parts: WatchedKindsParts;
  readonly #kinds = new Map<string, WatchedKind>();
  #served: { readonly askedMs: number; readonly resources: Promise<readonly ResourceInfo[]> } | undefined;
  /** Questions under way, so that many who ask at once ask the server once. */
  readonly #asking = new Map<string, Promise<WatchedKind>>();

  constructor(parts: WatchedKindsParts) {
    this.#parts = parts;
  }

  /** What is known without asking; nothing, when it is time to ask. */
  known(kind: KindRef): WatchedKind | undefined {
    const known = this.#kinds.get(keyOf(kind));
    const stale = known?.state === 'unknown' && this.#parts.clock.now() - known.askedMs >= ASK_AGAIN_MS;
    return stale ? undefined : known;
  }

  /** Asks discovery where nothing is known yet, and begins the watch. */
  async find(kind: KindRef, signal: AbortSignal): Promise<WatchedKind> {
    const known = this.known(kind);
    if (known !== undefined) return known;
    const key = keyOf(kind);
    const asked = this.#asking.get(key) ?? this.#ask(kind, signal);
    this.#asking.set(key, asked);
    try {
      return await asked;
    } finally {
      this.#asking.delete(key);
    }
  }

  /** The version under which the cluster serves a kind now, whatever version it was known by. Asks discovery. */
  async servedVersion({ apiVersion, kind }: KindRef, signal: AbortSignal): Promise<string | undefined> {
    const { cluster, clock } = this.#parts;
    const { group } = parseApiVersion(apiVersion);
    // Many objects of one kind ask together.
    if (this.#served === undefined || clock.now() - this.#served.askedMs >= SERVED_FOR_MS) {
      this.#served = { askedMs: clock.now(), resources: cluster.resources(signal) };
      this.#served.resources.catch(() => {
        this.#served = undefined;
      });
    }
    return (await this.#served.resources).find((info) => info.group === group && info.kind === kind)?.version;
  }

  /** Lets kinds that were unknown be asked for again. */
  refresh(group: string, kind: string): void {
    for (const [key, known] of this.#kinds) {
      if (
        known.state === 'unknown' &&
        key.endsWith(`|${kind}`) &&
        parseApiVersion(key.split('|')[0] ?? '').group === group
      ) {
        this.#kinds.delete(key);
      }
    }
  }

  /** Takes in what a write has returned, if its kind is watched. */
  remember(object: KubeObject): void {
    const kind = this.#kinds.get(keyOf(object));
    if (kind?.state === 'watched') kind.store.remember(object);
  }

  /** Lists every kind that is watched, and takes in what its watch has not told of yet. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { cluster, labelSelector } = this.#parts;
    const watched = [...this.#kinds].flatMap(([key, known]) => (known.state === 'watched' ? [{ key, ...known }] : []));
    await Promise.all(
      watched.map(async ({ key, store }) => {
        const [apiVersion = '', kind = ''] = key.split('|');
        const selection = { apiVersion, kind, ...(labelSelector === undefined ? {} : { labelSelector }) };
        for (const item of (await cluster.list(selection, signal)).items) store.remember(item);
      }),
    );
  }

  async #ask(kind: KindRef, signal: AbortSignal): Promise<WatchedKind> {
    const { cluster } = this.#parts;
    // A kind that nobody knew may have come since discovery was last read.
    const info =
      (await cluster.resource(kind, { signal })) ?? (await cluster.resource(kind, { refresh: true, signal }));
    const found: WatchedKind =
      info === undefined
        ? { state: 'unknown', askedMs: this.#parts.clock.now() }
        : { state: 'watched', info, store: this.#watch(kind) };
    this.#kinds.set(keyOf(kind), found);
    return found;
  }

  #watch({ apiVersion, kind: name }: KindRef): Store {
    const { cluster, labelSelector, signal, onEvent } = this.#parts;
    // Whoever asks may name one object; the watch is of all of them.
    const kind: KindRef = { apiVersion, kind: name };
    const selection: Selection = { ...kind, ...(labelSelector === undefined ? {} : { labelSelector }) };
    const stop = new AbortController();
    const store = cluster.follow(selection, AbortSignal.any([signal, stop.signal]));
    store.subscribe((event) => {
      if (event.type === 'degraded') this.#degraded(kind, event.error, stop);
      onEvent(kind, event);
    });
    return store;
  }

  #degraded(kind: KindRef, error: Error, stop: AbortController): void {
    const { group, version } = parseApiVersion(kind.apiVersion);
    this.#parts.metrics.watchFailed(`${group}/${version}/${kind.kind}`);
    this.#parts.logger.warn('watch interrupted', {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      error: error.message,
    });
    // The kind has gone, its CustomResourceDefinition deleted: it is unknown until someone asks and it is there again.
    if (error instanceof UnknownKindError || isNotFound(error)) {
      this.#kinds.delete(keyOf(kind));
      stop.abort();
    }
  }
}

function keyOf({ apiVersion, kind }: KindRef): string {
  return `${apiVersion}|${kind}`;
}
