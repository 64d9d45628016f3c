/** What a StageSet reports. The contract of the API, and beside it what this controller adds. */
import { actionIntent, actionRuns } from './actions.ts';
import { conditions } from './common.ts';
import { flag, instant, list, name, object, oneOf, optional, stringMap, text, whole, whole64 } from './kit.ts';

export const STAGE_PHASES = ['Pending', 'Applying', 'Pruning', 'Verifying', 'Ready', 'Failed'] as const;

/** How many objects `waitingFor` names at most. */
export const MAX_WAITING_FOR = 10;

const budgetFreeze = object('Says that an error budget holds new revisions.', {
  remaining: optional(text('Budget that was last read.')),
  freezeThreshold: optional(text('Number below which new revisions are held.')),
  resumeThreshold: optional(text('Number at which they are let through again.')),
  since: optional(instant('When the hold began.')),
  dryRun: optional(flag('Whether this is only reported.')),
});

const promotionState = object('How far the stage has come between being ready and the next stage.', {
  phase: optional(
    oneOf(['Soaking', 'Analyzing', 'Blocked', 'AwaitingManual', 'Promoted'], 'What the stage waits for, if anything.'),
  ),
  since: optional(instant('When the phase began.')),
  soakUntil: optional(instant('When the soak ends.')),
  analysisFailures: optional(whole('Failed measurements in a row.')),
  restartCheck: optional(text('Restart check that is breached.')),
  observedRestarts: optional(whole('Restarts that were counted.')),
  restartBaseline: optional(
    list(
      'Restarts that had been counted when the stage was last promoted.',
      object('Restarts of one check.', {
        name: name('Name of the check.'),
        restarts: optional(whole('Restarts.')),
      }),
      { keys: ['name'] },
    ),
  ),
  eventCheck: optional(text('Event check that is breached.')),
  observedEvents: optional(whole('Events that were counted.')),
  abortedRevision: optional(text('Revision that was taken back, and is not tried again.')),
  lastAnalysis: optional(
    object('The last measurements.', {
      time: optional(instant('When they were taken.')),
      passed: optional(flag('Whether all were within bounds.')),
      checks: optional(
        list(
          'Each measurement.',
          object('One measurement.', {
            name: name('Name of the check.'),
            value: optional(text('Number that was read.')),
            ok: optional(flag('Whether it was within bounds.')),
            error: optional(text('Why it could not be read.')),
          }),
          { keys: ['name'] },
        ),
      ),
    }),
  ),
});

const waitingFor = list(
  'Objects that the stage waits for; the first few of them.',
  object('One object.', {
    apiVersion: text('API version of the object.'),
    kind: text('Kind of the object.'),
    namespace: optional(text('Namespace of the object.')),
    name: text('Name of the object.'),
    status: text('How the object is: InProgress, Failed, Terminating, NotFound or Unknown.'),
    reason: optional(text('Why, in one word.')),
    message: optional(text('Why, in words for people.')),
  }),
  { maxItems: MAX_WAITING_FOR },
);

const stageStatus = object('What is known of one stage.', {
  name: name('Name of the stage.'),
  phase: optional(oneOf(STAGE_PHASES, 'How far the stage has come.')),
  appliedRevision: optional(text('Revision whose objects have been applied.')),
  appliedDigest: optional(
    text(
      'Identifies what has been applied: the artifact with path, patches and variables. A change at the same digest is drift.',
    ),
  ),
  entriesCount: optional(whole('Objects that the stage keeps.')),
  shards: optional(whole('StageInventory objects that record them.')),
  message: optional(text('What the stage waits for, or why it has failed.')),
  verifyingSince: optional(
    instant('When the stage began to be waited for at this revision; its timeout counts from here.'),
  ),
  objects: optional(
    object('How many objects of the stage are ready.', {
      total: whole('Objects that are waited for.', { minimum: 0 }),
      ready: whole('Those of them that are ready.', { minimum: 0 }),
    }),
  ),
  waitingFor: optional(waitingFor),
  executedActions: optional(list('Actions that are done for ledgerRevision.', text('Name of an action.'))),
  ledgerRevision: optional(text('Revision that executedActions belongs to.')),
  executedVersionActions: optional(list('Actions that are done for ledgerVersion.', text('Name of an action.'))),
  ledgerVersion: optional(text('Version that executedVersionActions belongs to.')),
  action: optional(actionIntent),
  actionRuns: optional(actionRuns),
  onFailureRanFor: optional(
    text('Identifies the failed delivery that onFailure was run for: it is run once for each of them.'),
  ),
  forcedBy: optional(text('Token of stages.metio.wtf/reconcile-stage that is being acted on.')),
  lastHandledReconcileAt: optional(text('Last token of stages.metio.wtf/reconcile-stage that was acted on.')),
  promotionState: optional(promotionState),
  lastHandledPromotion: optional(text('Last token of stages.metio.wtf/promote that was acted on.')),
  budgetFreeze: optional(budgetFreeze),
});

