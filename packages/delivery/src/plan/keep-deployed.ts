import { APPLY_CLASSES } from '@stageset/k8s';
import type { DeployedFacts, Facts } from './facts.ts';
import type { Plan } from './step.ts';

/**
 * What is deployed is kept as it is whatever else waits or has failed: while there is nothing else to be done, drift of
 * stages that stand at what was delivered last is put back. A stage that could not be written has its time to be
 * tried again. `undefined` when nothing has drifted.
 */
export function keepDeployed(facts: Facts, planned: Plan): Plan | undefined {
  const { kind } = planned.step;
  if ((kind !== 'wait' && kind !== 'fail') || planned.verdict.kind === 'suspended') return undefined;
  // A release that is being built will say in a moment what is wanted.
  if (kind === 'wait' && facts.stages.some(({ state }) => state === 'unbuilt')) return undefined;
  for (const { stage, objects } of deployedStages(facts)) {
    if (isPaused(facts, stage)) continue;
    const recorded = new Set(
      facts.inventory
        .find((inventory) => inventory.stage === stage)
        ?.entries.flatMap(({ id, at }) => (at === facts.location ? [id] : [])),
    );
    const drifted = objects.filter(
      ({ state, desired }) => (state === 'missing' || state === 'changed') && recorded.has(desired.id),
    );
    for (const applyClass of APPLY_CLASSES) {
      const next = drifted.filter(({ desired }) => desired.class === applyClass);
      if (next.length === 0) continue;
      return { ...planned, step: { kind: 'apply', stage, mode: 'drift', objects: next, check: [] } };
    }
  }
  return undefined;
}

function deployedStages({ stages, stageSet, deployed = [] }: Facts): DeployedFacts[] {
  const current = stages.flatMap((facts): DeployedFacts[] => {
    if (facts.state !== 'built') return [];
    const status = stageSet.status?.stages?.find(({ name }) => name === facts.name);
    return status?.appliedDigest === facts.digest ? [{ stage: facts.name, objects: facts.objects }] : [];
  });
  return [...current, ...deployed];
}

function isPaused({ nowMs, paused }: Facts, stage: string): boolean {
  return (paused?.get(stage) ?? Number.NEGATIVE_INFINITY) > nowMs;
}
