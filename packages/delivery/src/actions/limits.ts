import type { Action } from '@stageset/api';
import { parseDuration } from '@stageset/k8s';
import { verbOf } from './identity.ts';

/** An attempt at a job, when nothing else is said. */
const JOB_TIMEOUT_MS = 10 * 60_000;
/** How long an expression, applied objects and the end of a deleted object are waited for, when nothing else is said. */
const WAIT_TIMEOUT_MS = 5 * 60_000;
const BACKOFF_STEP_MS = 500;
const BACKOFF_MAX_MS = 5_000;
/** Whoever asks to be left alone for longer is asked again: a release does not end since somebody says a thousand years. */
const RETRY_AFTER_MAX_MS = 5 * 60_000;

function msOf(text: string | undefined): number | undefined {
  const parsed = text === undefined ? undefined : parseDuration(text);
  return parsed?.ok === true ? parsed.ms : undefined;
}

/** How long all attempts may take together; nothing when that is not said. Zero and less are over at once. */
export function timeoutMs(action: Action): number | undefined {
  return msOf(action.timeout);
}

/** When an attempt is given up: by the action's timeout, else by what its verb allows one attempt. */
export function attemptEndsMs(action: Action, startedMs: number, attemptedMs: number): number | undefined {
  const whole = timeoutMs(action);
  const ends = [
    ...(whole === undefined ? [] : [startedMs + whole]),
    ...verbLimits(action, whole).map((limit) => attemptedMs + limit),
  ];
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function verbLimits(action: Action, whole: number | undefined): number[] {
  switch (verbOf(action)) {
    case 'wait': {
      const { expr, duration, timeout } = action.wait ?? {};
      return expr === undefined || duration !== undefined ? [] : [msOf(timeout) ?? WAIT_TIMEOUT_MS];
    }
    case 'job':
      return whole === undefined ? [JOB_TIMEOUT_MS] : [];
    case 'delete':
      return whole === undefined ? [WAIT_TIMEOUT_MS] : [];
    case 'apply':
      return whole === undefined && action.apply?.wait === true ? [WAIT_TIMEOUT_MS] : [];
    default:
      return [];
  }
}

/** How long a `wait` lasts whose end is a time; nothing for one that waits for an expression. */
export function waitMs(action: Action): number | undefined {
  const { duration, expr } = action.wait ?? {};
  return msOf(duration) ?? (expr === undefined ? 0 : undefined);
}

/** How long after the `failures`th failed attempt the next one is made. */
export function attemptDelayMs(failures: number, retryAfterMs = 0): number {
  return Math.max(Math.min(retryAfterMs, RETRY_AFTER_MAX_MS), Math.min(BACKOFF_MAX_MS, BACKOFF_STEP_MS * failures));
}
