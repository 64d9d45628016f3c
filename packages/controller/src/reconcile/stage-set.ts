import { type Facts, type Failure, type Plan, plan, retryDelayMs, retryIntervalMs } from '@stageset/delivery';
import { ApiError, isNotFound, UnreachableError } from '@stageset/k8s';
import type { Outcome } from '@stageset/ports';
import { operationsOf, perform } from '../effects/perform.ts';
import { writeStatus } from '../effects/status.ts';
import { markOf, readFacts } from '../facts/read-facts.ts';
import { keyOf, type World } from '../facts/world.ts';

/** Intervals are spread by this much either way, so that what was started together does not stay together. */
const JITTER = 0.05;

/**
 * One pass over a StageSet: look at what is known, decide, say so in status, do one thing. It never waits for anything in
 * the cluster; what it waits for is in the outcome, or wakes it by an event.
 */
export async function reconcileStageSet(world: World, key: string, signal: AbortSignal): Promise<Outcome> {
  try {
    return await pass(world, key, signal);
  } catch (error) {
    if (signal.aborted || !(error instanceof ApiError || error instanceof UnreachableError)) throw error;
    const notBeforeMs = error instanceof ApiError ? error.retryAfterMs : undefined;
    // A StageSet that is gone meanwhile is told of by its watch.
    if (isNotFound(error)) return { kind: 'wait' };
    return { kind: 'retry', error, ...(notBeforeMs === undefined ? {} : { notBeforeMs }) };
  }
}

async function pass(world: World, key: string, signal: AbortSignal): Promise<Outcome> {
  const facts = await readFacts(world, key, signal);
  if (facts === undefined) {
    world.forget(key);
    return { kind: 'gone' };
  }
  const planned = plan(facts);
  const { deferredToMs } = await writeStatus(world, facts, planned, signal);
  const { failure } = await perform(world, facts, planned, signal);
  remember(world, facts, planned, failure);
  return outcomeOf(world, facts, planned, deferredToMs);
}

/** Keeps what failed, and when it is tried again; forgets it when it has succeeded or is behind us. */
function remember(world: World, facts: Facts, { step }: Plan, failure: Failure | undefined): void {
  const memory = world.memory(keyOf(facts.stageSet));
  const { attempt } = memory;
  if (failure === undefined) {
    const operation = attempt?.failure.operation;
    const passed = operation !== undefined && operationsOf(step).has(operation);
    if (passed || step.kind === 'wait' || step.kind === 'settled') memory.attempt = undefined;
    return;
  }
  const { random, clock, logger } = world.parts;
  const { spec, metadata, status } = facts.stageSet;
  const attempts = (attempt?.attempts ?? 0) + 1;
  const retryMs = retryIntervalMs(spec, facts.defaultIntervalMs);
  const delayMs = retryDelayMs(failure.retry, { attempts, random: random(), retryMs });
  const mark =
    metadata.deletionTimestamp === undefined ? markOf(status?.run?.id, facts.stages, failure.stage) : 'teardown';
  memory.attempt = { failure, attempts, retryAtMs: clock.now() + delayMs, mark };
  logger.warn('failed', { stageSet: keyOf(facts.stageSet), ...failure, attempts, againInMs: Math.round(delayMs) });
}

function outcomeOf(world: World, facts: Facts, { step, lookAgainMs }: Plan, deferredToMs: number | undefined): Outcome {
  switch (step.kind) {
    case 'ignore':
    case 'remove-finalizer':
      // The watch tells of its end.
      return { kind: 'wait' };
    case 'wait':
    case 'fail':
    case 'settled': {
      const instants = [lookAgainMs, deferredToMs].filter((instant) => instant !== undefined);
      if (instants.length === 0) return { kind: 'wait' };
      const atMs = Math.min(...instants);
      return { kind: 'wait', atMs: step.kind === 'settled' ? spread(world, facts.nowMs, atMs) : atMs };
    }
    default:
      return { kind: 'again' };
  }
}

function spread({ parts: { random } }: World, nowMs: number, atMs: number): number {
  return nowMs + (atMs - nowMs) * (1 - JITTER + 2 * JITTER * random());
}
