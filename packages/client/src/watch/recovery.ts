import { ApiError, isExpired, UnknownKindError } from '@stageset/k8s';
import { backOffMs } from '../requests/back-off.ts';
import { WatchLimitError } from '../requests/limits.ts';
import type { WatchLimits } from './limits.ts';

/** How far a round of a watch has come: listing, opening the stream, reading it. */
export type Phase = 'list' | 'open' | 'stream';

/** Where a failed round stood. */
export interface FailedRound {
  readonly phase: Phase;
  /** Failed rounds in a row, this one included. */
  readonly failures: number;
  /** The round before ended in `poll`. */
  readonly isPolling: boolean;
}

export interface Recovery {
  /** Go on from the position, start with a fresh list, or list from time to time since watching is not allowed. */
  readonly next: 'resume' | 'relist' | 'poll';
  readonly delayMs: number;
  /** Whether readers are told that the watch is down. */
  readonly isDegraded: boolean;
}

/**
 * What to do after a failed round. Pure. A stream that breaks is not yet worth a word: a server that restarts is there
 * again at the next try, and only when that fails is the watch degraded. An expired position (410) is no failure.
 */
export function recover(error: unknown, round: FailedRound, limits: WatchLimits, random: number): Recovery {
  const { phase, failures } = round;
  const delayMs = delayOf(error, failures, limits, random);
  if (phase === 'list') return { next: 'relist', delayMs, isDegraded: true };
  if (isExpired(error)) return { next: 'relist', delayMs: failures > 1 ? delayMs : 0, isDegraded: failures > 2 };
  if (phase === 'open' && isWatchRefused(error)) {
    return { next: 'poll', delayMs: limits.pollMs, isDegraded: !round.isPolling };
  }
  return {
    next: isLostPosition(error) ? 'relist' : 'resume',
    delayMs,
    isDegraded: phase === 'open' || failures > 1,
  };
}

/** Reading is allowed, watching is not, or not now: the list that came before went well. */
function isWatchRefused(error: unknown): boolean {
  if (error instanceof WatchLimitError) return true;
  return error instanceof ApiError && (error.code === 403 || error.code === 405);
}

/**
 * A failure that resuming from the same position would meet again: a position that the server does not know (it was
 * restored from a backup), a request it rejects, a kind that is not there any more, an error sent inside the stream.
 */
function isLostPosition(error: unknown): boolean {
  if (error instanceof UnknownKindError) return true;
  if (!(error instanceof ApiError)) return false;
  const isAhead = error.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge');
  return isAhead || (error.code >= 400 && error.code < 500 && error.code !== 401 && error.code !== 429);
}

function delayOf(error: unknown, failures: number, limits: WatchLimits, random: number): number {
  const maxMs = error instanceof UnknownKindError ? limits.maxUnknownKindBackOffMs : limits.maxBackOffMs;
  const ownMs = backOffMs({ firstMs: limits.firstBackOffMs, maxMs }, failures, random);
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(ownMs, Math.min(askedMs, limits.maxBackOffMs));
}
