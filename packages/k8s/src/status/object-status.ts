/** What an object's own status says. That it does not exist is for the caller to know. */
export interface ObjectStatus {
  readonly status: 'InProgress' | 'Failed' | 'Current' | 'Terminating' | 'Unknown';
  /** A word for programs, where there is one: `LessReady`, `ProgressDeadlineExceeded`. */
  readonly reason?: string;
  readonly message: string;
}

export interface StatusOptions {
  /**
   * Epoch milliseconds, for the one rule that looks at age: a Pod that cannot be scheduled fails after
   * {@link SCHEDULE_WINDOW_MS}. Without it the Pod counts as just made, so that not knowing the time fails nothing.
   */
  readonly nowMs?: number;
}

/** How long a Pod may stay unschedulable before it counts as failed. */
export const SCHEDULE_WINDOW_MS = 15_000;

export function current(message: string): ObjectStatus {
  return { status: 'Current', message };
}

export function inProgress(reason: string, message: string): ObjectStatus {
  return reason === '' ? { status: 'InProgress', message } : { status: 'InProgress', reason, message };
}

export function failed(reason: string, message: string): ObjectStatus {
  return reason === '' ? { status: 'Failed', message } : { status: 'Failed', reason, message };
}

export function unknown(message: string): ObjectStatus {
  return { status: 'Unknown', message };
}
