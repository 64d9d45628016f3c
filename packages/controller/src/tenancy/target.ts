import type { ObjectRef } from '@stageset/k8s';
import type { Clock, Cluster, KindRef } from '@stageset/ports';
import type { Interests } from '../facts/interests.ts';
import { ManagedObjects } from '../facts/managed-objects.ts';
import type { Logger } from '../logging/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { PolledObjects } from './polled-objects.ts';

export interface TargetParts {
  /** Names cluster and identity together; empty for the controller on its own cluster. */
  readonly key: string;
  /** The identity, for people: `ServiceAccount prod/deployer`. */
  readonly who: string;
  readonly cluster: Cluster;
  /** Whether it is another cluster than the controller's. */
  readonly isRemote: boolean;
  /** Where that is, as inventories say it; absent for the controller's own cluster. */
  readonly location?: string;
  /** Owners outside of this namespace are none of the identity's; all are the controller's. */
  readonly namespace?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly interests: Interests;
  /** Namespaces are watched one by one, as those of a ServiceAccount are in any case. */
  readonly byNamespace?: boolean;
  /** Has a StageSet looked at. */
  readonly wake: (key: string) => void;
  /** Told once for each kind that is read on a timer, since it may not be watched. */
  readonly onFallback: (note: string) => void;
  readonly signal: AbortSignal;
}

/** A cluster as one identity sees it: everything that is delivered there in that name is read and written through it. */
export class Target {
  readonly key: string;
  readonly who: string;
  readonly cluster: Cluster;
  readonly isRemote: boolean;
  readonly location: string | undefined;
  readonly objects: ManagedObjects;
  readonly polled: PolledObjects;
  /** Aborts when nobody uses the target any more. */
  readonly signal: AbortSignal;

  constructor(parts: TargetParts) {
    const { key, who, cluster, isRemote, namespace, clock, interests, wake, onFallback, signal } = parts;
    this.key = key;
    this.who = who;
    this.cluster = cluster;
    this.isRemote = isRemote;
    this.location = parts.location;
    this.signal = signal;
    this.polled = new PolledObjects({
      cluster,
      clock,
      signal,
      changed: (ref) => {
        interests.wake(objectInterest(key, ref));
        interests.wake(kindInterest(key, ref));
      },
    });
    this.objects = new ManagedObjects(
      {
        cluster,
        clock,
        logger: parts.logger,
        metrics: parts.metrics,
        signal,
        who,
        isTenant: key !== '' || parts.byNamespace === true,
        isRemote,
        polled: this.polled,
        onFallback,
      },
      (kind) => interests.wake(kindInterest(key, kind)),
      namespace === undefined ? wake : (owner) => (owner.startsWith(`${namespace}/`) ? wake(owner) : undefined),
    );
  }
}

/** A change of what is known of a kind as a whole. */
export function kindInterest(target: string, { apiVersion, kind }: KindRef): string {
  return `kind:${target}|${apiVersion}|${kind}`;
}

export function objectInterest(target: string, { apiVersion, kind, namespace, name }: ObjectRef): string {
  return `object:${target}|${apiVersion}|${kind}|${namespace ?? ''}/${name}`;
}
