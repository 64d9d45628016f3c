/** What the controller counts. Names and labels of the series are the adapter's; they are a contract with dashboards. */
export interface Metrics {
  /** A verdict: the condition Ready has been given this reason. */
  verdict(namespace: string, name: string, reason: string): void;
  stageApplied(namespace: string, name: string, stage: string): void;
  stageReady(namespace: string, name: string, stage: string, ready: boolean): void;
  /** An action in `pre` or `post` has been carried out. */
  actionRan(namespace: string, name: string, scope: string): void;
  /** The witness of a completion cannot be read. */
  ledgerAnchorFailed(namespace: string, name: string): void;
  /** A StageSet has found what another of its name had done once ever. */
  ledgerAdopted(namespace: string, name: string): void;
  driftCorrected(namespace: string, name: string, stage: string, objects: number): void;
  inventoryEntrySkipped(namespace: string, name: string, stage: string): void;
  teardownForced(namespace: string, name: string, reason: 'timed_out' | 'permanent' | 'unauthorized'): void;
  watchFailed(gvk: string): void;
  /** Drops the series of a stage that has left the spec. */
  forgetStage(namespace: string, name: string, stage: string): void;
  /** Drops the series of a StageSet that is gone, but for forced teardowns. */
  forget(namespace: string, name: string): void;
}
