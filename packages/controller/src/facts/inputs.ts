import { createHash } from 'node:crypto';
import type { Stage, StageSet } from '@stageset/api';
import { type Failure, mergeVariables } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';
import type { Cluster, Store } from '@stageset/ports';
import type { Interests } from './interests.ts';

/** The variables of one stage. Values never leave this program but into what is built. */
export type Variables =
  | { readonly state: 'syncing'; readonly waitingFor: string }
  | { readonly state: 'missing'; readonly failure: Failure }
  | { readonly state: 'known'; readonly values: ReadonlyMap<string, string> | undefined; readonly digest: string };

interface Watched {
  readonly store: Store;
  readonly stop: AbortController;
  readonly users: Set<string>;
}

/**
 * ConfigMaps and Secrets whose keys are variables, each watched alone and by name for as long as a StageSet refers to it:
 * nothing else of its namespace is read.
 */
export class Inputs {
  readonly #cluster: Cluster;
  readonly #interests: Interests;
  readonly #signal: AbortSignal;
  readonly #watched = new Map<string, Watched>();

  constructor(cluster: Cluster, interests: Interests, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#interests = interests;
    this.#signal = signal;
  }

  /** The merged variables of a stage: later references win over earlier ones, `substitute` over all. */
  read(stageSet: StageSet, stage: Stage, interests: Set<string>): Variables {
    const namespace = stageSet.metadata.namespace ?? '';
    const user = `${namespace}/${stageSet.metadata.name}`;
    const found = new Map<string, KubeObject | undefined>();
    for (const { kind, name } of stage.postBuild?.substituteFrom ?? []) {
      const subject = `${kind} ${namespace}/${name}`;
      const interest = `input:${kind}/${namespace}/${name}`;
      interests.add(interest);
      const store = this.#watch({ kind, namespace, name, interest, user });
      if (!store.synced) return { state: 'syncing', waitingFor: subject };
      found.set(`${kind}/${name}`, store.get(namespace, name));
    }
    const merged = mergeVariables(stage.postBuild, ({ kind, name }) => found.get(`${kind}/${name}`));
    if (merged.kind === 'missing') {
      const { kind, name } = merged.reference;
      return { state: 'missing', failure: missing(stage.name, `${kind} ${namespace}/${name}`) };
    }
    if (merged.kind === 'none') return { state: 'known', values: undefined, digest: '' };
    return { state: 'known', values: merged.values, digest: digestOf(merged.values) };
  }

  /** Ends the watches that a StageSet alone has used and does not any more. */
  release(user: string, interests: ReadonlySet<string>): void {
    for (const [interest, { users, stop }] of this.#watched) {
      if (interests.has(interest) || !users.delete(user) || users.size > 0) continue;
      stop.abort();
      this.#watched.delete(interest);
    }
  }

  #watch(input: { kind: string; namespace: string; name: string; interest: string; user: string }): Store {
    const { kind, namespace, name, interest, user } = input;
    const watched = this.#watched.get(interest);
    if (watched !== undefined) {
      watched.users.add(user);
      return watched.store;
    }
    const stop = new AbortController();
    const store = this.#cluster.follow(
      { apiVersion: 'v1', kind, namespace, fieldSelector: `metadata.name=${name}` },
      AbortSignal.any([this.#signal, stop.signal]),
    );
    store.subscribe((event) => {
      if (event.type !== 'degraded') this.#interests.wake(interest);
    });
    this.#watched.set(interest, { store, stop, users: new Set([user]) });
    return store;
  }
}

function missing(stage: string, subject: string): Failure {
  return {
    reason: 'StageFailed',
    stage,
    operation: 'resolve postBuild variables',
    message: `${subject} not found; create it, or mark the reference as optional`,
    retry: 'retry',
  };
}

/** Over sorted, length-prefixed pairs: two sets of variables with one digest are the same. */
function digestOf(values: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [key, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${Buffer.byteLength(key)}:${key}${Buffer.byteLength(value)}:${value}`);
  }
  return `sha256:${hash.digest('hex')}`;
}
