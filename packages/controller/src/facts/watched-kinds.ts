import {
  ApiError,
  isForbidden,
  isNotFound,
  type KubeObject,
  type ObjectRef,
  parseApiVersion,
  UnknownKindError,
} from '@stageset/k8s';
import type { Clock, Cluster, KindRef, ResourceInfo, Selection, Store, WatchEvent } from '@stageset/ports';
import type { Logger } from '../logging/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { isRefusedIdentity } from '../tenancy/denied.ts';
import type { PolledObjects } from '../tenancy/polled-objects.ts';

/** How long a kind that the cluster does not serve is taken to be unknown without asking again. */
const ASK_AGAIN_MS = 30_000;
/** How soon another cluster that did not say what it serves is asked again; it doubles up to the second. */
const FIRST_ASK_AGAIN_MS = 2_000;
const MAX_ASK_AGAIN_MS = 60_000;

/** How long an answer of discovery to all questions for versions is used. */
const SERVED_FOR_MS = 5_000;

/** Which objects are asked about: those of a kind, of a namespace, or one. */
export type Question = KindRef & { readonly namespace?: string; readonly name?: string };

/** A kind as it is known now, as far as one question goes. */
export type WatchedKind =
  /** The cluster serves no such kind. */
  | { readonly state: 'unknown' }
  /** Its objects are in the store, once that is synced. */
  | { readonly state: 'watched'; readonly info: ResourceInfo; readonly store: Pick<Store, 'synced' | 'get'> }
  /** The cluster has been asked and has not answered yet. */
  | { readonly state: 'asking' }
  /** The identity may not read it. */
  | { readonly state: 'denied'; readonly error: ApiError }
  /** It cannot be asked: the identity's credentials are refused, or its cluster does not answer. */
  | { readonly state: 'failed'; readonly error: Error };

type Asked =
  | { readonly state: 'unknown'; readonly askedMs: number }
  | { readonly state: 'served'; readonly info: ResourceInfo }
  | { readonly state: 'asking' }
  | { readonly state: 'failed'; readonly error: Error };

interface Followed {
  readonly selection: Selection;
  readonly store: Store;
  /** Why the watch is down. */
  problem: Error | undefined;
  isFallbackTold: boolean;
}

export interface WatchedKindsParts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  /** Who watches, for people; the controller when absent. */
  readonly who?: string;
  /** Which objects of a kind are kept. */
  readonly labelSelector?: string;
  /** Sees its own namespaces alone: they are watched one by one. */
  readonly isTenant?: boolean;
  /** Another cluster: it may be slow or gone, so it is asked beside the passes and never in them. */
  readonly isRemote?: boolean;
  /** Reads what may not be watched; without it, that is denied. */
  readonly polled?: PolledObjects;
  /** `namespace` is that of the watch which tells it, if it is of one alone. */
  readonly onEvent: (kind: KindRef, event: WatchEvent, namespace?: string) => void;
  /** Something else than an object has changed what is known of a kind. */
  readonly onChange?: (kind: KindRef) => void;
  /** Told once for each kind that cannot be watched and is read on a timer. */
  readonly onFallback?: (note: string) => void;
}

const UNSYNCED: Pick<Store, 'synced' | 'get'> = { synced: false, get: () => undefined };

/**
 * One watch a kind, begun when the kind is first asked for and shared by all who ask; for tenants one a kind and
 * namespace. A kind that the cluster does not serve is asked for again after `refresh`, or after a while. What may not be
 * listed is read by name.
 */
export class WatchedKinds {
  readonly #parts: WatchedKindsParts;
  readonly #kinds = new Map<string, Asked>();
  #served: { readonly askedMs: number; readonly resources: Promise<readonly ResourceInfo[]> } | undefined;
  /** Questions under way, so that many who ask at once ask the server once. */
  readonly #asking = new Map<string, Promise<Asked>>();
  /** By kind and namespace. */
  readonly #followed = new Map<string, Followed>();
  readonly #told = new Set<string>();

  constructor(parts: WatchedKindsParts) {
    this.#parts = parts;
  }

