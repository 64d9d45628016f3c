import type { Failure } from '../failure/failure.ts';
import { entryKey } from '../inventory/entry.ts';
import { retryIntervalMs } from '../timing/intervals.ts';
import type { Facts, Leftover } from './facts.ts';
import { lastFirst, planLeftovers, stuckFailure, unsureUntil } from './leftovers.ts';
import type { ForcedTeardown, Plan, StageReport } from './step.ts';

/** What the finalizer waits for at most, when the cluster does not let go. */
export const DEFAULT_MAX_TEARDOWN_WAIT_MS = 60 * 60_000;

/**
 * Takes everything away that the StageSet has put there, in reverse: the objects of a stage are gone before those of the
 * stage before it go. The finalizer goes last.
 */
export function planTeardown(facts: Facts): Plan {
  const { stageSet, nowMs, attempt } = facts;
  const since = Date.parse(stageSet.metadata.deletionTimestamp ?? '');
  const deadlineMs = (Number.isNaN(since) ? nowMs : since) + facts.maxTeardownWaitMs;
  if (!facts.synced) return { step: { kind: 'wait' }, verdict: { kind: 'unchanged' }, stages: [] };
  const planned = planLeftovers(facts.inventory, (stage) => stage.entries, facts.leftovers, 'teardown');
  const unsureMs = unsureUntil(facts.leftovers);
  if (planned.kind === 'clean' && unsureMs !== undefined && nowMs < deadlineMs) {
    const message = 'waiting until no write that was sent and not answered can arrive any more';
    return {
      step: { kind: 'wait' },
      verdict: { kind: 'progressing', message: `tearing down: ${message}` },
      stages: [],
      lookAgainMs: Math.min(unsureMs, deadlineMs),
    };
  }
  if (planned.kind === 'clean') {
    return { step: { kind: 'remove-finalizer' }, verdict: { kind: 'unchanged' }, stages: [] };
  }
  const forced = nowMs >= deadlineMs ? 'timed_out' : planned.kind === 'stuck' ? lostCause(planned.left) : undefined;
  const left = forced === 'timed_out' ? lastTry(facts) : undefined;
  if (left !== undefined) return left;
  if (forced !== undefined) {
    return { step: { kind: 'remove-finalizer', forced }, verdict: { kind: 'unchanged' }, stages: [] };
  }
  if (planned.kind === 'stuck') {
    const failure = stuckFailure(planned.stage, planned.left);
    const again = Math.min(nowMs + 60_000, nowMs + retryIntervalMs(stageSet.spec, facts.defaultIntervalMs), deadlineMs);
    return {
      step: { kind: 'fail', failure },
      verdict: { kind: 'failed', failure },
      stages: [{ name: planned.stage, phase: 'Pruning', message: failure.message, verifying: false }],
      lookAgainMs: again,
    };
  }
  const stages: StageReport[] = [{ name: planned.stage, phase: 'Pruning', message: planned.message, verifying: false }];
  if (attempt !== undefined && attempt.retryAtMs > nowMs) {
    const failure: Failure = attempt.failure;
    return {
      step: { kind: 'fail', failure },
      verdict: { kind: 'failed', failure },
      stages,
      lookAgainMs: Math.min(attempt.retryAtMs, deadlineMs),
    };
  }
  const verdict = {
    kind: 'progressing',
    message: `tearing down stage "${planned.stage}": ${planned.message}`,
  } as const;
  if (planned.kind === 'step') return { step: planned.step, verdict, stages };
  const again = nowMs + retryIntervalMs(stageSet.spec, facts.defaultIntervalMs);
  return { step: { kind: 'wait' }, verdict, stages, lookAgainMs: Math.min(again, deadlineMs) };
}

/** Why waiting for what is left is of no use; `undefined` while its cluster may come back. */
function lostCause(left: readonly Leftover[]): ForcedTeardown | undefined {
  if (left.some(({ state }) => state === 'unreachable')) return undefined;
  return left.some(({ state }) => state === 'disowned') ? 'unauthorized' : 'permanent';
}

/**
 * When time is up, what has not been asked to go yet is asked once, whatever stage it is of: one that hangs, or whose
 * deletion fails, abandons no other.
 */
function lastTry({ inventory, leftovers, attempt, nowMs }: Facts): Plan | undefined {
  const stages = lastFirst(inventory);
  const isFailing = attempt !== undefined && attempt.retryAtMs > nowMs;
  const failed = isFailing ? stages.findIndex(({ stage }) => stage === attempt.failure.stage) : -1;
  for (const { stage, entries } of stages.slice(failed + 1)) {
    const objects = entries
      .flatMap((entry) => leftovers.get(entryKey(entry)) ?? [])
      .filter(({ state }) => state === 'present');
    if (objects.length === 0) continue;
    return { step: { kind: 'delete', stage, objects, why: 'teardown' }, verdict: { kind: 'unchanged' }, stages: [] };
  }
  return undefined;
}
