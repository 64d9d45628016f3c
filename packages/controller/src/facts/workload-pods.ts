import type { Health } from '@stageset/delivery';
import {
  formatLabelSelector,
  hasPods,
  isJsonObject,
  type KubeObject,
  type LabelSelectorObject,
  labelSelectorOf,
  own,
  SelectorError,
  withPods,
} from '@stageset/k8s';
import type { Clock, Store } from '@stageset/ports';
import type { Interests } from './interests.ts';
import type { Reader } from './named-objects.ts';

/** How long a workload is in progress before its pods are looked at: most are ready before, and cost no request. */
export const LOOK_AFTER_MS = 3_000;
/** Workloads of one StageSet whose pods are watched at a time; the others are waited for by what they say themselves. */
export const MAX_WATCHED = 20;

interface Watched {
  readonly users: Set<string>;
  readonly stop: AbortController;
  store: Store | undefined;
}

/**
 * Pods of workloads that do not become ready: they tell why, and whether there is any hope. Watched by selector, only while
 * their workload is in progress. An identity that may not read pods is told nothing of them.
 */
export class WorkloadPods {
  readonly #clock: Clock;
  readonly #interests: Interests;
  readonly #watched = new Map<string, Watched>();
  readonly #perUser = new Map<string, number>();

  constructor(clock: Clock, interests: Interests) {
    this.#clock = clock;
    this.#interests = interests;
  }

  /** The health of an object with what its pods say; the same where they say nothing. */
  healthOf(live: KubeObject, health: Health, reader: Reader, interests: Set<string>): Health {
    if (health.status !== 'InProgress' || !hasPods(live)) return health;
    const pods = this.#podsOf(live, reader, interests);
    if (pods.length === 0) return health;
    const { status, reason, message = '' } = health;
    const own = { status, message, ...(reason === undefined ? {} : { reason }) };
    return withPods(own, live, pods, { nowMs: this.#clock.now() });
  }

  /** Ends the watches that a StageSet alone has used and does not any more. */
  release(user: string, interests: ReadonlySet<string>): void {
    for (const [interest, { users, stop }] of this.#watched) {
      if (interests.has(interest) || !users.delete(user)) continue;
      this.#count(user, -1);
      if (users.size > 0) continue;
      stop.abort();
      this.#watched.delete(interest);
    }
  }

  #podsOf(live: KubeObject, { target, user }: Reader, interests: Set<string>): readonly KubeObject[] {
    const { namespace = '', uid = '' } = live.metadata;
    const labelSelector = selectorOf(live);
    if (labelSelector === undefined) return [];
    const interest = `pods:${target.key}|${namespace}/${uid}`;
    const known = this.#watched.get(interest);
    if (known?.users.has(user) !== true) {
      if ((this.#perUser.get(user) ?? 0) >= MAX_WATCHED) return [];
      this.#count(user, 1);
    }
    interests.add(interest);
    known?.users.add(user);
    if (known !== undefined) return [...(known.store?.items() ?? [])];
    const watched: Watched = { users: new Set([user]), stop: new AbortController(), store: undefined };
    this.#watched.set(interest, watched);
    const signal = AbortSignal.any([target.signal, watched.stop.signal]);
    const cancel = this.#clock.schedule(LOOK_AFTER_MS, () => {
      watched.store = target.cluster.follow({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }, signal);
      watched.store.subscribe((event) => {
        if (event.type !== 'degraded') this.#interests.wake(interest);
      });
    });
    signal.addEventListener('abort', cancel, { once: true });
    return [];
  }

  #count(user: string, by: 1 | -1): void {
    const now = (this.#perUser.get(user) ?? 0) + by;
    if (now > 0) this.#perUser.set(user, now);
    else this.#perUser.delete(user);
  }
}

/** `spec.selector` as text; `undefined` where there is none that selects. */
function selectorOf({ spec }: KubeObject): string | undefined {
  const selector = isJsonObject(spec) ? own(spec, 'selector') : undefined;
  if (!isJsonObject(selector)) return undefined;
  try {
    const text = formatLabelSelector(labelSelectorOf(selector as LabelSelectorObject));
    return text === '' ? undefined : text;
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}
