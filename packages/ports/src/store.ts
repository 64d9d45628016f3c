import type { KubeObject } from '@stageset/k8s';
import type { WatchEvent } from './cluster.ts';

/** The live content of one selection, kept by a watch. Reads are synchronous; objects are frozen. */
export interface Store {
  /** False until the first list has been swapped in; stays true from then on. */
  readonly synced: boolean;
  /** Resolves at the first `synced`; rejects with `AbortError` when the watch is stopped before. */
  whenSynced(): Promise<void>;
  /** `namespace` is `undefined` for cluster-scoped kinds. */
  get(namespace: string | undefined, name: string): KubeObject | undefined;
  items(): IterableIterator<KubeObject>;
  /** Called after the store has taken an event in. Returns what ends the subscription. */
  subscribe(listener: (event: WatchEvent) => void): () => void;
  /** Takes in an object that a write has just returned, unless the store has seen a newer one. */
  remember(object: KubeObject): void;
}
