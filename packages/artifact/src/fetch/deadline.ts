import type { Clock } from '@stageset/ports';

/** A signal that aborts with its parent or when time runs out, whichever is first. To be disposed of when done. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Starts the time afresh. */
  reset(delayMs: number): void;
}

export function startDeadline(clock: Clock, delayMs: number, onExpiry: () => Error, parent: AbortSignal): Deadline {
  const controller = new AbortController();
  const follow = (): void => controller.abort(parent.reason);
  let cancel: (() => void) | undefined;
  const reset = (ms: number): void => {
    cancel?.();
    cancel = clock.schedule(ms, () => controller.abort(onExpiry()));
  };
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  reset(delayMs);
  return {
    signal: controller.signal,
    reset,
    [Symbol.dispose]() {
      cancel?.();
      parent.removeEventListener('abort', follow);
    },
  };
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts before. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.schedule(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
