/** The kinds of this API as TypeScript sees them, all derived from their schemas. */
import type { ObjectMeta } from '@stageset/k8s';
import type { Static } from 'typebox';
import type { API_VERSION } from './names.ts';
import type { DeepReadonly } from './readonly.ts';
import type { artifactStatus, sourceStatus } from './schema/flux.ts';
import type { stageInventorySpec, stageLedgerSpec, stageLedgerStatus } from './schema/ledgers.ts';
import type { stageSetSpec } from './schema/stage-set-spec.ts';
import type { stageSetStatus } from './schema/stage-set-status.ts';

type Item<List> = List extends readonly (infer Element)[] ? Element : never;
type Present<T> = Exclude<T, undefined>;

export type StageSetSpec = DeepReadonly<Static<typeof stageSetSpec>>;
export type StageSetStatus = DeepReadonly<Static<typeof stageSetStatus>>;
export type StageInventorySpec = DeepReadonly<Static<typeof stageInventorySpec>>;
export type StageLedgerSpec = DeepReadonly<Static<typeof stageLedgerSpec>>;
export type StageLedgerStatus = DeepReadonly<Static<typeof stageLedgerStatus>>;

// Type aliases, not interfaces: so that each of these is a KubeObject too.

export type StageSet = {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'StageSet';
  readonly metadata: Readonly<ObjectMeta>;
  readonly spec: StageSetSpec;
  readonly status?: StageSetStatus;
};

export type StageInventory = {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'StageInventory';
  readonly metadata: Readonly<ObjectMeta>;
  readonly spec: StageInventorySpec;
};

export type StageLedger = {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'StageLedger';
  readonly metadata: Readonly<ObjectMeta>;
  readonly spec?: StageLedgerSpec;
  readonly status?: StageLedgerStatus;
};

export type Stage = Item<StageSetSpec['stages']>;
export type SourceReference = Stage['sourceRef'];
export type Patch = Item<Present<Stage['patches']>>;
export type PostBuild = Present<Stage['postBuild']>;
export type SubstituteReference = Item<Present<PostBuild['substituteFrom']>>;
export type ConflictPolicy = Present<Stage['conflictPolicy']>;
export type ConflictRule = Item<Present<ConflictPolicy['rules']>>;
export type ConflictAction = ConflictRule['action'];
export type ReadyChecks = Present<Stage['readyChecks']>;
export type OnTimeout = Present<Stage['onTimeout']>;
export type StageActions = Present<Stage['actions']>;
export type Action = Item<Present<StageActions['pre']>>;
export type ActionScope = Present<Action['scope']>;
export type Promotion = Present<Stage['promotion']>;
export type ErrorBudget = Present<StageSetSpec['errorBudget']>;
export type MetricSource = ErrorBudget['source'];
export type UpdateWindow = Item<Present<StageSetSpec['updateWindows']>>;
export type Dependency = Item<Present<StageSetSpec['dependsOn']>>;
export type Migration = Item<Present<StageSetSpec['migrations']>>;

export type Condition = Item<Present<StageSetStatus['conditions']>>;
export type StageStatus = Item<Present<StageSetStatus['stages']>>;
export type StagePhase = Present<StageStatus['phase']>;
export type WaitingFor = Item<Present<StageStatus['waitingFor']>>;
export type PromotionState = Present<StageStatus['promotionState']>;
export type Run = Present<StageSetStatus['run']>;
export type Pin = Item<Run['pins']>;
export type ActionPin = Item<Present<Run['actionPins']>>;
export type ActionIntent = Present<StageStatus['action']>;
export type ActionRun = Item<Present<StageStatus['actionRuns']>>;
export type ActionList = ActionIntent['list'];
export type ActionVerb = ActionIntent['verb'];
export type PendingAction = Item<Present<StageLedgerStatus['pendingActions']>>;
export type InventoryEntry = Item<Present<StageInventorySpec['entries']>>;
export type CompletedAction = Item<Present<StageLedgerStatus['completedActions']>>;

export const SOURCE_KINDS = ['ExternalArtifact', 'GitRepository', 'OCIRepository', 'Bucket'] as const;
/** Kinds of Flux that offer an artifact themselves; every other kind is a producer. */
export type SourceKind = (typeof SOURCE_KINDS)[number];
export const SOURCE_GROUP = 'source.toolkit.fluxcd.io';
export const SOURCE_API_VERSION = 'source.toolkit.fluxcd.io/v1';

export type ArtifactStatus = DeepReadonly<Static<typeof artifactStatus>>;
export type SourceStatus = DeepReadonly<Static<typeof sourceStatus>>;

/** A source as far as StageSet reads it. `spec` belongs to Flux. */
export type SourceObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<ObjectMeta>;
  readonly spec?: { readonly [field: string]: unknown };
  readonly status?: SourceStatus;
};
