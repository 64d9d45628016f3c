/** Memory of a process at one time, after everything had come to rest. */
export interface Sample {
  readonly minute: number;
  readonly rssMib: number;
  readonly heapMib: number;
}

/** What the process grew by after it had warmed up, and whether that is flat. */
export interface Growth {
  readonly fromMib: number;
  readonly toMib: number;
  readonly isFlat: boolean;
}

/** Growth that a process is allowed between the second third and the end: caches fill, and collections come when they do. */
const ALLOWED_SHARE = 1.2;
const ALLOWED_MIB = 16;

/**
 * Compares the medians of the middle third and of the last: what comes before is warming up. Flat is what grows neither by
 * a fifth nor by sixteen MiB.
 */
export function growthOf(samples: readonly Sample[], of: (sample: Sample) => number): Growth {
  const third = Math.floor(samples.length / 3);
  const from = median(samples.slice(third, 2 * third).map(of));
  const to = median(samples.slice(2 * third).map(of));
  return { fromMib: from, toMib: to, isFlat: to <= Math.max(from * ALLOWED_SHARE, from + ALLOWED_MIB) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
