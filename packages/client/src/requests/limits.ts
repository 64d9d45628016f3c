import { UnreachableError } from '@stageset/k8s';

/** As many watches are open as may be; what is wanted can be listed all the same. */
export class WatchLimitError extends UnreachableError {
  override readonly name = 'WatchLimitError';
}

/** Bounds of the requests to one cluster. All have defaults; times are in milliseconds on the injected clock. */
export interface RequestLimits {
  /** Requests in flight at a time, watches not counted; callers take turns for them. */
  readonly maxInFlight: number;
  /** Watches open at a time. One more is refused, and says so, until another ends. */
  readonly maxWatches: number;
  /** From sending a request to the last byte of its answer. */
  readonly requestTimeoutMs: number;
  /** From asking for a watch to the head of the answer. */
  readonly watchOpenTimeoutMs: number;
  /** Tries of one request, where trying again is safe. */
  readonly maxAttempts: number;
  /** The longest wait that a server may ask for (`Retry-After`) before the failure is handed to the caller instead. */
  readonly maxRetryAfterMs: number;
  /** The body of one answer. */
  readonly maxResponseBytes: number;
}

export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  maxInFlight: 32,
  maxWatches: 1000,
  requestTimeoutMs: 60_000,
  watchOpenTimeoutMs: 30_000,
  maxAttempts: 4,
  maxRetryAfterMs: 10_000,
  maxResponseBytes: 256 * 1024 * 1024,
};
