import type { Stage, StageSetSpec } from '@stageset/api';
import { parseDuration } from '@stageset/k8s';

const DEFAULT_TIMEOUT_MS = 15 * 60_000;
const SLOWLY_MS = 60_000;
/** A retry interval below this would be a storm; `0s` means the interval. */
const MIN_RETRY_MS = 1_000;
const BACKOFF_START_MS = 1_000;
const BACKOFF_MAX_MS = 5 * 60_000;

/** Milliseconds of a Go duration that is above zero, else `undefined`. */
export function positiveMs(text: string | undefined): number | undefined {
  const parsed = text === undefined ? undefined : parseDuration(text);
  return parsed?.ok === true && parsed.ms > 0 ? parsed.ms : undefined;
}

export function intervalMs(spec: StageSetSpec, defaultMs: number): number {
  return positiveMs(spec.interval) ?? defaultMs;
}

export function retryIntervalMs(spec: StageSetSpec, defaultMs: number): number {
  return Math.max(MIN_RETRY_MS, positiveMs(spec.retryInterval) ?? intervalMs(spec, defaultMs));
}

/** How soon to look again while all is well. */
export function steadyMs(spec: StageSetSpec, defaultMs: number): number {
  const interval = intervalMs(spec, defaultMs);
  return Math.min(interval, positiveMs(spec.driftDetectionInterval) ?? interval);
}

/** `readyChecks.timeout`, else that of the stage, else that of the StageSet, else 15 minutes. */
export function verifyTimeoutMs(spec: StageSetSpec, stage: Stage): number {
  return (
    positiveMs(stage.readyChecks?.timeout) ??
    positiveMs(stage.timeout) ??
    positiveMs(spec.timeout) ??
    DEFAULT_TIMEOUT_MS
  );
}

/** How long after the `attempts`th failure the next attempt is made. `random` (0 to 1) spreads those that failed together. */
export function retryDelayMs(
  retry: 'backoff' | 'retry' | 'slowly',
  { attempts, random, retryMs }: { readonly attempts: number; readonly random: number; readonly retryMs: number },
): number {
  if (retry === 'slowly') return Math.min(SLOWLY_MS, retryMs);
  if (retry === 'retry') return retryMs;
  const grown = BACKOFF_START_MS * 2 ** Math.min(attempts - 1, 20);
  return Math.min(BACKOFF_MAX_MS, grown, Math.max(retryMs, BACKOFF_START_MS)) * (0.75 + 0.5 * random);
}
