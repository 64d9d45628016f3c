import type { StageFacts } from '@stageset/delivery';
import type { FailedAttempt } from './memory.ts';

/** Names what an attempt is at: the run, and the build of the stage that failed. */
export function markOf(runId: string | undefined, stages: readonly StageFacts[], stage: string | undefined): string {
  const facts = stages.find(({ name }) => name === stage);
  return attemptMark(runId, stage, facts !== undefined && 'digest' in facts ? facts.digest : '');
}

export function attemptMark(runId: string | undefined, stage: string | undefined, digest: string): string {
  return `${runId ?? ''}|${stage ?? ''}|${digest}`;
}

/** Whether an object that an attempt failed at has been deleted, or another has taken its place. */
export function isUnblocked(stages: readonly StageFacts[], attempt: FailedAttempt | undefined): boolean {
  if (attempt === undefined || attempt.blocked.size === 0) return false;
  return stages.some(
    (stage) =>
      stage.state === 'built' &&
      stage.objects.some(({ desired, uid, state }) => {
        const isKnown = attempt.blocked.has(desired.id) && state !== 'unsynced' && state !== 'terminating';
        return isKnown && attempt.blocked.get(desired.id) !== uid;
      }),
  );
}
