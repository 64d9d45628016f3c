import type { Failure } from '../failure/failure.ts';
import type { BuiltStage, StageContext, StagePlan } from '../plan/stage-context.ts';
import { stageFailed } from '../plan/stage-context.ts';
import { planStage } from '../plan/stage-plan.ts';
import { type ActionPlan, actionFailure, planActions } from './plan-actions.ts';
import { type ActionRecord, settledRecord } from './record.ts';
import { MAX_ACTION_FAILURES, type StageActions } from './stage-actions.ts';

type OpenPlan = Exclude<ActionPlan, { kind: 'done' }>;

/** A stage's plan; `actionFailures` when an action has just failed that counts. */
export type StageFlow = StagePlan & { readonly actionFailures?: number };

/**
 * Plans one built stage with its actions: `pre`, then what it delivers, then `post`. What is remembered of the actions goes
 * with every report, so that it is written before the step is carried out.
 */
export function planStageFlow(
  stage: BuiltStage,
  context: StageContext,
  actions: StageActions | undefined,
  actionFailures: number,
): StageFlow {
  if (actions === undefined) return planStage(stage, context);
  if (actions.hasOpenLifetime && actionFailures >= MAX_ACTION_FAILURES) return dirty(stage, actionFailures);
  const pre = planActions('pre', actions.record, actions.context);
  if (pre.kind !== 'done') return flowOf(stage, 'pre', pre, { actions, actionFailures });
  const delivered = planStage(stage, context);
  if (delivered.kind !== 'done') return withRecord(delivered, pre.record);
  const post = planActions('post', pre.record, actions.context);
  if (post.kind === 'done') return withRecord(delivered, settledRecord(post.record, stage.spec));
  const planned = flowOf(stage, 'post', post, { actions, actionFailures });
  const { applied, progress } = delivered.report;
  const report = {
    ...planned.report,
    ...(applied === undefined ? {} : { applied }),
    ...(progress === undefined ? {} : { progress }),
  };
  return { ...planned, report };
}

function withRecord(plan: StagePlan, record: ActionRecord): StagePlan {
  return { ...plan, report: { ...plan.report, record } };
}

function dirty(stage: BuiltStage, failures: number): StagePlan {
  return stageFailed(stage, dirtyFailure(stage.name, failures));
}

function dirtyFailure(stage: string, failures: number, last?: string): Failure {
  return {
    reason: 'ActionDirty',
    stage,
    operation: 'action halted (dirty)',
    message:
      `${last === undefined ? '' : `${last}; `}actions have failed ${failures} times in a row and nothing more is tried: ` +
      'look at what they have left, then set a new reconcile.fluxcd.io/requestedAt',
    retry: 'retry',
  };
}

function flowOf(
  stage: BuiltStage,
  list: 'pre' | 'post',
  planned: OpenPlan,
  { actions, actionFailures }: { readonly actions: StageActions; readonly actionFailures: number },
): StageFlow {
  const { record } = planned;
  const phase = list === 'pre' ? ('Applying' as const) : ('Verifying' as const);
  switch (planned.kind) {
    case 'step':
    case 'wait': {
      const { message } = planned;
      const report = { name: stage.name, phase, message, record, verifying: false };
      if (planned.kind === 'step') return { kind: 'step', step: planned.step, report };
      return { kind: 'wait', report, ...(planned.atMs === undefined ? {} : { lookAgainMs: planned.atMs }) };
    }
    case 'fail': {
      const failures = actions.hasOpenLifetime ? actionFailures + 1 : 0;
      const failure = actionFailure(stage.name, list, planned);
      const told = failures >= MAX_ACTION_FAILURES ? dirtyFailure(stage.name, failures, failure.message) : failure;
      const { stage: _, ...rest } = told;
      const plan = stageFailed(stage, rest);
      return {
        ...plan,
        report: { ...plan.report, record },
        isNew: true,
        ...(failures === 0 ? {} : { actionFailures: failures }),
      };
    }
  }
}
