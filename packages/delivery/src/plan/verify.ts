import { entryId } from '../inventory/entry.ts';
import type { Judgement } from '../ready/judge.ts';
import type { CheckFacts } from './facts.ts';
import { type BuiltStage, type StageContext, type StagePlan, stageFailed } from './stage-context.ts';
import type { StageReport } from './step.ts';
import { type Awaited, awaited, failedHealth, waitFor, waitingList } from './waiting.ts';

/** An object that decides whether the stage is ready. */
interface Subject extends Awaited {
  /** Whether its own health counts, beside what expressions say of it. */
  readonly counts: boolean;
  readonly judgement?: Judgement;
  readonly state?: CheckFacts['state'];
}

/**
 * Waits for a stage that is applied: for its objects, unless that is switched off, and for what `readyChecks.checks`
 * names; when all of them are healthy, for what `readyChecks.exprs` ask of them. Whatever has failed ends the wait at once.
 */
export function verify(stage: BuiltStage, context: StageContext): StagePlan {
  const subjects = subjectsOf(stage);
  const { pin, inventory } = context;
  const applied = {
    digest: stage.digest,
    revision: pin.revision,
    entries: stage.objects.length,
    ...(inventory?.shards === undefined ? {} : { shards: inventory.shards }),
  };
  const plan =
    unreadable(stage, subjects) ?? byHealth(stage, context, subjects) ?? byExpressions(stage, context, subjects);
  // The clock goes on while something has failed: what recovers does not wait anew.
  if (plan !== undefined) return { ...plan, report: { ...plan.report, applied, verifying: true } };
  const total = subjects.length;
  const progress = { ready: total, total, waitingFor: [] };
  return { kind: 'done', report: { name: stage.name, phase: 'Ready', applied, progress, verifying: false } };
}

/** Each object once, also one that is applied by the stage and named by a check. */
function subjectsOf({ objects, checks, spec }: BuiltStage): readonly Subject[] {
  const waits = spec.readyChecks?.disableWait !== true;
  const named = new Map(checks.map((check) => [entryId(check.ref), check]));
  const own = objects.map((object): Subject => {
    const { desired, judgement } = object;
    const counts = waits || named.has(desired.id);
    named.delete(desired.id);
    return { ...awaited(object), counts, ...(judgement === undefined ? {} : { judgement }) };
  });
  return [...own, ...[...named.values()].map((check): Subject => ({ ...check, counts: true }))];
}

function unreadable(stage: BuiltStage, subjects: readonly Subject[]): StagePlan | undefined {
  const denied = subjects.find(({ state }) => state === 'denied');
  if (denied === undefined) return undefined;
  const message = denied.health.message ?? 'it may not be read';
  return stageFailed(stage, { reason: 'RBACDenied', operation: 'verify', message, retry: 'slowly' });
}

function byHealth(stage: BuiltStage, context: StageContext, subjects: readonly Subject[]): StagePlan | undefined {
  const unready = subjects.filter(({ counts, health }) => counts && health.status !== 'Current');
  const broken = unready.filter(({ health }) => health.status === 'Failed');
  if (broken.length > 0) {
    const plan = failedHealth(stage, broken);
    return {
      ...plan,
      report: { ...plan.report, progress: progressOf(subjects, [...new Set([...broken, ...unready])]) },
    };
  }
  const [first] = unready;
  if (first === undefined) return undefined;
  const unknown = unready.find(({ state }) => state === 'unknown-kind');
  return waitFor(stage, context, {
    unready,
    total: subjects.length,
    ...(unknown?.health.message === undefined ? {} : { because: unknown.health.message }),
    ...(unknown === undefined ? {} : { overdue: { reason: 'RBACDenied', retry: 'slowly' } }),
  });
}

function byExpressions(stage: BuiltStage, context: StageContext, subjects: readonly Subject[]): StagePlan | undefined {
  const judged = subjects.flatMap(({ ref, judgement }) => (judgement === undefined ? [] : [{ ref, judgement }]));
  const unready = judged.filter(({ judgement }) => judgement.status !== 'Current').map(asAwaited);
  const failed = judged.find(({ judgement }) => judgement.status === 'Failed');
  if (failed !== undefined) {
    const { message } = failed.judgement;
    const plan = stageFailed(stage, { reason: 'StageFailed', operation: 'verify', message, retry: 'retry' });
    const first = asAwaited(failed);
    const others = unready.filter(({ ref }) => ref !== failed.ref);
    return { ...plan, report: { ...plan.report, progress: progressOf(subjects, [first, ...others]) } };
  }
  // What nobody says is in progress is what the message is about.
  const stuck = judged.find(({ judgement }) => judgement.status === 'Unready');
  const first = stuck ?? judged.find(({ judgement }) => judgement.status === 'InProgress');
  if (first === undefined) return undefined;
  return waitFor(stage, context, {
    unready: [asAwaited(first), ...unready.filter(({ ref }) => ref !== first.ref)],
    total: subjects.length,
    because: first.judgement.message,
    ...(stuck === undefined ? {} : { overdue: { reason: 'StageFailed', retry: 'retry' } }),
  });
}

/** The word under which status tells that an expression keeps an object from being ready. */
const READY_CHECK = 'ReadyCheck';

function asAwaited({ ref, judgement }: { readonly ref: Awaited['ref']; readonly judgement: Judgement }): Awaited {
  const status = judgement.status === 'Failed' ? 'Failed' : 'InProgress';
  return { ref, health: { status, reason: READY_CHECK, message: judgement.message } };
}

function progressOf(subjects: readonly Subject[], unready: readonly Awaited[]): NonNullable<StageReport['progress']> {
  const total = subjects.length;
  return { ready: total - unready.length, total, waitingFor: waitingList(unready) };
}
