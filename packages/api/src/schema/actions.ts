/** The six verbs of an action, and the lists that hold actions. */
import { objectTarget, sourceReference } from './common.ts';
import { duration, flag, instant, list, name, object, oneOf, optional, stringMap, text, whole } from './kit.ts';

/** In the order in which messages name them. */
export const VERBS = ['patch', 'http', 'wait', 'job', 'delete', 'apply'] as const;

const secretKey = (description: string) =>
  object(description, {
    name: name('Name of the Secret.'),
    key: optional(text('Key of the Secret.')),
  });

const patchVerb = object('Changes one object, or all that a selector finds.', {
  target: object('What to change: a name or a selector, never both.', {
    apiVersion: optional(text('API version of the object, such as apps/v1; the core API when absent.')),
    kind: name('Kind of the object.'),
    namespace: optional(text('Namespace of the object; that of the StageSet when absent.')),
    name: optional(text('Name of the one object to change.')),
    selector: optional(
      object('Labels of the objects to change.', {
        matchLabels: optional(stringMap('Labels that an object must have.')),
        matchExpressions: optional(
          list(
            'Requirements that an object must meet.',
            object('One requirement on a label.', {
              key: text('Key of the label.'),
              operator: text('In, NotIn, Exists or DoesNotExist.'),
              values: optional(list('Values for In and NotIn.', text('One value.'))),
            }),
          ),
        ),
      }),
    ),
  }),
  type: optional(
    oneOf(['merge', 'json6902'], 'How the patch is written: a merge patch or a list of JSON patch operations.', {
      effectiveDefault: 'merge',
    }),
  ),
  patch: name('The patch itself, as JSON.'),
});

const httpVerb = object('Sends one HTTP request.', {
  url: name('Where to, http or https.'),
  method: optional(
    oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'], 'Method of the request.', { effectiveDefault: 'POST' }),
  ),
  body: optional(text('Body of the request.')),
  bodyFrom: optional(secretKey('Secret that holds the body; wins over body.')),
  headersFrom: optional(
    list('Secrets that hold headers: the key is the name of the header.', secretKey('One header.')),
  ),
  expectedStatus: optional(
    list('Status codes that count as success; any 2xx when empty.', whole('One code.', { minimum: 100, maximum: 599 })),
  ),
});

const waitVerb = object('Waits for a time, or until an expression holds for an object.', {
  duration: optional(duration('How long to wait; wins over expr.')),
  expr: optional(text('CEL expression over apiVersion, kind, metadata, spec and status of the target.')),
  target: optional(objectTarget('The object that expr looks at.')),
  timeout: optional(duration('How long expr may take to hold.', { effectiveDefault: '5m' })),
});

const jobVerb = object('Runs Jobs from an artifact and waits until they are complete.', {
  sourceRef: sourceReference('Source that holds the Jobs.'),
  path: optional(text('Directory in the artifact; its root when absent.')),
});

const deleteVerb = object('Deletes one object. One that is not there counts as deleted.', {
  target: objectTarget('The object to delete.'),
  cascade: optional(
    oneOf(['Background', 'Foreground', 'Orphan'], 'What becomes of the objects that it owns.', {
      effectiveDefault: 'Background',
    }),
  ),
});

const applyVerb = object('Applies the manifests of an artifact once. They are neither tracked nor pruned.', {
  sourceRef: sourceReference('Source that holds the manifests.'),
  path: optional(text('Directory in the artifact; its root when absent.')),
  wait: optional(flag('Whether to wait until the applied objects are ready.', { effectiveDefault: false })),
});

const verbs = {
  patch: optional(patchVerb),
  http: optional(httpVerb),
  wait: optional(waitVerb),
  job: optional(jobVerb),
  delete: optional(deleteVerb),
  apply: optional(applyVerb),
};

export const ACTION_SCOPES = ['Revision', 'Version', 'Lifetime'] as const;

