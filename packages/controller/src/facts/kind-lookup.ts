import { parseApiVersion } from '@stageset/k8s';
import type { Clock, KindRef, ResourceInfo } from '@stageset/ports';
import type { Target } from '../tenancy/target.ts';

/** How long a kind that the cluster does not serve is taken to be unknown without asking again. */
const ASK_AGAIN_MS = 30_000;

/** A cluster, and what tells it from others. */
type Served = Pick<Target, 'cluster' | 'isRemote' | 'key'>;

/**
 * What a cluster serves under kinds that specs name. Of a group that does not serve the version named, the version that
 * the server prefers is taken.
 */
export class KindLookup {
  readonly #clock: Clock;
  readonly #unknown = new Map<string, number>();
  /** Kinds whose version is another than was named. */
  readonly #instead = new Map<string, ResourceInfo>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `undefined` for a kind that is not served in any version of its group. */
  async find(target: Served, kind: KindRef, signal: AbortSignal): Promise<ResourceInfo | undefined> {
    const { cluster } = target;
    const exact = await cluster.resource(kind, { signal });
    if (exact !== undefined) return exact;
    const { group } = parseApiVersion(kind.apiVersion);
    // All identities of the controller's own cluster are served the same.
    const key = keyOf(group, kind.kind, target.isRemote ? target.key : '');
    const instead = this.#instead.get(key);
    if (instead !== undefined) return instead;
    const askedMs = this.#unknown.get(key);
    if (askedMs !== undefined && this.#clock.now() - askedMs < ASK_AGAIN_MS) return undefined;
    const served = (await cluster.resources(signal)).find((info) => info.group === group && info.kind === kind.kind);
    if (served === undefined) this.#unknown.set(key, this.#clock.now());
    else this.#instead.set(key, served);
    return served;
  }

  /** Has a kind asked for again: its definition has changed. */
  refresh(group: string, kind: string): void {
    this.#unknown.delete(keyOf(group, kind, ''));
    this.#instead.delete(keyOf(group, kind, ''));
  }
}

function keyOf(group: string, kind: string, remote: string): string {
  return `${remote}|${group}/${kind}`;
}