  /** What is known without asking; nothing, when it is time to ask. */
  known(question: Question): WatchedKind | undefined {
    const asked = this.#kinds.get(keyOf(question));
    const stale = asked?.state === 'unknown' && this.#parts.clock.now() - asked.askedMs >= ASK_AGAIN_MS;
    return asked === undefined || stale ? undefined : this.#answer(asked, question);
  }

  /** Asks discovery where nothing is known yet, and begins the watch. */
  async find(question: Question, signal: AbortSignal): Promise<WatchedKind> {
    const known = this.known(question);
    if (known !== undefined) return known;
    if (this.#parts.isRemote === true) {
      this.#kinds.set(keyOf(question), { state: 'asking' });
      void this.#askBeside(question, FIRST_ASK_AGAIN_MS);
      return { state: 'asking' };
    }
    const key = keyOf(question);
    const asked = this.#asking.get(key) ?? this.#ask(question, signal);
    this.#asking.set(key, asked);
    try {
      return this.#answer(await asked, question);
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

  /** Takes in what a write has returned, where its kind is watched. */
  remember(object: KubeObject): void {
    const { namespace } = object.metadata;
    for (const scope of namespace === undefined ? [undefined] : [undefined, namespace]) {
      const followed = this.#followed.get(scopeKey(object, scope));
      if (followed?.store.synced === true) followed.store.remember(object);
    }
    this.#parts.polled?.remember(object);
  }

  /** What is known of an object is out of date, where no watch will tell. */
  expire(ref: ObjectRef): void {
    this.#parts.polled?.expire(ref);
  }

  #answer(asked: Asked, question: Question): WatchedKind {
    switch (asked.state) {
      case 'served':
        return this.#view(asked.info, question);
      case 'unknown':
        return { state: 'unknown' };
      case 'asking':
      case 'failed':
        return asked;
    }
  }

  /** The widest watch that the identity may have. */
  #view(info: ResourceInfo, question: Question): WatchedKind {
    const { isTenant, polled } = this.#parts;
    const namespace = info.namespaced ? question.namespace : undefined;
    const scopes = namespace === undefined ? [undefined] : isTenant === true ? [namespace] : [undefined, namespace];
    for (const scope of scopes) {
      const { store, problem } = this.#follow(question, scope);
      if (store.synced || problem === undefined) return { state: 'watched', info, store };
      if (isRefusedIdentity(problem)) return { state: 'failed', error: problem };
      if (!isForbidden(problem)) {
        return this.#parts.isRemote === true
          ? { state: 'failed', error: problem }
          : { state: 'watched', info, store: UNSYNCED };
      }
      if (scope !== scopes.at(-1)) continue;
      if (question.name === undefined || polled === undefined) return { state: 'denied', error: problem };
    }
    return this.#read(info, question, namespace);
  }

