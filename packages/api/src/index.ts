export { STAND_IN_LABEL, sourceCrds } from './crds/sources.ts';
export { crds } from './crds/stages.ts';
export { withDefaults } from './defaults.ts';
export type * from './kinds.ts';
export { SOURCE_API_VERSION, SOURCE_GROUP, SOURCE_KINDS } from './kinds.ts';
export * from './names.ts';
export { formatProblem, type Problem } from './problem.ts';
export {
  isReason,
  PROGRESSING,
  REASONS,
  type ReadyReason,
  type Reason,
  type ReasonClass,
  type Retry,
  readyMessage,
  runbookOf,
} from './reasons.ts';
export { ACTION_LISTS, VERBS } from './schema/actions.ts';
export { CONFLICT_ACTIONS, MAX_LABEL_VALUE_LENGTH } from './schema/stage.ts';
export { MAX_STAGES } from './schema/stage-set-spec.ts';
export { MAX_WAITING_FOR, STAGE_PHASES } from './schema/stage-set-status.ts';
export { unsupportedFields } from './unsupported.ts';
export { type ParsedStageSet, parseStageSet, validateStageSet } from './validate/stage-set.ts';
