import type { DesiredObject, Failure, ObjectFacts } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';
import type { OutOfReach } from '../tenancy/denied.ts';
import type { OwnedObjects } from './owned-objects.ts';

/**
 * How long a write that was sent and not answered may still be carried out: the time that the API server gives a request
 * (its `--request-timeout`).
 */
export const LATE_WRITE_MS = 60_000;

/** What another process had recorded before this one took over: of the writes that it sent last nobody knows. */
export interface Inherited {
  readonly ids: Set<string>;
  /** When this process took over, in epoch milliseconds. */
  readonly sinceMs: number;
  /** The run that was under way, and when it had begun: what it does not want was written before that, if at all. */
  readonly run: { readonly id: string; readonly startedMs: number } | undefined;
}

/** What an apply left behind: while the fields we own keep their values, the object is as it was applied. */
export interface AppliedMark {
  readonly hash: string;
  /** As the apply left it, or as it was when it was last found to be the same: the one that the caches hold. */
  live: KubeObject;
}

/** How often an object has been put back as it was since an instant. */
export interface Corrections {
  readonly hash: string;
  readonly sinceMs: number;
  readonly times: number;
}

/** An object that is put back this often within the window is being fought over: it is left alone for the rest of it. */
export const MAX_CORRECTIONS = 5;
export const CORRECTIONS_WINDOW_MS = 60_000;

export interface FailedAttempt {
  readonly failure: Failure;
  readonly attempts: number;
  readonly retryAtMs: number;
  /** What was tried: another run or another build is another attempt. */
  readonly mark: string;
  /** The objects that stood in the way, by id, with their UIDs: once one is gone or another, it is tried again at once. */
  readonly blocked: ReadonlyMap<string, string | undefined>;
}

/** A search of the cluster for what a StageSet owns, and why it was begun. */
export interface Search {
  readonly reason: string;
  readonly found: OwnedObjects;
  /** The cluster that was searched, as inventories say it. */
  location?: string | undefined;
  readonly isComplete?: true;
}

/**
 * What a process remembers of one StageSet between its passes. All of it may be lost at any time: it saves requests and
 * spaces out retries, and the cluster tells the rest.
 */
export class Memory {
  attempt: FailedAttempt | undefined;
  /** Failures in a row by what was tried; stages that fail side by side are counted each for itself. */
  readonly #failures = new Map<string, number>();
  readonly applied = new Map<string, AppliedMark>();
  readonly corrections = new Map<string, Corrections>();
  /** Objects that exist and are left alone (KeepExisting), as they were when they were last looked at. */
  readonly kept = new Map<string, KubeObject>();
  /** When a write of an object was last sent and not answered, by id. */
  readonly unanswered = new Map<string, number>();
  /** What another process has left behind. */
  inherited: Inherited | undefined;
  /** Of stages that could not be written: when that is tried again. */
  readonly pauses = new Map<string, number>();
  /** Digest of each stage's build that has passed the checks before writing. */
  readonly checked = new Map<string, string>();
  /** Jobs that have completed, by id, and when the cluster may remove them. */
  readonly completed = new Map<string, { readonly hash: string; readonly expiresAtMs: number }>();
  /** UIDs of objects whose deletion has been asked for. */
  readonly leaving = new Map<string, string>();
  /** By key of their entry: UIDs of objects that are what is delivered now, although recorded for another cluster. */
  readonly twins = new Map<string, string>();
  /** Since when anything on a cluster that is not delivered to any more is out of reach, by where it is. */
  outOfReachSince: ReadonlyMap<string | undefined, number> = new Map();
  /** What has been told of clusters that are not delivered to any more. */
  readonly told = new Set<string>();
  /** Objects whose deletion was forbidden: why, and until when that is believed. */
  readonly #refused = new Map<string, { readonly why: OutOfReach; readonly untilMs: number }>();
  /** What was last seen of each object, to be told again while neither side has changed. */
  readonly observed = new Map<string, { live: KubeObject | undefined; desired: DesiredObject; facts: ObjectFacts }>();
  /** The same of what stages deployed before a newer release that has not come to them. */
  readonly observedDeployed: Memory['observed'] = new Map();
  /** Deletions wait until then: an inventory has been rebuilt from what is live. */
  prunePostponedUntilMs: number | undefined;
  /** What the cluster was searched for when an inventory was gone, until it is recorded anew. */
  search: Search | undefined;
  /** The StageSet is being torn down: what its run wants is not wanted any more. */
  isLeaving = false;
  statusWrittenMs = Number.NEGATIVE_INFINITY;
  /** The run that all of this was learnt in. */
  runId: string | undefined;