const artifactPin = {
  apiVersion: text('API version of the source.'),
  kind: text('Kind of the source.'),
  namespace: text('Namespace of the source.'),
  name: text('Name of the source.'),
  url: text('Where the artifact is fetched.'),
  revision: text('Revision of the artifact.'),
  digest: text('Digest of the artifact.'),
};

const run = object(
  'The rollout that is going on or was the last: what it delivers was pinned before its first effect.',
  {
    id: name('Identifies the run.'),
    generation: whole64('Generation of the spec that the run delivers.'),
    startedAt: instant('When the run began.'),
    finishedAt: optional(instant('When all of its stages were ready and what they no longer render was gone.')),
    pins: list(
      'What each stage delivers.',
      object('The artifact of one stage.', { stage: name('Name of the stage.'), ...artifactPin }),
      { keys: ['stage'] },
    ),
    actionPins: optional(
      list(
        'What the actions with a source of their own deliver.',
        object('The artifact of one action.', {
          stage: name('Name of the stage.'),
          action: name('Name of the action.'),
          ...artifactPin,
        }),
        { keys: ['stage', 'action'] },
      ),
    ),
  },
);

const pendingMigration = object('A migration that the next version needs.', {
  name: name('Name of the migration.'),
  to: text('Version that it leads to.'),
  from: optional(text('Versions that it starts from.')),
  stage: optional(text('Stage before which it runs.')),
  actions: optional(list('Verbs of its actions.', text('One verb.'))),
  digest: optional(text('Identifies the content of the migration.')),
});

export const stageSetStatus = object(
  'What is the case.',
  {
    conditions: optional(conditions),
    observedGeneration: optional(whole64('Last generation of the spec that a verdict was given on.')),
    lastHandledReconcileAt: optional(text('Last token of reconcile.fluxcd.io/requestedAt that was acted on.')),
    lastAttemptedRevisions: optional(stringMap('Revisions of the run that is going on or was the last, by source.')),
    lastAppliedRevisions: optional(stringMap('Revisions that were last delivered in full, by source.')),
    run: optional(run),
    stages: optional(list('The stages, in the order of the spec.', stageStatus, { keys: ['name'] })),
    version: optional(text('Version that was last delivered in full.')),
    pendingVersion: optional(text('Version that waits to be approved.')),
    pendingMigrations: optional(
      list('Migrations that the version on its way needs.', pendingMigration, { keys: ['name'] }),
    ),
    executedMigrations: optional(list('Migrations that are done, as name@digest.', text('One migration.'))),
    executedMigrationActions: optional(
      list('Actions of migrations that are done, as name@digest/action.', text('One action.')),
    ),
    migrationFailureCount: optional(whole('Failures of migrations in a row.')),
    actionFailureCount: optional(whole('Failures of actions in a row.')),
    lastAppliedSnapshot: optional(
      list(
        'What a rollback restores.',
        object('What one stage last delivered.', {
          stage: name('Name of the stage.'),
          url: text('Where the artifact is fetched.'),
          digest: text('Digest of the artifact.'),
          revision: optional(text('Revision of the artifact.')),
          substitutionDigest: optional(text('Identifies the variables that were replaced.')),
        }),
        { keys: ['stage'] },
      ),
    ),
    pendingUpdate: optional(
      object('Says that an update window holds new revisions.', {
        revisions: optional(stringMap('The revisions that wait, by source.')),
        nextWindowOpens: optional(instant('When they may be delivered.')),
      }),
    ),
    budgetFreeze: optional(budgetFreeze),
    lastHandledUpdateOverride: optional(text('Last token of stages.metio.wtf/update-now that was acted on.')),
    lastHandledResetScope: optional(text('Last token of stages.metio.wtf/reset-scope that was acted on.')),
    lastHandledBudgetOverride: optional(text('Last token of stages.metio.wtf/budget-override that was acted on.')),
  },
  // Until a controller has looked, the generation it has seen is none: kstatus then says InProgress, not Current.
  { default: { observedGeneration: -1 } },
);
