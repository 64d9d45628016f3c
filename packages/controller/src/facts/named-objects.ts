import { formatApiVersion, formatRef, type KubeObject, type ObjectRef, parseApiVersion } from '@stageset/k8s';
import type { Clock } from '@stageset/ports';
import { deniedMessage } from '../tenancy/denied.ts';
import type { ObjectWatches } from '../tenancy/object-watches.ts';
import type { Target } from '../tenancy/target.ts';
import { KindLookup } from './kind-lookup.ts';

/** An object that a spec names, as its watch knows it. `ref` is what is read: in the scope and the version of the cluster. */
export type NamedObject =
  | { readonly state: 'syncing'; readonly ref: ObjectRef }
  | { readonly state: 'unknown-kind' | 'denied'; readonly ref: ObjectRef; readonly message: string }
  | { readonly state: 'read'; readonly ref: ObjectRef; readonly object: KubeObject | undefined };

/** Who reads: the cluster as the one in whose name an object is named. */
export interface Reader {
  readonly target: Target;
  /** `<namespace>/<name>` of the StageSet. */
  readonly user: string;
}

/**
 * Objects that specs name, of any kind and namespace; each is watched alone and by name for as long as a StageSet names it.
 * Nothing else of its namespace is read.
 */
export class NamedObjects {
  readonly #kinds: KindLookup;
  readonly #watches: ObjectWatches;

  constructor(clock: Clock, watches: ObjectWatches) {
    this.#kinds = new KindLookup(clock);
    this.#watches = watches;
  }

  /**
   * Reads an object and begins to watch it; adds to `interests` what would change the answer.
   *
   * @param namespace where a namespaced object is looked for.
   */
  async read(
    named: Omit<ObjectRef, 'namespace'> & { readonly namespace: string },
    reader: Reader,
    interests: Set<string>,
    signal: AbortSignal,
  ): Promise<NamedObject> {
    const { apiVersion, kind, namespace, name } = named;
    const { group } = parseApiVersion(apiVersion);
    interests.add(`crd:${group}/${kind}`);
    const info = await this.#kinds.find(reader.target, { apiVersion, kind }, signal);
    if (info === undefined) {
      const ref = { apiVersion, kind, namespace, name };
      const message = `the cluster has no kind ${kind} in ${group === '' ? 'the core API' : group}; it goes on as soon as its CustomResourceDefinition is installed`;
      return { state: 'unknown-kind', ref, message };
    }
    const served = formatApiVersion(info.group, info.version);
    const ref = { apiVersion: served, kind, name, ...(info.namespaced ? { namespace } : {}) };
    const reading = this.#watches.read(reader.target, ref, reader.user, interests);
    switch (reading.state) {
      case 'denied':
        return { state: 'denied', ref, message: `${formatRef(ref)} cannot be read: ${deniedMessage(reading.error)}` };
      case 'read':
        return { state: 'read', ref, object: reading.object };
      case 'unread':
      case 'failed':
        return { state: 'syncing', ref };
    }
  }

  /** A definition has changed: its kind may be served now, or in another version. */
  refresh(group: string, kind: string): void {
    this.#kinds.refresh(group, kind);
  }
}
