import type { Reason } from '@stageset/api';

/** What a stage was doing when it failed, in the words of its message. */
export type Operation =
  | 'connect to target cluster'
  | 'fetch artifact'
  | 'resolve postBuild variables'
  | 'build'
  | 'conflict policy'
  | 'apply'
  | 'record inventory'
  | 'prune'
  | 'verify'
  | 'pre-action'
  | 'post-action'
  | 'action halted (dirty)';

/**
 * When it is tried again although nothing has changed. `backoff`: soon, then ever later. `retry`: after the retry interval,
 * for what will fail again in the same way. `slowly`: after a minute, for what somebody may be granting just now.
 */
export type FailureRetry = 'backoff' | 'retry' | 'slowly';

/** A failure as plain data. `message` ends up in a condition: it names what failed and never holds a secret value. */
export interface Failure {
  readonly reason: Reason;
  readonly stage?: string;
  readonly operation?: Operation;
  readonly message: string;
  readonly retry: FailureRetry;
}

/** `stage "web" apply: …`, the form that users of the API match. */
export function failureMessage({ stage, operation, message }: Failure): string {
  if (stage === undefined) return message;
  return `stage "${stage}" ${operation === undefined ? '' : `${operation}: `}${message}`;
}

/** A {@link Failure} on its way up. The cause is for the log alone. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failureMessage(failure), options);
    this.failure = failure;
  }
}

/** Said of anything in another namespace, so that nobody learns from us what exists there. */
export function unreachableSource(kind: string, name: string, namespace: string): string {
  return `cross-namespace ${kind} "${name}" is not reachable; check the source CR's status in "${namespace}"`;
}
