/** What may hold a rollout: update windows, error budgets, promotion. */
import { metricSource, onFailure } from './common.ts';
import {
  decimal,
  duration,
  flag,
  instant,
  list,
  name,
  object,
  oneOf,
  optional,
  stringMap,
  text,
  whole,
} from './kit.ts';

export const updateWindows = list(
  'When new revisions may be delivered. Deny wins; where there is an Allow window, one must be open.',
  object('One window: recurring (schedule and duration) or absolute (from and to).', {
    type: oneOf(['Allow', 'Deny'], 'Whether the window lets revisions through or keeps them out.'),
    schedule: optional(text('Start of a recurring window, as five cron fields or a descriptor such as @daily.')),
    duration: optional(duration('How long a recurring window stays open.')),
    timeZone: optional(text('IANA time zone of schedule.', { effectiveDefault: 'UTC' })),
    from: optional(instant('Start of an absolute window.')),
    to: optional(instant('End of an absolute window; the instant itself is outside.')),
  }),
  { maxItems: 100 },
);

export const errorBudget = (description: string) =>
  object(description, {
    source: metricSource('Where the remaining budget is read.'),
    freezeThreshold: decimal('New revisions are held while the remaining budget is below this number.'),
    resumeThreshold: optional(
      decimal('Once held, they stay held until the budget is back at this number; freezeThreshold when absent.'),
    ),
    onSourceError: optional(
      oneOf(['Allow', 'Hold'], 'What holds when the budget cannot be read.', { effectiveDefault: 'Allow' }),
    ),
    interval: optional(duration('How often to look again while held; the retry interval when absent.')),
    dryRun: optional(flag('Only report; never hold.', { effectiveDefault: false })),
  });

const analysis = object('Measurements that must be within bounds before the next stage begins.', {
  checks: list(
    'The measurements.',
    object('One measurement.', {
      name: name('Name of the measurement.'),
      source: metricSource('Where the number is read.'),
      threshold: object('Bounds, both inclusive; at least one is needed.', {
        min: optional(decimal('Smallest number that passes.')),
        max: optional(decimal('Largest number that passes.')),
      }),
    }),
    { keys: ['name'], minItems: 1, maxItems: 50 },
  ),
  interval: optional(duration('How often to measure again; the retry interval when absent.')),
  failureLimit: optional(
    whole('How many failed measurements in a row are forgiven.', { minimum: 0, effectiveDefault: 0 }),
  ),
  onFailure: optional(onFailure('What happens when the limit is passed.', 'Hold')),
  onSourceError: optional(
    oneOf(['Hold', 'Allow'], 'Whether a source that cannot be read counts as failed.', { effectiveDefault: 'Hold' }),
  ),
  dryRun: optional(flag('Only record; never hold.', { effectiveDefault: false })),
});

const labelSelector = (description: string) =>
  object(description, {
    matchLabels: optional(stringMap('Labels that a pod must have.')),
    matchExpressions: optional(
      list(
        'Requirements that a pod must meet.',
        object('One requirement on a label.', {
          key: text('Key of the label.'),
          operator: text('In, NotIn, Exists or DoesNotExist.'),
          values: optional(list('Values for In and NotIn.', text('One value.'))),
        }),
      ),
    ),
  });

const restartGate = object('Holds while containers restart more than is forgiven.', {
  onFailure: optional(onFailure('What a breach leads to.', 'Hold')),
  checks: list(
    'Groups of pods to look at.',
    object('One group of pods.', {
      name: name('Name of the check.'),
      selector: labelSelector('Pods of the namespace of this StageSet.'),
      maxRestarts: optional(whole('Restarts that are forgiven.', { minimum: 0, effectiveDefault: 0 })),
      onFailure: optional(onFailure('What a breach of this check leads to; that of the gate when absent.')),
    }),
    { keys: ['name'], minItems: 1, maxItems: 50 },
  ),
});

const eventGate = object('Holds while pods report more Warning events than are forgiven.', {
  onFailure: optional(onFailure('What a breach leads to.', 'Hold')),
  checks: list(
    'Groups of pods to look at.',
    object('One group of pods and the reasons that count.', {
      name: name('Name of the check.'),
      selector: labelSelector('Pods of the namespace of this StageSet.'),
      reasons: list('Reasons of the events that count.', text('One reason.'), { minItems: 1 }),
      maxEvents: optional(whole('Events that are forgiven.', { minimum: 0, effectiveDefault: 0 })),
      onFailure: optional(onFailure('What a breach of this check leads to; that of the gate when absent.')),
    }),
    { keys: ['name'], minItems: 1, maxItems: 50 },
  ),
});

export const promotion = object('What must hold before the next stage begins, once this one is ready.', {
  soak: optional(duration('How long the stage must have been ready.')),
  requireManualPromotion: optional(
    flag('Whether a person must promote the stage with the annotation stages.metio.wtf/promote.', {
      effectiveDefault: false,
    }),
  ),
  analysis: optional(analysis),
  fastTrack: optional(
    object('Ends the soak early while a number is low enough.', {
      source: metricSource('Where the number is read.'),
      max: decimal('Largest number that ends the soak.'),
      after: optional(duration('How much of the soak must have passed at least.', { effectiveDefault: '0s' })),
    }),
  ),
  restartGate: optional(restartGate),
  eventGate: optional(eventGate),
});
