/**
 * Compares two resourceVersions of one resource type as Kubernetes defines it since 1.35: both are decimal numbers
 * without leading zeros, so the longer one is newer. `undefined` when one of them is no such number (some aggregated
 * APIs), which means that nothing is known about their order.
 */
export function compareResourceVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (a === undefined || b === undefined || !NUMBER.test(a) || !NUMBER.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

const NUMBER = /^(0|[1-9]\d*)$/;

/** Whether `a` is known to be newer than `b`. */
export function isNewer(a: string | undefined, b: string | undefined): boolean {
  const order = compareResourceVersions(a, b);
  return order !== undefined && order > 0;
}
