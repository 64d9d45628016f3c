import type { Clock } from '@stageset/ports';

/** A signal that aborts with its parent or when time runs out, whichever is first. To be disposed of when done. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Starts the time afresh; a time of zero or less stops it. */
  reset(delayMs: number): void;
  abort(reason: unknown): void;
}

export function startDeadline(
  clock: Clock,
  delayMs: number,
  onExpiry: () => Error,
  parent: AbortSignal | undefined,
): Deadline {
  const controller = new AbortController();
  const abort = (reason: unknown): void => controller.abort(reason);
  const follow = (): void => abort(parent?.reason);
  let cancel: (() => void) | undefined;
  const reset = (ms: number): void => {
    cancel?.();
    cancel = ms > 0 ? clock.schedule(ms, () => abort(onExpiry())) : undefined;
  };
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  reset(delayMs);
  return {
    signal: controller.signal,
    reset,
    abort,
    [Symbol.dispose]() {
      cancel?.();
      parent?.removeEventListener('abort', follow);
    },
  };
}

/**
 * The promise's own outcome, or a rejection with the signal's reason as soon as it aborts, whether or not the other
 * side heeds the signal.
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts before. */
export function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
