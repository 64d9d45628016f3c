import { sortForDelete } from '@stageset/k8s';
import type { Failure } from '../failure/failure.ts';
import { type Entry, entryKey } from '../inventory/entry.ts';
import type { InventoryFacts, Leftover } from './facts.ts';
import type { Step } from './step.ts';
import { nameSome } from './words.ts';

/** What is next on the way to a cluster without the objects that nobody wants any more. */
export type LeftoverPlan =
  | { readonly kind: 'clean' }
  | { readonly kind: 'step'; readonly stage: string; readonly step: Step; readonly message: string }
  | { readonly kind: 'wait'; readonly stage: string; readonly message: string; readonly left: readonly Leftover[] }
  /** Nothing else is left than what is out of reach: denied, disowned or unreachable. */
  | { readonly kind: 'stuck'; readonly stage: string; readonly left: readonly Leftover[] };

const OUT_OF_REACH: ReadonlySet<Leftover['state']> = new Set(['denied', 'disowned', 'unreachable', 'moved']);

/** Stages from the last to the first, as they were when they were written. Equal positions go by name. */
export function lastFirst(inventory: readonly InventoryFacts[]): InventoryFacts[] {
  return [...inventory].sort((a, b) => b.position - a.position || (a.stage < b.stage ? -1 : a.stage > b.stage ? 1 : 0));
}

/**
 * Deletes what is left of one stage, the last stage first, and goes on to the one before it only when all of that is
 * gone. Within a stage everything is deleted at once, but for definitions, which go after what they define. What is out of
 * reach holds nothing else back.
 */
export function planLeftovers(
  inventory: readonly InventoryFacts[],
  unwanted: (stage: InventoryFacts) => readonly Entry[],
  leftovers: ReadonlyMap<string, Leftover>,
  why: 'prune' | 'teardown',
): LeftoverPlan {
  const stuck: Leftover[] = [];
  let stuckStage: string | undefined;
  for (const stage of lastFirst(inventory)) {
    const facts = unwanted(stage).flatMap((entry) => leftovers.get(entryKey(entry)) ?? []);
    const unsynced = facts.filter(({ state }) => state === 'unsynced');
    if (unsynced.length > 0) {
      const message = `reading what is left of stage "${stage.stage}"`;
      return { kind: 'wait', stage: stage.stage, message, left: unsynced };
    }
    const beyond = facts.filter(({ state }) => OUT_OF_REACH.has(state));
    if (beyond.length > 0) stuckStage ??= stage.stage;
    stuck.push(...beyond);
    const alive = facts.filter(({ state }) => state === 'present' || state === 'terminating');
    const next = firstWave(alive);
    const present = next.filter(({ state }) => state === 'present');
    if (present.length > 0) {
      const message = `deleting ${nameSome(present.map(({ ref }) => ref))}`;
      return {
        kind: 'step',
        stage: stage.stage,
        step: { kind: 'delete', stage: stage.stage, objects: present, why },
        message,
      };
    }
    if (next.length > 0) {
      const message = `waiting for ${nameSome(next.map(({ ref }) => ref))} to terminate`;
      return { kind: 'wait', stage: stage.stage, message, left: next };
    }
  }
  return stuckStage === undefined ? { kind: 'clean' } : { kind: 'stuck', stage: stuckStage, left: stuck };
}

/** What is out of reach, and why, as a failure: whoever may mend it is told what to do. */
export function stuckFailure(stage: string, left: readonly Leftover[]): Failure {
  const named = nameSome(left.map(({ ref }) => ref));
  const why = [...new Set(left.flatMap((leftover) => leftover.why ?? []))].slice(0, 3).join('; ');
  const isUnreachable = left.some(({ state }) => state !== 'denied');
  return {
    reason: isUnreachable ? 'StageFailed' : 'RBACDenied',
    stage,
    operation: isUnreachable ? 'connect to target cluster' : 'prune',
    message: `cannot delete ${named}: ${why}`,
    retry: 'slowly',
  };
}

/** Until when writes of what is not there may still come, in epoch milliseconds; `undefined` where none can. */
export function unsureUntil(leftovers: ReadonlyMap<string, Leftover>): number | undefined {
  let untilMs: number | undefined;
  for (const { unsureUntilMs } of leftovers.values()) {
    if (unsureUntilMs !== undefined) untilMs = Math.max(untilMs ?? unsureUntilMs, unsureUntilMs);
  }
  return untilMs;
}

const DEFINITIONS = new Set(['CustomResourceDefinition', 'Namespace']);

/** Everything but definitions; definitions once nothing else is left. */
function firstWave(alive: readonly Leftover[]): Leftover[] {
  const sorted = sortForDelete(alive.map(({ ref }) => ref));
  const byRef = new Map(alive.map((leftover) => [leftover.ref, leftover]));
  const ordered = sorted.flatMap((ref) => byRef.get(ref) ?? []);
  const others = ordered.filter(({ ref }) => !DEFINITIONS.has(ref.kind));
  return others.length > 0 ? others : ordered;
}
