import type { Stage } from '@stageset/api';
import type { Failure, Operation } from '../failure/failure.ts';
import { actionsOf } from './identity.ts';
import { type ActionPlan, planActions } from './plan-actions.ts';
import type { ActionRecord } from './record.ts';
import type { StageActions } from './stage-actions.ts';

/** Failures of what comes after `pre`. */
const DELIVERY: ReadonlySet<Operation | undefined> = new Set<Operation>([
  'apply',
  'conflict policy',
  'record inventory',
  'verify',
  'post-action',
]);
/** Failures of what comes before anything is written: they leave something behind only if `pre` has done something. */
const PREPARATION: ReadonlySet<Operation | undefined> = new Set<Operation>([
  'fetch artifact',
  'resolve postBuild variables',
  'build',
]);

/**
 * What `onFailure` of a stage needs next, if anything. It runs once for each failed delivery: a revision under one
 * generation of the spec, until the stage has been ready in between. It never runs for a failure of `pre` itself, nor
 * while a stage is only late (StageProgressing).
 */
export function planOnFailure(
  stage: Stage,
  { record, context }: StageActions,
  failure: Failure,
  generation: number,
): ActionPlan | undefined {
  if (actionsOf(stage, 'onFailure').length === 0) return undefined;
  if (!isCause(stage, record, failure)) return undefined;
  return continueOnFailure(stage, { record, context }, generation);
}

/** The same for a list that has been begun: whatever made it begin. */
export function continueOnFailure(
  stage: Stage,
  { record, context }: Pick<StageActions, 'record' | 'context'>,
  generation: number,
): ActionPlan | undefined {
  const delivery = `${generation}/${record.revision}`;
  if (record.onFailureRanFor === delivery) return undefined;
  const open = record.intent;
  // A Job of the stage is not interrupted: what it did is known before the clean-up begins.
  if (open !== undefined && open.list !== 'onFailure' && open.verb === 'job' && open.state !== 'Retrying') {
    const planned = planActions(open.list === 'pre' ? 'pre' : 'post', record, context);
    if (planned.kind !== 'done' && planned.kind !== 'fail') return planned;
    if (planned.record.intent !== undefined) return planned;
    return continueOnFailure(stage, { record: planned.record, context }, generation);
  }
  const fresh = freshFor(stage, record);
  const planned = planActions('onFailure', fresh, context);
  if (planned.kind !== 'done' && planned.kind !== 'fail') return planned;
  return { ...planned, record: { ...planned.record, onFailureRanFor: delivery } };
}

function isCause(stage: Stage, record: ActionRecord, { reason, operation }: Failure): boolean {
  if (reason === 'StageProgressing') return false;
  if (DELIVERY.has(operation)) return true;
  if (reason === 'ActionDirty') return operation !== 'action halted (dirty)';
  return PREPARATION.has(operation) && actionsOf(stage, 'pre').some(({ name }) => record.executed.includes(name));
}

/** Of an earlier failed delivery nothing counts; and what was under way of `post` is given up. */
function freshFor(stage: Stage, record: ActionRecord): ActionRecord {
  const { intent } = record;
  const begun = intent?.list === 'onFailure';
  if (begun || record.onFailureRanFor === undefined) return begun ? record : { ...record, intent: undefined };
  const hooks = new Set(actionsOf(stage, 'onFailure').map(({ name }) => name));
  return {
    ...record,
    intent: undefined,
    executed: record.executed.filter((name) => !hooks.has(name)),
    onFailureRanFor: undefined,
  };
}
