import { ApiError, isJsonObject, isNotFound, type KubeObject, own } from '@stageset/k8s';
import type { Clock, Cluster } from '@stageset/ports';
import type { MemberRecord } from './membership.ts';

/** The leases of all replicas, as the API server keeps them. Every answer is of the instant in which it was asked for. */
export interface LeaseApi {
  /** Makes a lease under a name of our own choice, or renews the one that is there; returns its id. */
  create(name: string, signal: AbortSignal): Promise<string>;
  /** `false` when there is no such lease any more, or it is not the one with this id. */
  renew(lease: OwnLease, acknowledges: readonly string[], signal: AbortSignal): Promise<boolean>;
  /** Says that the holder has stopped. */
  release(lease: OwnLease, signal: AbortSignal): Promise<void>;
  list(signal: AbortSignal): Promise<readonly NamedRecord[]>;
  /** Removes a lease that nobody counts any more, as long as it is still as it was listed. */
  remove(record: NamedRecord, signal: AbortSignal): Promise<void>;
  /** Calls back whenever somebody comes, goes, or is acknowledged; a renewal alone is no news. */
  onNews(listener: () => void, signal: AbortSignal): void;
}

export interface OwnLease {
  readonly name: string;
  readonly id: string;
}

export interface NamedRecord extends MemberRecord {
  readonly name: string;
}

export interface LeaseNaming {
  readonly namespace: string;
  /** Label that all leases of one group of replicas carry, and its value. */
  readonly label: { readonly key: string; readonly value: string };
  /** Annotation that holds whom a replica counts among the members. */
  readonly membersAnnotation: string;
  /** Who holds the lease, for people: the pod. */
  readonly holder: string;
  readonly durationMs: number;
}

const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const;

/** Leases of `coordination.k8s.io/v1`, one object a membership. */
export class ClusterLeases implements LeaseApi {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #naming: LeaseNaming;

  constructor(cluster: Cluster, clock: Clock, naming: LeaseNaming) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#naming = naming;
  }

  async create(name: string, signal: AbortSignal): Promise<string> {
    const { namespace, label, holder, durationMs } = this.#naming;
    const now = this.#now();
    const metadata = { name, namespace, labels: { [label.key]: label.value } };
    const spec = {
      holderIdentity: holder,
      leaseDurationSeconds: Math.round(durationMs / 1000),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    };
    try {
      return idOf(await this.#cluster.create({ ...LEASE, metadata, spec }, {}, signal));
    } catch (error) {
      // An earlier try whose answer was lost: the name is of our own choice, so the lease is ours.
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
      const ref = { ...LEASE, namespace, name };
      return idOf(await this.#cluster.patch(ref, { type: 'merge', patch: { spec: { renewTime: now } } }, {}, signal));
    }
  }

  async renew({ name, id }: OwnLease, acknowledges: readonly string[], signal: AbortSignal): Promise<boolean> {
    const annotations = { [this.#naming.membersAnnotation]: acknowledges.join(',') };
    const patch = { metadata: { uid: id, annotations }, spec: { renewTime: this.#now() } };
    return this.#patch(name, patch, signal);
  }

  async release({ name, id }: OwnLease, signal: AbortSignal): Promise<void> {
    const spec = { holderIdentity: null, leaseDurationSeconds: 1, renewTime: this.#now() };
    await this.#patch(name, { metadata: { uid: id }, spec }, signal);
  }

  async list(signal: AbortSignal): Promise<readonly NamedRecord[]> {
    // Without a resourceVersion: the answer is of now, and not from a cache that may be behind.
    const { items } = await this.#cluster.list(this.#selection(), signal);
    return items.map((lease) => this.#record(lease));
  }

  async remove({ name, id, version }: NamedRecord, signal: AbortSignal): Promise<void> {
    const ref = { ...LEASE, namespace: this.#naming.namespace, name };
    const preconditions = { uid: id, resourceVersion: version };
    try {
      await this.#cluster.delete(ref, { preconditions }, signal);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // It has changed, or is gone: not ours to remove.
    }
  }

  onNews(listener: () => void, signal: AbortSignal): void {
    const seen = new Map<string, string>();
    this.#cluster.follow(this.#selection(), signal).subscribe((event) => {
      if (event.type === 'synced') return listener();
      if (event.type === 'degraded') return;
      const { id, isReleased, acknowledges } = this.#record(event.object);
      const said = event.type === 'deleted' ? '' : `${isReleased} ${[...acknowledges].sort().join()}`;
      if (seen.get(id) === said) return;
      if (event.type === 'deleted') seen.delete(id);
      else seen.set(id, said);
      listener();
    });
  }

  async #patch(name: string, patch: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<boolean> {
    const ref = { ...LEASE, namespace: this.#naming.namespace, name };
    try {
      await this.#cluster.patch(ref, { type: 'merge', patch }, {}, signal);
      return true;
    } catch (error) {
      // Another uid under the name is refused as a conflict.
      if (isNotFound(error) || (error instanceof ApiError && error.code === 409)) return false;
      throw error;
    }
  }

  #selection() {
    const { namespace, label } = this.#naming;
    return { ...LEASE, namespace, labelSelector: `${label.key}=${label.value}` };
  }

  #record(lease: KubeObject): NamedRecord {
    const spec = isJsonObject(lease['spec']) ? lease['spec'] : {};
    const seconds = own(spec, 'leaseDurationSeconds');
    const holder = own(spec, 'holderIdentity');
    const members = own(lease.metadata.annotations ?? {}, this.#naming.membersAnnotation);
    return {
      name: lease.metadata.name,
      id: idOf(lease),
      version: lease.metadata.resourceVersion ?? '',
      durationMs: typeof seconds === 'number' ? seconds * 1000 : this.#naming.durationMs,
      isReleased: typeof holder !== 'string' || holder === '',
      acknowledges: new Set(typeof members === 'string' ? members.split(',').filter((id) => id !== '') : []),
    };
  }

  /** As MicroTime is written. */
  #now(): string {
    return new Date(this.#clock.now()).toISOString().replace(/Z$/, '000Z');
  }
}

function idOf({ metadata }: KubeObject): string {
  return metadata.uid ?? '';
}
