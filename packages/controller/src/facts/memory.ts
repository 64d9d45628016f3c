import type { DesiredObject, Failure, ObjectFacts } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';

/** What an apply left behind: while the fields we own keep these values, the object is as it was applied. */
export interface AppliedMark {
  readonly uid: string;
  readonly hash: string;
  /** The version that was compared last: while it stands, nothing needs to be compared. */
  resourceVersion: string;
  readonly fingerprint: string;
}

export interface FailedAttempt {
  readonly failure: Failure;
  readonly attempts: number;
  readonly retryAtMs: number;
  /** What was tried: another run or another build is another attempt. */
  readonly mark: string;
}

/**
 * What a process remembers of one StageSet between its passes. All of it may be lost at any time: it saves requests and
 * spaces out retries, and the cluster tells the rest.
 */
export class Memory {
  attempt: FailedAttempt | undefined;
  readonly applied = new Map<string, AppliedMark>();
  /** Objects that exist and are left alone (KeepExisting), as they were when they were last looked at. */
  readonly kept = new Map<string, KubeObject>();
  /** UIDs of objects whose deletion has been asked for. */
  readonly leaving = new Map<string, string>();
  /** What was last seen of each object, to be told again while neither side has changed. */
  readonly observed = new Map<string, { live: KubeObject | undefined; desired: DesiredObject; facts: ObjectFacts }>();
  /** Deletions wait until then: an inventory has been rebuilt from what is live. */
  prunePostponedUntilMs: number | undefined;
  statusWrittenMs = Number.NEGATIVE_INFINITY;
  /** The run that all of this was learnt in. */
  runId: string | undefined;

  /** A new run begins: what has failed may succeed, what was kept is looked at again. */
  begin(runId: string): void {
    if (this.runId === runId) return;
    this.runId = runId;
    this.attempt = undefined;
    this.kept.clear();
  }

  /** Drops what is remembered of objects that are neither wanted nor recorded any more. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const map of [this.applied, this.kept, this.leaving, this.observed]) {
      for (const id of map.keys()) if (!ids.has(id)) map.delete(id);
    }
  }
}
