import type { KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, textAt } from '../../builtin/fields.ts';
import type { Behaviour } from '../scenario/behaviour.ts';
import { backOffMs, CRASH_BACK_OFF_MS, type Timing } from '../timing.ts';
import { isReady, phaseOf } from './pod-state.ts';
import { restartsOf } from './pod-status.ts';

/** What the kubelet remembers of a pod beside its status, whose instants have whole seconds only. */
export interface PodMemory {
  /** When it last changed. */
  readonly sinceMs: number;
  /** How often its images could not be pulled. */
  readonly pulls: number;
  /** How often its readiness has changed by itself. */
  readonly flips: number;
}

/** The next thing that happens to a pod. */
export type PodMove =
  | { readonly kind: 'start' | 'start-unready' | 'ready' | 'unready' | 'succeed' | 'pull-fail' | 'pull-wait' }
  | { readonly kind: 'fail'; readonly exitCode: number }
  | { readonly kind: 'crash'; readonly exitCode: number; readonly probe: boolean };

export interface PodPlanInput {
  readonly pod: KubeObject;
  readonly behaviour: Behaviour;
  readonly memory: PodMemory;
  readonly timing: Timing;
  /** Whether a job owns it, so that it ends by itself. */
  readonly isJobs: boolean;
  /** How many pods of the same owner were made to fail before. */
  readonly failuresBefore: number;
}

export interface PlannedMove {
  readonly dueMs: number;
  readonly move: PodMove;
}

/** The exit code of a process that was told to end. */
const KILLED = 137;
const FLAP_MS = 10_000;
const LIVENESS_MS = 30_000;
/** From an image that could not be pulled until the kubelet says that it backs off. */
const PULL_WAIT_MS = 1_000;

/** The next move of a pod that has a node and is not on its way out; `undefined` when it stays as it is. */
export function nextMove(input: PodPlanInput): PlannedMove | undefined {
  const { pod } = input;
  const phase = phaseOf(pod);
  if (phase === 'Pending') return fromPending(input);
  if (phase !== 'Running') return undefined;
  return waitingReason(pod) === 'CrashLoopBackOff' ? fromBackOff(input) : fromRunning(input);
}

function waitingReason(pod: KubeObject): string | undefined {
  const [container = {}] = listAt(fieldsAt(pod, 'status'), 'containerStatuses');
  return textAt(fieldsAt(container as Fields, 'state', 'waiting'), 'reason');
}

function isOpen({ times = Number.POSITIVE_INFINITY }: Behaviour, done: number): boolean {
  return done < times;
}

function fromPending(input: PodPlanInput): PlannedMove | undefined {
  const { behaviour, memory, timing, pod } = input;
  const { word, afterMs, forMs } = behaviour;
  const at = (ms: number, move: PodMove): PlannedMove => ({ dueMs: memory.sinceMs + ms, move });
  switch (word) {
    case 'hold':
      return forMs === undefined ? undefined : at(forMs, { kind: 'start' });
    case 'unready':
      return at(afterMs ?? timing.podReadyMs, { kind: 'start-unready' });
    case 'fail':
      if (afterMs !== undefined || !isOpen(behaviour, input.failuresBefore))
        return at(timing.podReadyMs, { kind: 'start' });
      return at(timing.podFailureMs, { kind: 'fail', exitCode: behaviour.exitCode ?? 1 });
    case 'crash':
      if (afterMs !== undefined || !isOpen(behaviour, restartsOf(pod))) return at(timing.podReadyMs, { kind: 'start' });
      return at(timing.podFailureMs, crash(behaviour));
    case 'pull-error':
      return pull(input, at);
    case 'run':
      return at(afterMs ?? timing.podReadyMs, { kind: 'start' });
    default:
      return at(timing.podReadyMs, { kind: 'start' });
  }
}

function pull(
  { pod, behaviour, memory, timing }: PodPlanInput,
  at: (ms: number, move: PodMove) => PlannedMove,
): PlannedMove {
  const reason = waitingReason(pod);
  if (reason === 'ErrImagePull') return at(PULL_WAIT_MS, { kind: 'pull-wait' });
  const waitMs = reason === 'ImagePullBackOff' ? backOffMs(memory.pulls - 1, CRASH_BACK_OFF_MS) : timing.podFailureMs;
  return at(waitMs, { kind: isOpen(behaviour, memory.pulls) ? 'pull-fail' : 'start' });
}

function crash({ exitCode = 1 }: Behaviour): PodMove {
  return { kind: 'crash', exitCode, probe: false };
}

function fromBackOff({ pod, behaviour, memory }: PodPlanInput): PlannedMove {
  const restarts = restartsOf(pod);
  const dueMs = memory.sinceMs + backOffMs(restarts - 1, CRASH_BACK_OFF_MS);
  const isCrashing = behaviour.word === 'crash' && behaviour.afterMs === undefined && isOpen(behaviour, restarts);
  return { dueMs, move: isCrashing ? crash(behaviour) : { kind: 'start' } };
}

function fromRunning(input: PodPlanInput): PlannedMove | undefined {
  const { pod, behaviour, memory, timing } = input;
  const { word, afterMs, forMs } = behaviour;
  const at = (ms: number, move: PodMove): PlannedMove => ({ dueMs: memory.sinceMs + ms, move });
  const restarts = restartsOf(pod);
  if (word === 'fail' && afterMs !== undefined && isOpen(behaviour, input.failuresBefore)) {
    return at(afterMs, { kind: 'fail', exitCode: behaviour.exitCode ?? 1 });
  }
  if (word === 'crash' && isOpen(behaviour, restarts)) return at(afterMs ?? timing.podFailureMs, crash(behaviour));
  if (word === 'unhealthy' && isOpen(behaviour, restarts)) {
    return at(afterMs ?? LIVENESS_MS, { kind: 'crash', exitCode: KILLED, probe: true });
  }
  if (word === 'unready' && !isReady(pod)) return forMs === undefined ? undefined : at(forMs, { kind: 'ready' });
  if (word === 'flap' && isOpen(behaviour, memory.flips / 2)) {
    return at(behaviour.everyMs ?? FLAP_MS, { kind: isReady(pod) ? 'unready' : 'ready' });
  }
  const isLasting = !input.isJobs && (word !== 'run' || forMs === undefined);
  if (isLasting) return undefined;
  const runMs = word === 'run' ? forMs : undefined;
  return at(runMs ?? Math.max(0, timing.jobPodMs - timing.podReadyMs), { kind: 'succeed' });
}
