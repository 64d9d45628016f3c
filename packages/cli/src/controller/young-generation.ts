import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Enough for what a pass leaves behind; V8 would let it grow to 128 MiB under a burst, and rarely gives any of it back. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Lets the space for new objects grow no further once it has reached its bound: a long-lived process keeps what it has taken in its
 * busiest minute. `--max-semi-space-size` says the same, but only to a process that has not begun.
 */
export function boundYoungGeneration(): void {
  const observer = new PerformanceObserver(() => {
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if (space === undefined || space.space_size < MAX_BYTES) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}
