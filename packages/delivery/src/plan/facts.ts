import type { Stage, StageSet, WaitingFor } from '@stageset/api';
import type { ObjectRef } from '@stageset/k8s';
import type { ActionSource, LedgerFacts, StageActionFacts, VersionFact } from '../actions/facts.ts';
import type { DesiredObject } from '../desired/desired.ts';
import type { Difference } from '../drift/compare.ts';
import type { Failure } from '../failure/failure.ts';
import type { Entry } from '../inventory/entry.ts';
import type { Judgement } from '../ready/judge.ts';
import type { SourceFact } from '../source/source.ts';

/** How an object is, as far as waiting for it goes. */
export type Health = Pick<WaitingFor, 'reason' | 'message'> & {
  readonly status: 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown';
  /** Epoch milliseconds at which it may be another without any event. */
  readonly turnsAtMs?: number;
};

/**
 * How a live object relates to its manifest. `missing`: there is none. `changed`: an apply would, or might, change it.
 * `same`: it would not. `kept`: it exists, and the conflict policy says to leave it alone. `foreign`: somebody else holds
 * it. `terminating`: it is on its way out. `unknown-kind`: the cluster serves no such kind. `unscoped`: it needs a
 * namespace and names none. `unsynced`: nobody knows yet.
 */
export type ObjectState =
  | 'missing'
  | 'changed'
  | 'same'
  | 'kept'
  | 'foreign'
  | 'terminating'
  | 'unknown-kind'
  | 'unscoped'
  | 'unsynced';

export interface ObjectFacts {
  readonly desired: DesiredObject;
  readonly state: ObjectState;
  /** Only for `changed`. */
  readonly differences?: readonly Difference[];
  /** Only for `foreign`: who holds it, in words. */
  readonly heldBy?: string;
  /** Of the live object, where there is one. */
  readonly uid?: string;
  readonly health: Health;
  /** Only where an expression of the stage is about its kind. */
  readonly judgement?: Judgement;
}

/**
 * An object that `readyChecks.checks` names, as it is now. `denied`: it may not be read, and `health` says why.
 * `unknown-kind`: the cluster serves no such kind.
 */
export interface CheckFacts {
  readonly ref: ObjectRef;
  readonly state: 'read' | 'denied' | 'unknown-kind' | 'unsynced';
  readonly health: Health;
  /** Only where an expression of the stage is about its kind. */
  readonly judgement?: Judgement;
}

export type StageFacts = { readonly name: string; readonly spec: Stage } & (
  | /** A cache is being filled. */ { readonly state: 'syncing'; readonly waitingFor: string }
  | /** Its source is not fetched and built yet. */ {
      readonly state: 'unbuilt';
      readonly digest: string;
      readonly isUnderWay: boolean;
    }
  | /** It cannot be built as things are. */ {
      readonly state: 'unbuildable';
      /** Whether another stage, or anything else in the cluster, may mend it: a missing input. */
      readonly mayHeal: boolean;
      readonly failure: Failure;
    }
  | {
      readonly state: 'built';
      /** Identifies artifact, path, patches and variables together. */
      readonly digest: string;
      readonly objects: readonly ObjectFacts[];
      /** In the order of `readyChecks.checks`. */
      readonly checks: readonly CheckFacts[];
    }
);

/** How an object that no stage wants any more is. */
export type LeftoverState =
  | 'gone'
  /** It is not there, but a write of it may still be on its way: it is remembered until that is over. */
  | 'unsure'
  | 'present'
  | 'terminating'
  /** It carries the opt-out, or its stage does not prune: it stays, and stays recorded. */
  | 'kept'
  /** It is not ours any more: it stays, and is forgotten. */
  | 'foreign'
  /** The identity that applied it may not look at it, or not delete it. */
  | 'denied'
  /** That identity is refused altogether: its ServiceAccount is gone. */
  | 'disowned'
  /** Its cluster cannot be asked now. */
  | 'unreachable'
  /** It was recorded for a cluster that the recorded access does not lead to any more. */
  | 'moved'
  /** It is what is delivered now: the cluster is the same under another name. */
  | 'same'
  | 'unsynced';

export interface Leftover {
  readonly entry: Entry;
  readonly ref: ObjectRef;
  readonly state: LeftoverState;
  readonly uid?: string;
  /** Only for `unsure`: until when, in epoch milliseconds. */
  readonly unsureUntilMs?: number;
  /** Why it is out of reach: for `denied`, `disowned`, `unreachable` and `moved`. */
  readonly why?: string;
  /**
   * The stage that delivers an object of this id to another cluster now. Whether the clusters are two, only UIDs tell: it
   * goes only if the two are not one.
   */
  readonly twinOf?: string;
}

/** What is recorded for one stage, also for one that has left the spec. */
export interface InventoryFacts {
  readonly stage: string;
  /** Whether there is any StageInventory of it. */
  readonly recorded: boolean;
  /** Place of the stage in the spec when it was written. */
  readonly position: number;
  readonly entries: readonly Entry[];
  /** How many StageInventories hold them; absent where none does. */
  readonly shards?: number;
}

/** The last attempt that failed, kept until it succeeds or what it tried is no longer wanted. */
export interface Attempt {
  readonly failure: Failure;
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly retryAtMs: number;
}

/** What a stage has in the cluster from an earlier release, while a newer one has not come to it yet. */
export interface DeployedFacts {
  readonly stage: string;
  readonly objects: readonly ObjectFacts[];
}

/** Everything that a decision rests on. Plain data: the same facts give the same plan. */
export interface Facts {
  readonly nowMs: number;
  readonly defaultIntervalMs: number;
  readonly maxTeardownWaitMs: number;
  readonly stageSet: StageSet;
  /** What is wrong with the spec, in words; absent when it is valid. */
  readonly invalid?: string;
  /** What it depends on and is not as it has to be; absent when nothing is lacking. */
  readonly unmet?: Failure;
  /** In the order of the spec. */
  readonly sources: readonly SourceFact[];
  /** The sources of those actions that have their own. */
  readonly actionSources: readonly ActionSource[];
  /** In the order of the spec. */
  readonly stages: readonly StageFacts[];
  /** By stage: what is known of its actions beside status. */
  readonly actions: ReadonlyMap<string, StageActionFacts>;
  readonly ledger: LedgerFacts;
  readonly version: VersionFact;
  readonly inventory: readonly InventoryFacts[];
  /** Where the stages are delivered to, as entries say it; the controller's own cluster when absent. */
  readonly location?: string;
  /** By key of their entry: how recorded objects that are not wanted are; read when everything wanted is there, or on the way out. */
  readonly leftovers: ReadonlyMap<string, Leftover>;
  /** Since when anything recorded for another cluster is out of reach, by where it is: epoch milliseconds. */
  readonly outOfReachSince?: ReadonlyMap<string | undefined, number>;
  /** False while the caches that everything rests on are being filled. */
  readonly synced: boolean;
  readonly attempt?: Attempt;
  /** Stages that newer releases have not come to, as far as it is still known what they deployed. */
  readonly deployed?: readonly DeployedFacts[];
  /** Until when a stage that could not be written is not tried again, in epoch milliseconds. */
  readonly paused?: ReadonlyMap<string, number>;
  /** Until when deletions wait, in epoch milliseconds: an inventory had to be rebuilt from what is live. */
  readonly prunePostponedUntilMs?: number;
}
