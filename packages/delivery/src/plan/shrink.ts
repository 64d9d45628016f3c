import { entryKey } from '../inventory/entry.ts';
import type { Facts, Leftover, StageFacts } from './facts.ts';
import type { Step } from './step.ts';

/** The ids of what a stage wants. */
export function idsOf(stage: StageFacts): string[] {
  return stage.state === 'built' ? stage.objects.map(({ desired }) => desired.id) : [];
}

/** Forgets what is gone, foreign or another stage's; keeps what was left in the cluster on purpose. */
export function planShrink(facts: Facts, claimed: ReadonlySet<string>): Step | undefined {
  const positions = new Map(facts.stages.map(({ name }, index) => [name, index]));
  const wanted = new Map(facts.stages.map((stage) => [stage.name, new Set(idsOf(stage))]));
  for (const inventory of facts.inventory) {
    const ids = wanted.get(inventory.stage);
    const kept = inventory.entries.filter(
      (entry) =>
        (entry.at === facts.location && ids?.has(entry.id) === true) ||
        ((entry.at !== facts.location || !claimed.has(entry.id)) && !isOver(facts.leftovers.get(entryKey(entry)))),
    );
    if (ids === undefined && kept.length === 0) return { kind: 'forget-stage', stage: inventory.stage };
    if (kept.length < inventory.entries.length) {
      const position = positions.get(inventory.stage) ?? inventory.position;
      return { kind: 'record', stage: inventory.stage, position, entries: kept };
    }
  }
  return undefined;
}

/** Whether there is nothing left to remember an object for. What is not known is remembered. */
function isOver(leftover: Leftover | undefined): boolean {
  return leftover?.state === 'gone' || leftover?.state === 'foreign' || leftover?.state === 'same';
}
