import { isForbidden, isNotFound, type ObjectRef, UnknownKindError } from '@stageset/k8s';
import type { Store } from '@stageset/ports';
import type { Interests } from '../facts/interests.ts';
import type { Reading } from './polled-objects.ts';
import { objectInterest, type Target } from './target.ts';

interface Watched {
  readonly store: Store;
  readonly stop: AbortController;
  readonly users: Set<string>;
  /** Why the watch tells nothing yet. */
  problem: Error | undefined;
}

/**
 * Single objects that specs name, such as a Secret with variables: each is watched alone and by name, as the identity
 * that the spec gives and for as long as a StageSet refers to it. Nothing else of its namespace is read. Where that
 * identity may read the object and not watch it, it is read from time to time.
 */
export class ObjectWatches {
  readonly #interests: Interests;
  readonly #watched = new Map<string, Watched>();

  constructor(interests: Interests) {
    this.#interests = interests;
  }

  /** What is known of an object. `user` is the StageSet; what wakes it when that changes is added to `interests`. */
  read(target: Target, ref: ObjectRef, user: string, interests: Set<string>): Reading {
    const interest = objectInterest(target.key, ref);
    interests.add(interest);
    const { store, problem } = this.#watch(target, ref, user, interest);
    if (store.synced) return { state: 'read', object: store.get(ref.namespace, ref.name) };
    if (problem === undefined) return { state: 'unread' };
    return isForbidden(problem) ? target.polled.read(ref) : { state: 'failed', error: problem };
  }

  /** Ends the watches that a StageSet alone has used and does not any more. */
  release(user: string, interests: ReadonlySet<string>): void {
    for (const [interest, { users, stop }] of this.#watched) {
      if (interests.has(interest) || !users.delete(user) || users.size > 0) continue;
      stop.abort();
      this.#watched.delete(interest);
    }
  }

  #watch(target: Target, { apiVersion, kind, namespace, name }: ObjectRef, user: string, interest: string): Watched {
    const known = this.#watched.get(interest);
    if (known !== undefined) {
      known.users.add(user);
      return known;
    }
    const stop = new AbortController();
    const scope = namespace === undefined ? {} : { namespace };
    const store = target.cluster.follow(
      { apiVersion, kind, ...scope, fieldSelector: `metadata.name=${name}` },
      AbortSignal.any([target.signal, stop.signal]),
    );
    const watched: Watched = { store, stop, users: new Set([user]), problem: undefined };
    store.subscribe((event) => {
      // The kind has gone: whoever wants the object finds out what there is instead.
      if (event.type === 'degraded' && (event.error instanceof UnknownKindError || isNotFound(event.error))) {
        stop.abort();
        this.#watched.delete(interest);
      }
      const before = watched.problem?.message;
      watched.problem = event.type === 'degraded' ? event.error : undefined;
      if (event.type !== 'degraded' || (!store.synced && before !== event.error.message))
        this.#interests.wake(interest);
    });
    this.#watched.set(interest, watched);
    return watched;
  }
}
