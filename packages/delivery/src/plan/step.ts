import type { Run, StagePhase, WaitingFor } from '@stageset/api';
import type { KeepLedgerStep } from '../actions/ledger.ts';
import type { ActStep, LedgerEntryStep } from '../actions/plan-actions.ts';
import type { ActionRecord } from '../actions/record.ts';
import type { Failure } from '../failure/failure.ts';
import type { Entry } from '../inventory/entry.ts';
import type { Leftover, ObjectFacts } from './facts.ts';

/**
 * Why a stage is written. `create`: it has nothing in the cluster yet, so it is written at once. `upgrade`: what changes
 * is checked by dry run before the first write. `drift`: what is deployed is put back as it was.
 */
export type ApplyMode = 'create' | 'upgrade' | 'drift';

/**
 * Why a StageSet is let go although objects may be left, in the words of its metric. `timed_out`: it took too long.
 * `permanent`: what is left is not ours to delete any more. `unauthorized`: who was to delete it is gone.
 */
export type ForcedTeardown = 'timed_out' | 'permanent' | 'unauthorized';

/** What the inventory of a stage is to hold. */
export interface StageRecord {
  readonly stage: string;
  readonly position: number;
  readonly entries: readonly Entry[];
}

/** The next thing to do. Each is one bounded effect; `wait`, `fail`, `settled` and `pin` are told in status and nothing more. */
export type Step =
  | { readonly kind: 'add-finalizer' }
  | { readonly kind: 'pin'; readonly run: Run }
  | { readonly kind: 'build'; readonly stages: readonly string[] }
  /** Makes the inventory of a stage what `entries` says. */
  | (StageRecord & {
      readonly kind: 'record';
      /** Those of stages after it, which can be written at the same time. */
      readonly others?: readonly StageRecord[];
    })
  | {
      readonly kind: 'apply';
      readonly stage: string;
      readonly mode: ApplyMode;
      readonly objects: readonly ObjectFacts[];
      /** What a dry run has to accept before the first of `objects` is written: all of the stage that changes. */
      readonly check: readonly ObjectFacts[];
    }
  | {
      readonly kind: 'delete';
      readonly stage: string;
      readonly objects: readonly Leftover[];
      readonly why: 'prune' | 'teardown';
    }
  /** Gives up what is left on a cluster that is not delivered to any more: it is told, and recorded no longer. */
  | {
      readonly kind: 'leave-behind';
      readonly at: string | undefined;
      readonly left: readonly Leftover[];
      readonly records: readonly StageRecord[];
    }
  /** Removes every StageInventory of a stage that has left the spec. */
  | { readonly kind: 'forget-stage'; readonly stage: string }
  | { readonly kind: 'remove-finalizer'; readonly forced?: ForcedTeardown }
  | ActStep
  | LedgerEntryStep
  | KeepLedgerStep
  | { readonly kind: 'wait' }
  /** `isNew`: it has just failed, and is tried again after a back-off that grows. */
  | { readonly kind: 'fail'; readonly failure: Failure; readonly isNew?: true }
  /** `held`: what is left elsewhere cannot be removed now, and is tried again until then. */
  | {
      readonly kind: 'settled';
      readonly held?: { readonly at: string | undefined; readonly left: readonly Leftover[]; readonly untilMs: number };
    }
  /** Nothing of ours: deleted, and not held by us. */
  | { readonly kind: 'ignore' };

/** What is to be said of a stage. */
export interface StageReport {
  readonly name: string;
  readonly phase?: StagePhase;
  /** Everything of it is applied at this digest and revision. */
  readonly applied?: {
    readonly digest: string;
    readonly revision: string;
    readonly entries: number;
    /** StageInventories that record them. */
    readonly shards?: number;
  };
  readonly message?: string;
  readonly progress?: { readonly ready: number; readonly total: number; readonly waitingFor: readonly WaitingFor[] };
  /** What is to be remembered of its actions. */
  readonly record?: ActionRecord;
  /** It is applied and waited for: its timeout counts from the first time this was said. Absent: as it was before. */
  readonly verifying?: boolean;
}

/** How the whole is, as the condition Ready tells it. */
export type Verdict =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progressing'; readonly message: string }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'suspended' }
  | { readonly kind: 'unchanged' };

export interface Plan {
  readonly step: Step;
  readonly verdict: Verdict;
  /** Those stages that there is something new to say of. */
  readonly stages: readonly StageReport[];
  /** Epoch milliseconds at which to look again although nothing has happened. */
  readonly lookAgainMs?: number;
  /** An action has just failed where one of scope Lifetime is unfinished: how many there have been in a row. */
  readonly actionFailures?: number;
  /** Only with `settled`: the version that is delivered. */
  readonly version?: string;
}
