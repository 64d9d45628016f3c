/** A cluster is a function from request to response: HTTP in production, a handler in one process. */
export interface ClusterRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, as sent: `/api/v1/namespaces/default/configmaps?limit=500`. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export interface ClusterResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read once, to the end or until the request's signal aborts; a watch never ends by itself. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Rejects with `UnreachableError` when no answer came; an HTTP failure is a response. */
export type Transport = (request: ClusterRequest) => Promise<ClusterResponse>;
