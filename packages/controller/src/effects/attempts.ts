import type { StageSet } from '@stageset/api';
import { type Failure, retryDelayMs, retryIntervalMs } from '@stageset/delivery';
import type { FailedAttempt } from '../facts/memory.ts';
import { keyOf, type World } from '../facts/world.ts';

/** Keeps what failed, how often in a row, and when it is tried again. `mark` names what was tried, `blocked` the objects at fault. */
export function noteFailure(
  world: World,
  stageSet: StageSet,
  failure: Failure,
  mark: string,
  blocked: FailedAttempt['blocked'] = new Map(),
): void {
  const { random, clock, logger, settings } = world.parts;
  const memory = world.memory(keyOf(stageSet));
  const attempts = memory.failedAgain(mark);
  const retryMs = retryIntervalMs(stageSet.spec, settings.defaultIntervalMs);
  const delayMs = retryDelayMs(failure.retry, { attempts, random: random(), retryMs });
  const nowMs = clock.now();
  if (failure.stage !== undefined && isOfWriting(failure)) memory.pauses.set(failure.stage, nowMs + delayMs);
  const before = memory.attempt;
  // Of stages that fail together the first is told, whichever was the last to fail: status would only flicker.
  const isTold = before !== undefined && before.mark !== mark && before.retryAtMs > nowMs;
  if (!isTold || positionOf(stageSet, failure) <= positionOf(stageSet, before.failure)) {
    memory.attempt = { failure, attempts, retryAtMs: nowMs + delayMs, mark, blocked };
  }
  logger.warn('failed', { stageSet: keyOf(stageSet), ...failure, attempts, againInMs: Math.round(delayMs) });
}

function isOfWriting({ operation }: Failure): boolean {
  return operation === 'apply' || operation === 'conflict policy';
}

function positionOf({ spec }: StageSet, { stage }: Failure): number {
  return spec.stages.findIndex(({ name }) => name === stage);
}

/** An earlier failure of these operations, in this stage, is a thing of the past. */
export function noteSuccess(
  world: World,
  stageSet: StageSet,
  operations: ReadonlySet<string>,
  stage: string | undefined,
): void {
  const memory = world.memory(keyOf(stageSet));
  if (stage !== undefined && operations.has('apply')) memory.pauses.delete(stage);
  const failure = memory.attempt?.failure;
  if (failure?.operation === undefined || !operations.has(failure.operation)) return;
  if (failure.stage === stage) memory.succeeded();
}
