/** Longer words are not compared: a suggestion serves typing errors, not hostile input. */
export const MAX_SUGGEST_LENGTH = 64;

/**
 * The candidate that `word` was most likely meant to be, for "did you mean": the nearest by Damerau-Levenshtein distance
 * (restricted: swapped neighbours count as one), case ignored, at most a third of the word's length and at most 3 apart.
 * Of equally near candidates the first wins.
 */
export function nearestName(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > MAX_SUGGEST_LENGTH) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bound = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  for (const candidate of candidates) {
    if (candidate === word) return candidate;
    const distance = distanceWithin(wanted, candidate.toLowerCase(), bound);
    if (distance === undefined) continue;
    if (best !== undefined && distance >= bound + 1) continue;
    best = candidate;
    bound = distance - 1;
    if (bound < 0) return best;
  }
  return best;
}

/** ` (did you mean "x"?)`, or nothing when no candidate is near. To be appended to an error message. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const nearest = nearestName(word, candidates);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

/** The distance when it is at most `bound`, else `undefined`. */
function distanceWithin(a: string, b: string, bound: number): number | undefined {
  if (Math.abs(a.length - b.length) > bound || b.length > MAX_SUGGEST_LENGTH) return undefined;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least > bound) return undefined;
    beforeLast = last;
    last = row;
  }
  const distance = last[b.length] ?? 0;
  return distance <= bound ? distance : undefined;
}