const action = object(
  'One step beside the manifests. Exactly one verb says what it does.',
  {
    name: name('Name of the action, unique in its list; it identifies what has been done already.'),
    // No default is written out: only actions in pre and post of a stage have a scope.
    scope: optional(
      oneOf(
        ACTION_SCOPES,
        'How often an action in pre or post runs: once a revision (also when absent), once a version, or once ever.',
      ),
    ),
    timeout: optional(duration('How long all attempts may take together.')),
    retries: optional(
      whole('How many more attempts after the first.', { minimum: 0, maximum: 100, effectiveDefault: 0 }),
    ),
    completionAnchor: optional(
      object(
        'Object that witnesses the completion of an action of scope Lifetime: when it is gone or another one, the action runs again.',
        {
          apiVersion: name('API version of the object.'),
          kind: name('Kind of the object.'),
          name: name('Name of the object.'),
        },
      ),
    ),
    ...verbs,
  },
  {
    rules: [
      {
        rule: `[${VERBS.map((verb) => `has(self.${verb})`).join(', ')}].exists_one(set, set)`,
        message: `exactly one of ${VERBS.join(', ')} must be set`,
      },
    ],
  },
);

/** Actions that run one after another; their names are unique. */
export const actionList = (description: string) => list(description, action, { keys: ['name'], maxItems: 100 });

/** Lists of a stage that hold actions. */
export const ACTION_LISTS = ['pre', 'post', 'onFailure'] as const;

/**
 * What is about to be done, or is being done, for an action. `Started`: it is written before the effect, so the effect
 * may or may not have happened. `Running`: it has, and its end is waited for. `Stopping`: what runs of a failed attempt is
 * stopped and its last words are read. `Retrying`: an attempt has failed and the
 * next one waits. `Done`: it has succeeded, and only the StageLedger has still to say so.
 */
export const INTENT_STATES = ['Started', 'Running', 'Stopping', 'Retrying', 'Done'] as const;

export const actionIntent = object('The action that is being carried out; written before anything is done for it.', {
  name: name('Name of the action.'),
  list: oneOf(ACTION_LISTS, 'List that holds the action.'),
  verb: oneOf(VERBS, 'What the action does.'),
  scope: oneOf(ACTION_SCOPES, 'What the action is counted by.'),
  key: name(
    'Identifies the effect: sent as Idempotency-Key, part of the names of Jobs. Another one is another effect.',
  ),
  digest: text('Identifies the content of the action.'),
  state: oneOf(INTENT_STATES, 'How far it has come.'),
  startedAt: instant('When it began; its timeout counts from here.'),
  attemptedAt: instant('When the attempt began that is under way.'),
  tries: whole('How often its effect was begun, whatever came of it.', { minimum: 0 }),
  failures: optional(whole('Attempts that have failed.', { minimum: 0 })),
  timeoutAt: optional(instant('When the attempt is given up.')),
  retryAt: optional(instant('When the next attempt is made.')),
  message: optional(text('Why the last attempt failed.')),
  uid: optional(text('UID of the object that is to be deleted.')),
  jobs: optional(
    list('Jobs that were created.', text('Name of a Job, or namespace/name outside of the namespace of the StageSet.')),
  ),
});

export const actionRuns = list(
  'The last run of each action.',
  object('One run.', {
    name: name('Name of the action.'),
    result: oneOf(
      ['Succeeded', 'Failed', 'Skipped'],
      'What came of it. Skipped: it counted as done without being run.',
    ),
    scope: optional(oneOf(ACTION_SCOPES, 'What the action is counted by.')),
    digest: text('Identifies the content of the action that ran.'),
    key: optional(text('Idempotency key under which it ran.')),
    startedAt: optional(instant('When it began.')),
    finishedAt: instant('When it ended.'),
    attempts: whole('How often it has come to an end that is known; part of the next key.', { minimum: 0 }),
    message: optional(text('Why it failed.')),
  }),
  { keys: ['name'] },
);
