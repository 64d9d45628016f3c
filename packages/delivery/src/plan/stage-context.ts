import type { Pin, StageSetSpec, StageStatus } from '@stageset/api';
import type { Failure } from '../failure/failure.ts';
import type { InventoryFacts, StageFacts } from './facts.ts';
import type { StageReport, Step } from './step.ts';

/** What one stage needs next. `done` means that it is applied and ready. */
export type StagePlan =
  | { readonly kind: 'done'; readonly report: StageReport }
  | { readonly kind: 'step'; readonly step: Step; readonly report: StageReport }
  | { readonly kind: 'wait'; readonly report: StageReport; readonly lookAgainMs?: number }
  | {
      readonly kind: 'fail';
      readonly failure: Failure;
      readonly report: StageReport;
      /** It has just failed, and this is the first to be said of it. */
      readonly isNew?: true;
    };

export interface StageContext {
  readonly nowMs: number;
  readonly spec: StageSetSpec;
  readonly position: number;
  readonly pin: Pin;
  readonly status: StageStatus | undefined;
  readonly inventory: InventoryFacts | undefined;
  /** Where the stage is delivered to, as entries say it. */
  readonly location?: string;
  /** When the run began, in epoch milliseconds: a wait that began before belongs to another run. */
  readonly runStartedMs: number;
}

export type BuiltStage = Extract<StageFacts, { state: 'built' }>;

/** The plan of a stage that has failed. */
export function stageFailed(stage: BuiltStage, failure: Omit<Failure, 'stage'>): Extract<StagePlan, { kind: 'fail' }> {
  const { name } = stage;
  const message = failure.operation === undefined ? failure.message : `${failure.operation}: ${failure.message}`;
  return {
    kind: 'fail',
    failure: { ...failure, stage: name },
    report: { name, phase: 'Failed', message, verifying: false },
  };
}
