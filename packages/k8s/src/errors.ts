/**
 * Failures of a Kubernetes API, typed from what the server said (`metav1.Status`), never from message text.
 */

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The body that an API server sends with a failure. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
}

/** The API server answered with a failure. `code` is the HTTP status, `reason` the server's own word (`NotFound`, `Conflict`, `Invalid` …). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  readonly retryAfterMs: number | undefined;
  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? `the API server answered ${status.code ?? 'a failure'}`, options);
    this.code = status.code ?? 500;
    this.reason = status.reason ?? '';
    this.causes = status.details?.causes ?? [];
    const seconds = status.details?.retryAfterSeconds;
    this.retryAfterMs = seconds === undefined ? undefined : seconds * 1000;
  }
}

/** No answer came: the connection was refused, reset or timed out, or credentials could not be had. */
export class UnreachableError extends Error {
  override readonly name: string = 'UnreachableError';
}

/**
 * The credentials of the identity that is to act cannot be had: its ServiceAccount is gone, or nobody may ask for its
 * tokens. Not to be taken for an answer about the object that was asked for. The cause is what the server said.
 */
export class IdentityError extends UnreachableError {
  override readonly name = 'IdentityError';
}

/** The cluster serves no such kind (yet). Names the group and kind that are lacking. */
export class UnknownKindError extends Error {
  override readonly name = 'UnknownKindError';
  readonly apiVersion: string;
  readonly kind: string;
  constructor(apiVersion: string, kind: string, options?: ErrorOptions) {
    super(`the cluster has no kind ${kind} in ${apiVersion}`, options);
    this.apiVersion = apiVersion;
    this.kind = kind;
  }
}

export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 404;
}
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 409 && error.reason === 'Conflict';
}
export function isAlreadyExists(error: unknown): error is ApiError {
  return error instanceof ApiError && error.reason === 'AlreadyExists';
}
export function isForbidden(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 403;
}
/** The watch or list position is too old (410); start again with a fresh list. */
export function isExpired(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.code === 410 || error.reason === 'Expired');
}
