import type { Cluster } from './cluster.ts';

export interface ServiceAccountRef {
  readonly namespace: string;
  readonly name: string;
}

/** A cluster that was opened for somebody. Nothing is sent before it is asked for something. */
export interface OpenCluster {
  readonly cluster: Cluster;
  /** Ends its connections and forgets its credentials. */
  close(): Promise<void>;
}

/** How another cluster is reached. */
export type RemoteAccess =
  | {
      readonly by: 'kubeconfig';
      readonly text: string;
      /** Where the text came from, for messages: `Secret team-a/edge`. */
      readonly source: string;
      /** The user to act as there; whoever the kubeconfig says when absent. */
      readonly impersonate?: string;
    }
  | {
      readonly by: 'token';
      /** Base URL of its API. */
      readonly address: string;
      /** Where the address came from, for messages. */
      readonly source: string;
      /** In PEM; the system's authorities when absent. */
      readonly certificateAuthority?: string;
      /** Of the controller's own cluster: its tokens are what the other cluster is shown. */
      readonly account: ServiceAccountRef;
      /** Whom the tokens are for; the address when absent. */
      readonly audiences?: readonly string[];
      readonly impersonate?: string;
    };

/** `refused`: it asks for what is not allowed here (a program, a file, a forbidden host). `malformed`: it makes no sense. */
export type OpenedRemote =
  | {
      readonly ok: true;
      readonly opened: OpenCluster;
      /** Base URL of its API, without credentials. */
      readonly server: string;
    }
  | { readonly ok: false; readonly why: 'refused' | 'malformed'; readonly message: string };

/** Opens clusters in other names than the controller's own. */
export interface Tenants {
  /**
   * The controller's cluster as one of its ServiceAccounts, by short-lived tokens and nothing else. Requests reject with
   * `IdentityError` when no token can be had. The account need not exist yet.
   */
  asServiceAccount(account: ServiceAccountRef): OpenCluster;
  /** A cluster that a tenant has described. It runs no program and reads no file. */
  openRemote(access: RemoteAccess): OpenedRemote;
}
