export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Doubling from `firstMs` at the first attempt to `maxMs`, of which the upper half is left to chance (0 ≤ `random` < 1). */
export function backOffMs(backOff: BackOff, attempt: number, random: number): number {
  const fullMs = Math.min(backOff.maxMs, backOff.firstMs * 2 ** Math.min(attempt - 1, 30));
  return fullMs / 2 + (fullMs / 2) * random;
}
