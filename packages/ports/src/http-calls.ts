/** One request to somebody outside the cluster. */
export interface HttpCall {
  readonly url: string;
  readonly method: string;
  /** Names as they are sent; a name may be there more than once. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
  /** Whether any of it is secret: then a redirect to another host or port is refused. */
  readonly isSecret: boolean;
  /** Redirects that are the answer and are not followed. */
  readonly stopAt: readonly number[];
}

/** An answer, of which the body is never told. */
export interface HttpAnswer {
  readonly status: number;
  /** Who answered: host and port. */
  readonly host: string;
  /** How long the other side asks to be left alone. */
  readonly retryAfterMs?: number;
}

/**
 * Why there is no answer. `refused`: the URL, its host or a redirect may not be asked for. `unsendable`: it is no valid
 * request. `unsent`: no connection, so that nobody has seen it. `unknown`: it may have been taken.
 */
export type HttpFailureKind = 'refused' | 'unsendable' | 'unsent' | 'unknown';

export interface HttpCalls {
  /** Rejects with an error whose `kind` is an `HttpFailureKind`; its message holds neither header nor body. */
  send(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer>;
}
