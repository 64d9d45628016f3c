/** How an API server is reached and as whom. Plain data: nothing has been opened or run yet. */
export interface Access {
  /** Base URL without a slash at the end; may have a path (`https://host/k8s/clusters/c-1`). */
  readonly server: string;
  /** Where objects without a namespace go by default. */
  readonly namespace: string;
  /** Where this access was read from, for people: `context prod of /home/me/.kube/config`. */
  readonly origin: string;
  readonly tls: TlsAccess;
  readonly credentials: Credentials;
  /** Of an HTTP, HTTPS or SOCKS5 proxy. */
  readonly proxyUrl?: string;
  readonly impersonate?: Impersonation;
}

/** Bytes of a certificate or key: given, or read from a file (again, when the file changes). */
export type Material =
  | { readonly from: 'data'; readonly data: Buffer }
  | { readonly from: 'file'; readonly path: string };

export interface TlsAccess {
  /** Certificate authorities to trust; the system's when left out. */
  readonly ca?: Material;
  /** Accepts any certificate. */
  readonly insecure: boolean;
  /** The name that the server's certificate must have, when it is not the host's. */
  readonly serverName?: string;
  readonly clientCertificate?: { readonly certificate: Material; readonly key: Material };
}

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  /** Read anew as it is renewed. */
  | { readonly kind: 'tokenFile'; readonly path: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An exec plugin or an auth provider, left to the Kubernetes client library. `user` is the entry as written. */
  | { readonly kind: 'plugin'; readonly user: PluginUser };

export interface PluginUser {
  readonly name: string;
  readonly exec?: unknown;
  readonly authProvider?: unknown;
}

export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}
