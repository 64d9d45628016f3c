export type * from './kinds.ts';
export { SOURCE_API_VERSION, SOURCE_GROUP, SOURCE_KINDS } from './kinds.ts';
export * from './names.ts';
export type { Problem } from './problem.ts';
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
export { CONFLICT_ACTIONS, MAX_LABEL_VALUE_LENGTH } from './schema/stage.ts';
export { MAX_STAGES } from './schema/stage-set-spec.ts';
export { MAX_WAITING_FOR, STAGE_PHASES } from './schema/stage-set-status.ts';
