import type { Clock } from '@stageset/ports';

/** The only place that asks the system for the time or for a timer. Timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, callback) {
    // Longer than the largest timer of the platform (2^31 - 1 ms) would fire at once.
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), 0x7fffffff));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits, and keeps the process alive meanwhile: for a command that has nothing else to do. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, delayMs));
}

/** Milliseconds since some instant that only ever grow, whoever sets the system's time. */
export function steadyNow(): number {
  return performance.now();
}
