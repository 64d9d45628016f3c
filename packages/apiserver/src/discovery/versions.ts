/** `v2` before `v1` before `v1beta2` before `v1beta1` before `v1alpha1` before everything else, by name. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionRank(a), versionRank(b)];
  for (const [index, rank] of left.entries()) {
    const difference = (right[index] ?? 0) - rank;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}

const STABILITIES: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };

function versionRank(version: string): readonly number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const [, major, stability, minor] = match;
  return [stability === undefined ? 3 : (STABILITIES[stability] ?? 0), Number(major), Number(minor ?? 0)];
}
