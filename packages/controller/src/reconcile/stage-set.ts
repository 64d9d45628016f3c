import { type Facts, type Plan, plan, type Step } from '@stageset/delivery';
import { ApiError, isNotFound, UnreachableError } from '@stageset/k8s';
import type { Outcome } from '@stageset/ports';
import { noteFailure, noteSuccess } from '../effects/attempts.ts';
import { type Effect, operationsOf, perform } from '../effects/perform.ts';
import { writeStatus } from '../effects/status.ts';
import { markOf } from '../facts/attempt-marks.ts';
import { readFacts } from '../facts/read-facts.ts';
import { keyOf, type World } from '../facts/world.ts';
import { inSpan, type Span } from '../tracing/tracer.ts';

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
    // Before the first list nobody can tell; when it is there every StageSet is looked at.
    if (!world.stageSets.synced) return { kind: 'wait' };
    world.forget(key);
    return { kind: 'gone' };
  }
  const planned = plan(facts);
  const { metadata, status } = facts.stageSet;
  const span = world.tracer.begin('StageSet.Reconcile', `${metadata.uid ?? key}/${status?.run?.id ?? ''}`, {
    'stageset.namespace': metadata.namespace ?? '',
    'stageset.name': metadata.name,
    'stageset.generation': metadata.generation ?? 0,
  });
  const { deferredToMs } = await inSpan(span, () => sayAndDo(world, facts, { planned, span }, signal));
  return outcomeOf(world, facts, planned, deferredToMs);
}

interface Traced {
  readonly planned: Plan;
  readonly span: Span;
}

/** Steps that do not rest on what status says of them: it is written while they are carried out. */
const ALONGSIDE: ReadonlySet<Step['kind']> = new Set(['pin', 'build', 'record', 'apply', 'delete']);

async function sayAndDo(world: World, facts: Facts, { planned, span }: Traced, signal: AbortSignal) {
  const saying = writeStatus(world, facts, planned, signal);
  // What actions have done is durable before anything else is done.
  const remembers = planned.stages.some(({ record }) => record !== undefined);
  if (remembers || !ALONGSIDE.has(planned.step.kind)) await saying;
  const [said, done] = await Promise.allSettled([saying, perform(world, facts, { ...planned, span }, signal)]);
  if (done.status === 'fulfilled') remember(world, facts, planned, done.value);
  if (said.status === 'rejected') throw said.reason;
  if (done.status === 'rejected') throw done.reason;
  return said.value;
}

/** Keeps what failed, and when it is tried again; forgets it when it has succeeded or is behind us. */
function remember(world: World, { stageSet, stages }: Facts, { step }: Plan, { failure, blocked }: Effect): void {
  if (failure !== undefined) {
    const { metadata, status } = stageSet;
    const isTeardown = metadata.deletionTimestamp !== undefined;
    const mark = isTeardown ? 'teardown' : markOf(status?.run?.id, stages, failure.stage);
    noteFailure(world, stageSet, failure, mark, blocked);
    return;
  }
  noteSuccess(world, stageSet, operationsOf(step), 'stage' in step ? step.stage : undefined);
  const isBehind = step.kind === 'settled' || (step.kind === 'wait' && stages.every(({ state }) => state === 'built'));
  if (isBehind) world.memory(keyOf(stageSet)).allSucceeded();
}

function outcomeOf(world: World, facts: Facts, { step, lookAgainMs }: Plan, deferredToMs: number | undefined): Outcome {
  switch (step.kind) {
    case 'act':
      // Its end is told of; what never ends has a time.
      return waitUntil(step.what === 'do' ? [Date.parse(step.intent.timeoutAt ?? '')] : []);
    case 'ignore':
    case 'build':
    case 'remove-finalizer':
      // Its end is told of: by the watch, or by the build itself.
      return { kind: 'wait' };
    case 'wait':
    case 'fail':
    case 'settled': {
      const until = waitUntil([lookAgainMs, deferredToMs]);
      const { atMs } = until;
      return step.kind !== 'settled' || atMs === undefined
        ? until
        : { ...until, atMs: spread(world, facts.nowMs, atMs) };
    }
    default:
      return { kind: 'again' };
  }
}

function waitUntil(instants: readonly (number | undefined)[]): Extract<Outcome, { kind: 'wait' }> {
  const known = instants.filter((instant) => instant !== undefined).filter((instant) => !Number.isNaN(instant));
  return known.length === 0 ? { kind: 'wait' } : { kind: 'wait', atMs: Math.min(...known) };
}

function spread({ parts: { random } }: World, nowMs: number, atMs: number): number {
  return nowMs + (atMs - nowMs) * (1 - JITTER + 2 * JITTER * random());
}
