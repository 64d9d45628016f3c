import { type Entry, entryKey } from '../inventory/entry.ts';
import { retryIntervalMs } from '../timing/intervals.ts';
import type { Facts, InventoryFacts, Leftover } from './facts.ts';
import { planLeftovers } from './leftovers.ts';
import type { Step } from './step.ts';
import { count } from './words.ts';

/** What is next for the objects on clusters that are not delivered to any more. */
export type ElsewherePlan =
  | { readonly kind: 'clean' }
  | { readonly kind: 'step'; readonly stage: string; readonly step: Step; readonly message: string }
  /** They cannot be removed now. Nothing waits for them: what is delivered is ready. */
  | {
      readonly kind: 'held';
      readonly held?: Extract<Step, { kind: 'settled' }>['held'];
      readonly lookAgainMs: number;
    };

/**
 * Removes what stages have delivered to other clusters than they do now, each cluster for itself, by the access that is
 * recorded. What is out of reach is tried for as long as a teardown would be; what the access does not lead to any more is
 * given up at once. Whatever is given up is told.
 */
export function planElsewhere(facts: Facts): ElsewherePlan {
  const { inventory, leftovers, location, nowMs, outOfReachSince, stageSet } = facts;
  const retryMs = Math.min(60_000, retryIntervalMs(stageSet.spec, facts.defaultIntervalMs));
  let held: ElsewherePlan | undefined;
  for (const at of placesOf(inventory, location)) {
    const entriesOf = (stage: InventoryFacts): Entry[] => stage.entries.filter((entry) => entry.at === at);
    const planned = planLeftovers(inventory, entriesOf, leftovers, 'prune');
    if (planned.kind === 'step') return planned;
    if (planned.kind === 'wait') held ??= { kind: 'held', lookAgainMs: nowMs + retryMs };
    if (planned.kind !== 'stuck') continue;
    const untilMs = (outOfReachSince?.get(at) ?? nowMs) + facts.maxTeardownWaitMs;
    const lost = nowMs >= untilMs ? planned.left : planned.left.filter(({ state }) => state === 'moved');
    if (lost.length > 0) return leaveBehind(facts, at, lost);
    const lookAgainMs = Math.min(nowMs + retryMs, untilMs);
    held ??= { kind: 'held', held: { at, left: planned.left, untilMs }, lookAgainMs };
  }
  return held ?? { kind: 'clean' };
}

function placesOf(inventory: readonly InventoryFacts[], location: string | undefined): Set<string | undefined> {
  const places = new Set(inventory.flatMap(({ entries }) => entries.map(({ at }) => at)));
  places.delete(location);
  return places;
}

function leaveBehind({ inventory }: Facts, at: string | undefined, left: readonly Leftover[]): ElsewherePlan {
  const lost = new Set(left.map(({ entry }) => entryKey(entry)));
  const records = inventory
    .filter(({ entries }) => entries.some((entry) => lost.has(entryKey(entry))))
    .map(({ stage, position, entries }) => ({
      stage,
      position,
      entries: entries.filter((entry) => !lost.has(entryKey(entry))),
    }));
  const [first] = records;
  return {
    kind: 'step',
    stage: first?.stage ?? '',
    step: { kind: 'leave-behind', at, left, records },
    message: `leaving ${count(left.length, 'object')} behind on a cluster that is not delivered to any more`,
  };
}
