import type { ActionPin, PendingAction, StageLedger } from '@stageset/api';
import type { KubeObject, ObjectRef } from '@stageset/k8s';
import type { Failure } from '../failure/failure.ts';
import type { SourceFact } from '../source/source.ts';

/** What this process knows of the effect that it began under a key. Nothing, when another process began it. */
export type EffectFact = { readonly key: string; readonly tries: number } & EffectState;

export type EffectState =
  | { readonly state: 'under-way' }
  | EffectSuccess
  | {
      readonly state: 'failed';
      /** In words for tenants: never a secret, never a body. */
      readonly message: string;
      /** Whether it is known that the effect did not take place. Otherwise the next attempt has the same key. */
      readonly isKnown: boolean;
      /** Whether it will fail again in the same way, so that nothing is gained by another attempt. */
      readonly isLasting: boolean;
      readonly isDenied: boolean;
      /** How long the other side asks to be left alone. */
      readonly retryAfterMs?: number;
    };

export interface EffectSuccess {
  readonly state: 'succeeded';
  /** Names of the Jobs that it created. */
  readonly jobs?: readonly string[];
  /** What it applied. */
  readonly applied?: readonly ObjectRef[];
  /** How that is now. */
  readonly objects?: AppliedProgress;
  /** Why it came to nothing, as the pods of what was stopped tell it. */
  readonly words?: string;
}

export interface AppliedProgress {
  readonly ready: number;
  readonly total: number;
  /** The first few that are not ready, in words. */
  readonly waitingFor: string;
  /** The first that has failed, in words. */
  readonly failed?: string;
}

/** One object that an action looks at. */
export type TargetFact =
  | { readonly state: 'syncing' }
  | { readonly state: 'absent' }
  | { readonly state: 'present'; readonly object: KubeObject }
  | { readonly state: 'unreadable'; readonly message: string; readonly isDenied: boolean };

export type JobFact =
  | { readonly state: 'syncing' }
  | { readonly state: 'absent' }
  | { readonly state: 'active'; readonly progress: string }
  | { readonly state: 'complete' }
  | { readonly state: 'failed'; readonly message: string };

/** What is known of the actions of one stage, beside its status. */
export interface StageActionFacts {
  readonly effect?: EffectFact;
  /** By action: the object that a `wait` looks at, or that a `delete` is to delete. */
  readonly targets: ReadonlyMap<string, TargetFact>;
  /** By name: the Jobs of the action that is being carried out. */
  readonly jobs: ReadonlyMap<string, JobFact>;
}

export const NO_ACTION_FACTS: StageActionFacts = { targets: new Map(), jobs: new Map() };

/** The source of one action that has its own. */
export interface ActionSource {
  readonly stage: string;
  readonly action: string;
  readonly source: SourceFact;
}

/** The version that is delivered, as `spec.version` says. */
export type VersionFact =
  | { readonly state: 'none' }
  | { readonly state: 'known'; readonly version: string }
  | { readonly state: 'pending' }
  | { readonly state: 'invalid'; readonly failure: Failure };

/** A witness of a completion: the object that a `completionAnchor` names. */
export interface AnchorFact {
  readonly stage: string;
  readonly action: string;
  readonly target: TargetFact;
}

export interface LedgerFacts {
  /** The StageLedger, if there is one. */
  readonly object?: StageLedger;
  /** How the witnesses of recorded completions are. */
  readonly anchors: readonly AnchorFact[];
}

export type { ActionPin, PendingAction };
