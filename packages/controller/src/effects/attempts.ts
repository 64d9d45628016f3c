import type { StageSet } from '@stageset/api';
import { type Failure, retryDelayMs, retryIntervalMs } from '@stageset/delivery';
import { keyOf, type World } from '../facts/world.ts';

/** Keeps what failed, how often in a row, and when it is tried again. `mark` names what was tried. */
export function noteFailure(world: World, stageSet: StageSet, failure: Failure, mark: string): void {
  const { random, clock, logger, settings } = world.parts;
  const memory = world.memory(keyOf(stageSet));
  const before = memory.attempt?.mark === mark ? memory.attempt.attempts : 0;
  const attempts = before + 1;
  const retryMs = retryIntervalMs(stageSet.spec, settings.defaultIntervalMs);
  const delayMs = retryDelayMs(failure.retry, { attempts, random: random(), retryMs });
  memory.attempt = { failure, attempts, retryAtMs: clock.now() + delayMs, mark };
  logger.warn('failed', { stageSet: keyOf(stageSet), ...failure, attempts, againInMs: Math.round(delayMs) });
}

/** An earlier failure of these operations, in this stage, is a thing of the past. */
export function noteSuccess(
  world: World,
  stageSet: StageSet,
  operations: ReadonlySet<string>,
  stage: string | undefined,
): void {
  const memory = world.memory(keyOf(stageSet));
  const failure = memory.attempt?.failure;
  if (failure?.operation === undefined || !operations.has(failure.operation)) return;
  if (failure.stage === stage) memory.attempt = undefined;
}