  /** A new run begins: what has failed may succeed, what was kept is looked at again. */
  begin(runId: string): void {
    if (this.runId === runId) return;
    this.runId = runId;
    this.allSucceeded();
    this.kept.clear();
  }

  /** Notes that an object may not be deleted; it is tried again when that is not believed any more. */
  refuse(id: string, why: OutOfReach, untilMs: number): void {
    this.#refused.set(id, { why, untilMs });
  }

  refusalOf(id: string, nowMs: number): OutOfReach | undefined {
    const refusal = this.#refused.get(id);
    return refusal !== undefined && refusal.untilMs > nowMs ? refusal.why : undefined;
  }

  /** Counts a failure; returns how many there have been in a row of the same attempt. */
  failedAgain(mark: string): number {
    const times = (this.#failures.get(mark) ?? 0) + 1;
    this.#failures.set(mark, times);
    return times;
  }

  /** What the last attempt failed at has succeeded. */
  succeeded(): void {
    if (this.attempt !== undefined) this.#failures.delete(this.attempt.mark);
    this.attempt = undefined;
  }

  /** Nothing that has failed is still to be done. */
  allSucceeded(): void {
    this.attempt = undefined;
    this.#failures.clear();
    this.pauses.clear();
  }

  /** Counts that an object was changed back to the same content; returns how often that was within the window. */
  corrected(id: string, hash: string, nowMs: number): number {
    const before = this.corrections.get(id);
    const goesOn = before?.hash === hash && nowMs - before.sinceMs < CORRECTIONS_WINDOW_MS;
    const next = goesOn ? { ...before, times: before.times + 1 } : { hash, sinceMs: nowMs, times: 1 };
    this.corrections.set(id, next);
    return next.times;
  }

  /** Whether somebody else changes the object as often as we do. */
  isFoughtOver(id: string, hash: string, nowMs: number): boolean {
    const known = this.corrections.get(id);
    return known?.hash === hash && known.times >= MAX_CORRECTIONS && nowMs - known.sinceMs < CORRECTIONS_WINDOW_MS;
  }

  /** Until when a write of an object that is not there may still be carried out; `undefined` when none can. */
  unsureUntilMs(id: string, nowMs: number): number | undefined {
    const sentMs = Math.max(this.#inheritedMs(id), this.unanswered.get(id) ?? Number.NEGATIVE_INFINITY);
    const untilMs = sentMs + LATE_WRITE_MS;
    return untilMs > nowMs ? untilMs : undefined;
  }

  #inheritedMs(id: string): number {
    if (this.inherited?.ids.has(id) !== true) return Number.NEGATIVE_INFINITY;
    const { run, sinceMs } = this.inherited;
    return run !== undefined && run.id === this.runId && !this.isLeaving ? run.startedMs : sinceMs;
  }

  /** Drops what is remembered of objects that are neither wanted nor recorded any more. */
  keepOnly(ids: ReadonlySet<string>): void {
    const plain = [this.applied, this.corrections, this.kept, this.leaving, this.observed, this.unanswered];
    for (const map of [...plain, this.completed, this.#refused]) {
      for (const id of map.keys()) if (!ids.has(id)) map.delete(id);
    }
  }
}
