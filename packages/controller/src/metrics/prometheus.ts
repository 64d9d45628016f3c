import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';
import { StageSetSeries } from './stage-set-series.ts';

/** Of the contract; the lease of each replica has it and a suffix of its own. */
export const LEASE_NAME = 'stageset-controller.stages.metio.wtf';

const OF_STAGE_SET = ['namespace', 'name'] as const;
const COUNTED_STAGE = ['namespace', 'name', 'stage'] as const;
/** Another word for the StageSet than counters have, as the contract has it. */
const GAUGED_STAGE = ['namespace', 'stageset', 'stage'] as const;

/** The metrics of the contract, in a registry of their own, so that two controllers in one process do not mix theirs. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly #series = new StageSetSeries();
  readonly #reconciles = new Counter({
    name: 'stageset_reconcile_total',
    help: 'Verdicts on StageSets, by the reason of the condition Ready.',
    labelNames: [...OF_STAGE_SET, 'reason'],
    registers: this.#registers,
  });
  readonly #applied = new Counter({
    name: 'stageset_stage_applied_total',
    help: 'Stages that were applied and became ready.',
    labelNames: COUNTED_STAGE,
    registers: this.#registers,
  });
  readonly #drift = new Counter({
    name: 'stageset_drift_corrected_total',
    help: 'Objects that were put back as they had been applied.',
    labelNames: COUNTED_STAGE,
    registers: this.#registers,
  });
  readonly #actions = new Counter({
    name: 'stageset_action_runs_total',
    help: 'Actions in pre and post that were carried out, by what they are counted by.',
    labelNames: [...OF_STAGE_SET, 'scope'],
    registers: this.#registers,
  });
  readonly #anchors = new Counter({
    name: 'stageset_ledger_anchor_errors_total',
    help: 'Witnesses of completed actions that could not be read.',
    labelNames: OF_STAGE_SET,
    registers: this.#registers,
  });
  readonly #adoptions = new Counter({
    name: 'stageset_ledger_adoptions_total',
    help: 'New StageSets that found a StageLedger with completed actions.',
    labelNames: OF_STAGE_SET,
    registers: this.#registers,
  });
  readonly #skipped = new Counter({
    name: 'stageset_inventory_skipped_entries_total',
    help: 'Inventory entries that name no object.',
    labelNames: GAUGED_STAGE,
    registers: this.#registers,
  });
  readonly #forced = new Counter({
    name: 'stageset_teardown_force_drop_total',
    help: 'StageSets that were let go although objects may be left.',
    labelNames: [...OF_STAGE_SET, 'reason'],
    registers: this.#registers,
  });
  readonly #watches = new Counter({
    name: 'stageset_watch_engagement_failures_total',
    help: 'Watches that failed or broke off, and were begun again.',
    labelNames: ['gvk'],
    registers: this.#registers,
  });
  readonly #ready = new Gauge({
    name: 'stageset_stage_ready',
    help: '1 while the stage is ready.',
    labelNames: GAUGED_STAGE,
    registers: this.#registers,
  });

  /** Where more metrics may be added. */
  get registry(): Registry {
    return this.#registry;
  }

  /** The series, as Prometheus reads them. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Adds those of the process: memory, processor time, event loop. Once a process. */
  ofProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  verdict(namespace: string, name: string, reason: string): void {
    this.#reconciles.inc(this.#series.of(this.#reconciles, keyOf(namespace, name), { namespace, name, reason }));
  }
  stageApplied(namespace: string, name: string, stage: string): void {
    this.#applied.inc(this.#series.of(this.#applied, keyOf(namespace, name), { namespace, name, stage }));
  }
  stageReady(namespace: string, stageset: string, stage: string, ready: boolean): void {
    const labels = this.#series.of(this.#ready, keyOf(namespace, stageset), { namespace, stageset, stage });
    this.#ready.set(labels, ready ? 1 : 0);
  }
  actionRan(namespace: string, name: string, scope: string): void {
    this.#actions.inc(this.#series.of(this.#actions, keyOf(namespace, name), { namespace, name, scope }));
  }
  ledgerAnchorFailed(namespace: string, name: string): void {
    this.#anchors.inc(this.#series.of(this.#anchors, keyOf(namespace, name), { namespace, name }));
  }
  ledgerAdopted(namespace: string, name: string): void {
    this.#adoptions.inc(this.#series.of(this.#adoptions, keyOf(namespace, name), { namespace, name }));
  }
  driftCorrected(namespace: string, name: string, stage: string, objects: number): void {
    this.#drift.inc(this.#series.of(this.#drift, keyOf(namespace, name), { namespace, name, stage }), objects);
  }
  inventoryEntrySkipped(namespace: string, stageset: string, stage: string): void {
    this.#skipped.inc(this.#series.of(this.#skipped, keyOf(namespace, stageset), { namespace, stageset, stage }));
  }
  teardownForced(namespace: string, name: string, reason: 'timed_out' | 'permanent' | 'unauthorized'): void {
    this.#forced.inc({ namespace, name, reason });
  }
  watchFailed(gvk: string): void {
    this.#watches.inc({ gvk });
  }

  forgetStage(namespace: string, stageset: string, stage: string): void {
    this.#series.forgetStage(keyOf(namespace, stageset), stage);
  }

  forget(namespace: string, name: string): void {
    this.#series.forget(keyOf(namespace, name));
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
