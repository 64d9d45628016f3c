import { AddressGuard } from '@stageset/artifact';
import { createTenants, type RequestBudget, type TokenSource } from '@stageset/client';
import type { Clock, Cluster, Tenants, Transport } from '@stageset/ports';

/** The controller's own way to its API server. */
export interface OwnWay {
  readonly transport: Transport;
  readonly withToken: (token: TokenSource) => Transport;
  readonly cluster: Cluster;
  /** Shared by all identities on that server. */
  readonly budget: RequestBudget;
}

/** Clusters in the names of tenants. Addresses of other clusters are guarded like those of artifacts. */
export function openTenants(
  way: OwnWay,
  { clock, allowedHosts }: { readonly clock: Clock; readonly allowedHosts: readonly string[] },
): Tenants & { close(): Promise<void> } {
  const guard = new AddressGuard({
    allowedHosts,
    flag: '--allowed-cluster-hosts',
    refuse: (message) => new Error(message),
  });
  return createTenants({ ...way, clock, random: Math.random, guard });
}
