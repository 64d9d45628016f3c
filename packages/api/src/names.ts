/** Every name that this API puts on the wire, once. All of them are a contract with users. */

export const GROUP = 'stages.metio.wtf';
export const VERSION = 'v1';
export const API_VERSION = 'stages.metio.wtf/v1';

/** Held on a StageSet until what it has applied is torn down. */
export const FINALIZER = 'stages.metio.wtf/finalizer';
/** Field manager of everything that is applied for a StageSet. */
export const FIELD_MANAGER = 'stageset-controller';
/** Reporting controller of events. */
export const EVENT_REPORTER = 'stageset-controller';

/** Labels. The first three are on applied objects, the others on StageInventories; `stage` is on both. */
export const LABELS = {
  name: 'stages.metio.wtf/name',
  namespace: 'stages.metio.wtf/namespace',
  stage: 'stages.metio.wtf/stage',
  stageSet: 'stages.metio.wtf/stage-set',
  shard: 'stages.metio.wtf/shard',
} as const;

/** Annotations that users write on the objects of their manifests, or that are stamped on them. */
export const OBJECT_ANNOTATIONS = {
  /** `disabled`, also as a label: the object outlives its place in the manifests and the StageSet. */
  prune: 'stages.metio.wtf/prune',
  /** Any value: delete and create anew what cannot be changed in place. */
  force: 'stages.metio.wtf/force',
  keepExisting: 'stages.metio.wtf/keep-existing',
} as const;

/** Annotations that users write on a StageSet. All of them wake the controller. */
export const STAGE_SET_ANNOTATIONS = {
  requestedAt: 'reconcile.fluxcd.io/requestedAt',
  reconcileStage: 'stages.metio.wtf/reconcile-stage',
  promote: 'stages.metio.wtf/promote',
  approvedVersion: 'stages.metio.wtf/approved-version',
  rollbackTo: 'stages.metio.wtf/rollback-to',
  resetScope: 'stages.metio.wtf/reset-scope',
  updateNow: 'stages.metio.wtf/update-now',
  budgetOverride: 'stages.metio.wtf/budget-override',
  skipImageVerification: 'stages.metio.wtf/skip-image-verification',
} as const;

/** Keeps Flux from replacing `${…}` in an object; on our CRDs, whose descriptions must arrive as written. */
export const FLUX_SUBSTITUTE_ANNOTATION = 'kustomize.toolkit.fluxcd.io/substitute';
