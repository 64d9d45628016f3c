import type { StageSet, StageSetStatus } from '@stageset/api';
import {
  actionNews,
  type Facts,
  foldStatus,
  isOnlyProgress,
  type Plan,
  stagesCompleted,
  transitionOf,
} from '@stageset/delivery';
import { createMergePatch } from '@stageset/k8s';
import { keyOf, type World } from '../facts/world.ts';

/** While nothing changes but how far a wait has come, status is written no more often than this. */
const PROGRESS_EVERY_MS = 1000;

/**
 * Writes what a plan has to say, if that is news, and tells events and metrics of it. Returns when a piece of progress
 * that was left out is to be written.
 */
export async function writeStatus(
  world: World,
  facts: Facts,
  plan: Plan,
  signal: AbortSignal,
): Promise<{ readonly deferredToMs?: number }> {
  const { stageSet, nowMs } = facts;
  const cluster = world.parts.cluster.forCaller(keyOf(stageSet));
  const before: StageSetStatus = stageSet.status ?? {};
  const after = foldStatus(facts, plan);
  const patch = createMergePatch(before, after);
  count(world, stageSet, plan);
  if (patch === undefined) return {};
  const memory = world.memory(keyOf(stageSet));
  const dueMs = memory.statusWrittenMs + PROGRESS_EVERY_MS;
  if (nowMs < dueMs && isOnlyProgress(before, after)) return { deferredToMs: dueMs };
  const { namespace, name, uid, resourceVersion } = stageSet.metadata;
  const ref = {
    apiVersion: stageSet.apiVersion,
    kind: stageSet.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  // The UID keeps the verdict on one StageSet from being given to another that has taken its name; the version keeps what
  // another process has pinned since from being overwritten by one that does not know of it.
  const body = { metadata: { uid, resourceVersion }, status: patch };
  const written = await cluster.patch(ref, { type: 'merge', patch: body }, { subresource: 'status' }, signal);
  world.rememberStageSet(written);
  memory.statusWrittenMs = nowMs;
  tell(world, facts, before, after);
  return {};
}

/** Each pass that ends in a verdict is counted under its reason. */
function count({ parts: { metrics } }: World, { metadata }: StageSet, { step, verdict }: Plan): void {
  const namespace = metadata.namespace ?? '';
  if (step.kind === 'settled' && verdict.kind === 'ready') metrics.verdict(namespace, metadata.name, 'Succeeded');
  else if (verdict.kind === 'failed') metrics.verdict(namespace, metadata.name, verdict.failure.reason);
  else if (verdict.kind === 'suspended') metrics.verdict(namespace, metadata.name, 'Suspended');
}

function tell(world: World, { stageSet, ledger }: Facts, before: StageSetStatus, after: StageSetStatus): void {
  const { events, metrics, logger } = world.parts;
  const { namespace = '', name } = stageSet.metadata;
  const transition = transitionOf(before, after);
  if (transition !== undefined) {
    const { status, reason, message } = transition;
    events.record(stageSet, { type: status === 'True' ? 'Normal' : 'Warning', reason, note: message });
    logger[status === 'True' || reason === 'Suspended' ? 'info' : 'warn'](message, {
      stageSet: keyOf(stageSet),
      reason,
    });
  }
  for (const news of actionNews(stageSet, before, after, ledger.object)) {
    if (news.kind === 'ran') metrics.actionRan(namespace, name, news.scope);
    else if (news.kind === 'adopted') metrics.ledgerAdopted(namespace, name);
    if (news.event !== undefined) events.record(stageSet, news.event);
  }
  for (const stage of stagesCompleted(before, after)) metrics.stageApplied(namespace, name, stage);
  for (const { name: stage, phase } of after.stages ?? [])
    metrics.stageReady(namespace, name, stage, phase === 'Ready');
  const known = new Set(after.stages?.map((stage) => stage.name));
  for (const { name: stage } of before.stages ?? []) if (!known.has(stage)) metrics.forgetStage(namespace, name, stage);
}
