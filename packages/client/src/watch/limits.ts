/** Bounds of one watch. Times are in milliseconds on the injected clock. */
export interface WatchLimits {
  /** Objects of one page of a list. */
  readonly pageSize: number;
  /** How often a list starts over when its position expires between pages. */
  readonly maxListRestarts: number;
  /** A watch is asked to end by itself after a time by chance between these two. */
  readonly minWatchMs: number;
  readonly maxWatchMs: number;
  /** A stream that stays silent this long, bookmarks included, is taken for dead and opened again where it was. */
  readonly maxSilenceMs: number;
  /** A stream that ended sooner than this without an event counts as a failure. */
  readonly shortWatchMs: number;
  /** One event. */
  readonly maxEventBytes: number;
  readonly firstBackOffMs: number;
  readonly maxBackOffMs: number;
  /** Kinds that are not installed are asked for more often, since the answer is shared. */
  readonly maxUnknownKindBackOffMs: number;
  /** How often the selection is listed when watching it is not allowed. */
  readonly pollMs: number;
}

export const DEFAULT_WATCH_LIMITS: WatchLimits = {
  pageSize: 500,
  maxListRestarts: 3,
  minWatchMs: 300_000,
  maxWatchMs: 600_000,
  maxSilenceMs: 150_000,
  shortWatchMs: 1_000,
  maxEventBytes: 16 * 1024 * 1024,
  firstBackOffMs: 500,
  maxBackOffMs: 30_000,
  maxUnknownKindBackOffMs: 10_000,
  pollMs: 60_000,
};