  #read(info: ResourceInfo, { apiVersion, kind, name = '' }: Question, namespace: string | undefined): WatchedKind {
    const ref = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
    const reading = this.#parts.polled?.read(ref) ?? { state: 'unread' };
    switch (reading.state) {
      case 'unread':
        return { state: 'watched', info, store: UNSYNCED };
      case 'read': {
        const followed = this.#followed.get(scopeKey(ref, namespace)) ?? this.#followed.get(scopeKey(ref, undefined));
        if (followed !== undefined) this.#tellFallback(ref, namespace, 'read one by one', followed);
        return { state: 'watched', info, store: { synced: true, get: () => reading.object } };
      }
      case 'denied':
      case 'failed':
        return reading;
    }
  }

  /** Lists everything that is watched, and takes in what its watch has not told of yet. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { cluster } = this.#parts;
    const synced = [...this.#followed.values()].filter(({ store }) => store.synced);
    await Promise.all(
      synced.map(async ({ selection, store }) => {
        for (const item of (await cluster.list(selection, signal)).items) store.remember(item);
      }),
    );
  }

  async #ask(kind: KindRef, signal: AbortSignal): Promise<Asked> {
    const { cluster } = this.#parts;
    // A kind that nobody knew may have come since discovery was last read.
    const info =
      (await cluster.resource(kind, { signal })) ?? (await cluster.resource(kind, { refresh: true, signal }));
    const asked: Asked =
      info === undefined ? { state: 'unknown', askedMs: this.#parts.clock.now() } : { state: 'served', info };
    this.#kinds.set(keyOf(kind), asked);
    return asked;
  }

  /** Asks until there is an answer, and says when what is known changes. */
  async #askBeside(kind: KindRef, delayMs: number): Promise<void> {
    const { clock, signal, onChange } = this.#parts;
    try {
      await this.#ask(kind, signal);
      onChange?.(kind);
    } catch (error) {
      if (signal.aborted) return;
      const before = this.#kinds.get(keyOf(kind));
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#kinds.set(keyOf(kind), { state: 'failed', error: failure });
      if (before?.state !== 'failed') onChange?.(kind);
      const cancel = clock.schedule(delayMs, () => {
        signal.removeEventListener('abort', cancel);
        void this.#askBeside(kind, Math.min(MAX_ASK_AGAIN_MS, delayMs * 2));
      });
      signal.addEventListener('abort', cancel, { once: true });
    }
  }

  #follow({ apiVersion, kind: name }: KindRef, namespace: string | undefined): Followed {
    // Whoever asks may name one object; the watch is of all of them.
    const kind: KindRef = { apiVersion, kind: name };
    const key = scopeKey(kind, namespace);
    const known = this.#followed.get(key);
    if (known !== undefined) return known;
    const { cluster, labelSelector, signal, onEvent } = this.#parts;
    const selection: Selection = {
      ...kind,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    };
    const stop = new AbortController();
    const store = cluster.follow(selection, AbortSignal.any([signal, stop.signal]));
    const followed: Followed = { selection, store, problem: undefined, isFallbackTold: false };
    store.subscribe((event) => {
      if (event.type === 'degraded') this.#degraded(kind, namespace, event.error, followed, stop);
      else followed.problem = undefined;
      onEvent(kind, event, namespace);
    });
    this.#followed.set(key, followed);
    return followed;
  }

  #degraded(
    kind: KindRef,
    namespace: string | undefined,
    error: Error,
    followed: Followed,
    stop: AbortController,
  ): void {
    const isNews = followed.problem?.message !== error.message;
    followed.problem = error;
    const { group, version } = parseApiVersion(kind.apiVersion);
    this.#parts.metrics.watchFailed(`${group}/${version}/${kind.kind}`);
    if (isNews) {
      const { who = 'the controller' } = this.#parts;
      this.#parts.logger.warn('watch interrupted', { ...kind, namespace, who, error: error.message });
      // Who waits for the first list learns that it does not come.
      if (!followed.store.synced) this.#parts.onChange?.(kind);
    }
    if (followed.store.synced && error instanceof ApiError && (error.code === 403 || error.code === 405)) {
      this.#tellFallback(kind, namespace, 'listed', followed);
    }
    // The kind has gone, its CustomResourceDefinition deleted: it is unknown until someone asks and it is there again.
    if (error instanceof UnknownKindError || isNotFound(error)) {
      this.#kinds.delete(keyOf(kind));
      this.#followed.delete(scopeKey(kind, namespace));
      stop.abort();
    }
  }

  #tellFallback({ apiVersion, kind }: KindRef, namespace: string | undefined, how: string, followed: Followed): void {
    const key = keyOf({ apiVersion, kind });
    if (followed.isFallbackTold || this.#told.has(key)) return;
    followed.isFallbackTold = true;
    this.#told.add(key);
    const { who = 'the controller', onFallback } = this.#parts;
    const place = namespace === undefined ? '' : ` in namespace "${namespace}"`;
    const verbs = how === 'listed' ? 'watch' : 'list and watch';
    onFallback?.(
      `${who} may not ${verbs} ${kind} of ${apiVersion}${place}: they are ${how} from time to time, and changes are seen later; grant it ${verbs} to have them seen at once`,
    );
  }
}

function keyOf({ apiVersion, kind }: KindRef): string {
  return `${apiVersion}|${kind}`;
}

function scopeKey(kind: KindRef, namespace: string | undefined): string {
  return `${keyOf(kind)}|${namespace ?? ''}`;
}
