import type { Entry } from './entry.ts';

interface Claimant {
  readonly stage: string;
  readonly ids: readonly string[];
}

/** The ids that more than one stage wants, each with the stages that do, in their order. */
export function duplicateClaims(stages: readonly Claimant[]): ReadonlyMap<string, readonly string[]> {
  const claimants = new Map<string, string[]>();
  for (const { stage, ids } of stages) {
    for (const id of new Set(ids)) {
      const known = claimants.get(id);
      if (known === undefined) claimants.set(id, [stage]);
      else known.push(stage);
    }
  }
  return new Map([...claimants].filter(([, names]) => names.length > 1));
}

/**
 * Recorded entries of a stage that no stage wants: what pruning is about. A claimed object is never among them, unless it
 * is that of a cluster that is not delivered to any more.
 */
export function unclaimed(
  entries: readonly Entry[],
  claimed: ReadonlySet<string>,
  location: string | undefined,
): Entry[] {
  return entries.filter((entry) => entry.at !== location || !claimed.has(entry.id));
}
