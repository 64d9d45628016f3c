import { expect, test } from 'vitest';
import { isReason, REASONS, readyMessage } from './reasons.ts';

test('are the words of the contract', () => {
  expect(Object.keys(REASONS).sort()).toEqual(
    `ActionDirty ArtifactNotFound AwaitingApproval AwaitingPromotion BudgetExhausted BudgetSourceUnavailable
     DependencyNotReady DowngradeNotAllowed DowngradeRequiresMigration ImageUnverified InvalidSpec InvalidVersion
     MigrationArtifactInvalid MigrationCoverageMissing MigrationDirty MigrationFailed MigrationSourceNotPinned
     MigrationSourceNotVerified MigrationStageNotFound PreviousRevisionUnavailable PromotionBlocked RBACDenied
     ResolveFailed Soaking SourceNotReady StageFailed StageProgressing Stalled Succeeded Suspended UpdateDeferred`.split(
      /\s+/,
    ),
  );
  expect(isReason('StageFailed')).toBe(true);
  expect(isReason('constructor')).toBe(false);
});

test('S-150 every reason leads to a runbook but Succeeded and Suspended', () => {
  const without = Object.keys(REASONS).filter(
    (reason) =>
      readyMessage(reason as keyof typeof REASONS, 'x') !==
      `x (runbook: https://stageset.projects.metio.wtf/runbooks/${reason.toLowerCase()}/)`,
  );
  expect(without).toEqual(['Succeeded', 'Suspended']);
});

test('lead to a runbook, but where there is nothing to mend', () => {
  expect(readyMessage('StageFailed', 'stage "web" apply: denied')).toBe(
    'stage "web" apply: denied (runbook: https://stageset.projects.metio.wtf/runbooks/stagefailed/)',
  );
  expect(readyMessage('Succeeded', 'Applied and verified 3 stage(s)')).toBe('Applied and verified 3 stage(s)');
});
