export type {
  ActionSource,
  AnchorFact,
  AppliedProgress,
  EffectFact,
  EffectState,
  EffectSuccess,
  JobFact,
  LedgerFacts,
  StageActionFacts,
  TargetFact,
  VersionFact,
} from './actions/facts.ts';
export { actionDigest, actionsOf, hasLifetimeActions, verbOf } from './actions/identity.ts';
export type { KeepLedgerStep, LedgerNote } from './actions/ledger.ts';
export { type ActionNews, actionNews } from './actions/news.ts';
export type { ActStep, LedgerEntryStep } from './actions/plan-actions.ts';
export { completionsOf } from './actions/stage-actions.ts';
export { MAX_ANNOTATION_BYTES, metadataFaults } from './check/metadata.ts';
export { immutableFields, isImmutableConflict } from './conflict/immutable.ts';
export { type ConflictDecision, conflictDecision, holdsData } from './conflict/policy.ts';
export {
  type Dependencies,
  type DependencyLookup,
  dependenciesOf,
  readDependencies,
  readinessOf,
  type StageSetKey,
} from './dependencies/dependencies.ts';
export { type DesiredObject, desiredObject, prepareObject, withScope } from './desired/desired.ts';
export { type Difference, differences } from './drift/compare.ts';
export { ownedValues } from './drift/owned-values.ts';
export {
  DeliveryError,
  type Failure,
  type FailureRetry,
  failureMessage,
  type Operation,
  unreachableSource,
} from './failure/failure.ts';
export { duplicateClaims, unclaimed } from './inventory/claims.ts';
export { type Entry, entryId, entryKey, entryRef } from './inventory/entry.ts';
export { planShards, type Shard, type ShardPlan } from './inventory/shards.ts';
export { formerDeliverers, handedOver } from './ownership/hand-over.ts';
export {
  ADOPT_ANNOTATION,
  asksForAdoption,
  formatOwner,
  isOwnedBy,
  isPruneDisabled,
  type Owner,
  otherOwners,
} from './ownership/owner.ts';
export type {
  Attempt,
  CheckFacts,
  DeployedFacts,
  Facts,
  Health,
  InventoryFacts,
  Leftover,
  LeftoverState,
  ObjectFacts,
  ObjectState,
  StageFacts,
} from './plan/facts.ts';
export { plan } from './plan/plan.ts';
export { planStage } from './plan/stage-plan.ts';
export type { ApplyMode, ForcedTeardown, Plan, StageRecord, StageReport, Step, Verdict } from './plan/step.ts';
export { DEFAULT_MAX_TEARDOWN_WAIT_MS } from './plan/teardown.ts';
export { count, nameSome } from './plan/words.ts';
export { type Judgement, judge } from './ready/judge.ts';
export { revisionsOf } from './run/run.ts';
export {
  lookupOf,
  producerKey,
  producerKeyOf,
  readSource,
  type SourceFact,
  type SourceLookup,
  unready,
} from './source/source.ts';
export {
  foldStatus,
  isOnlyProgress,
  stagesCompleted,
  type Transition,
  transitionOf,
} from './status/fold.ts';
export { formatInstant } from './status/instant.ts';
export { intervalMs, retryDelayMs, retryIntervalMs, steadyMs } from './timing/intervals.ts';
export { type MergedVariables, mergeVariables } from './variables/merge.ts';
export { deliveredVersion } from './versions/delivered.ts';
export { compareVersions, parseVersion } from './versions/version.ts';
