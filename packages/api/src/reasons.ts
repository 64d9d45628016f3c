/**
 * Every reason that the condition Ready may carry, once. The words are a contract: alerts and dashboards match them.
 * Each has a page among the runbooks.
 */

/**
 * What a reason says about the world.
 * `settled`: nothing is left to do. `paused`: somebody asked for no delivery. `waiting`: something outside has to happen
 * first. `held`: a gate holds on purpose. `invalid`: only a new spec or artifact helps. `denied`: someone has to grant
 * something. `failed`: tried, and did not work.
 */
export type ReasonClass = 'settled' | 'paused' | 'waiting' | 'held' | 'invalid' | 'denied' | 'failed' | 'progressing';

/**
 * When a pass looks again by itself; a watch event always does so at once.
 * `steady`: the interval. `retry`: the retry interval. `slowly`: a minute. `backoff`: a growing delay.
 * `at`: the instant that the hold names. `never`: only an event changes anything.
 */
export type Retry = 'steady' | 'retry' | 'slowly' | 'backoff' | 'at' | 'never';

interface ReasonFacts {
  readonly class: ReasonClass;
  readonly retry: Retry;
  /** Whether kstatus should read the StageSet as failed (condition Stalled) and not as on its way. */
  readonly stalled: boolean;
}

export const REASONS = {
  Succeeded: { class: 'settled', retry: 'steady', stalled: false },
  Suspended: { class: 'paused', retry: 'never', stalled: false },

  InvalidSpec: { class: 'invalid', retry: 'slowly', stalled: true },
  InvalidVersion: { class: 'invalid', retry: 'slowly', stalled: true },
  DowngradeNotAllowed: { class: 'invalid', retry: 'slowly', stalled: true },
  DowngradeRequiresMigration: { class: 'invalid', retry: 'slowly', stalled: true },
  MigrationStageNotFound: { class: 'invalid', retry: 'slowly', stalled: true },
  MigrationArtifactInvalid: { class: 'invalid', retry: 'slowly', stalled: true },
  MigrationSourceNotVerified: { class: 'invalid', retry: 'slowly', stalled: true },
  MigrationSourceNotPinned: { class: 'invalid', retry: 'slowly', stalled: true },
  MigrationCoverageMissing: { class: 'invalid', retry: 'slowly', stalled: true },
  /** A circle of dependencies. */
  Stalled: { class: 'invalid', retry: 'slowly', stalled: true },

  SourceNotReady: { class: 'waiting', retry: 'retry', stalled: false },
  ArtifactNotFound: { class: 'waiting', retry: 'retry', stalled: false },
  DependencyNotReady: { class: 'waiting', retry: 'retry', stalled: false },
  StageProgressing: { class: 'waiting', retry: 'retry', stalled: false },

  AwaitingApproval: { class: 'held', retry: 'slowly', stalled: false },
  UpdateDeferred: { class: 'held', retry: 'at', stalled: false },
  BudgetExhausted: { class: 'held', retry: 'retry', stalled: false },
  BudgetSourceUnavailable: { class: 'held', retry: 'retry', stalled: false },
  Soaking: { class: 'held', retry: 'at', stalled: false },
  AwaitingPromotion: { class: 'held', retry: 'retry', stalled: false },
  PromotionBlocked: { class: 'held', retry: 'retry', stalled: false },

  RBACDenied: { class: 'denied', retry: 'slowly', stalled: false },
  ImageUnverified: { class: 'denied', retry: 'slowly', stalled: false },

  ResolveFailed: { class: 'failed', retry: 'backoff', stalled: false },
  StageFailed: { class: 'failed', retry: 'backoff', stalled: false },
  MigrationFailed: { class: 'failed', retry: 'backoff', stalled: false },
  /** Too many failures in a row: nothing more is tried until a person asks for it. */
  MigrationDirty: { class: 'failed', retry: 'never', stalled: true },
  ActionDirty: { class: 'failed', retry: 'never', stalled: true },
  PreviousRevisionUnavailable: { class: 'failed', retry: 'slowly', stalled: true },
} as const satisfies Record<string, ReasonFacts>;

/** The 31 words of the contract. */
export type Reason = keyof typeof REASONS;

/** Ready=Unknown and Reconciling=True carry this while a run is going on. */
export const PROGRESSING = 'Progressing';
export type ReadyReason = Reason | typeof PROGRESSING;

export function isReason(word: string): word is Reason {
  return Object.hasOwn(REASONS, word);
}

const RUNBOOKS = 'https://stageset.projects.metio.wtf/runbooks';

/** The page that says what to do about a reason. */
export function runbookOf(reason: Reason): string {
  return `${RUNBOOKS}/${reason.toLowerCase()}/`;
}

/** The message of the condition Ready: with the runbook, but where there is nothing to mend. */
export function readyMessage(reason: ReadyReason, message: string): string {
  if (reason === PROGRESSING || reason === 'Succeeded' || reason === 'Suspended') return message;
  return `${message} (runbook: ${runbookOf(reason)})`;
}
