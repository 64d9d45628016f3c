/** One stage of a StageSet's spec. */
import { actionList } from './actions.ts';
import { onTimeout, sourceReference } from './common.ts';
import { errorBudget, promotion } from './gates.ts';
import { duration, flag, list, name, object, oneOf, optional, stringMap, text } from './kit.ts';

/** The longest value of a label, which the names of StageSets and stages become. */
export const MAX_LABEL_VALUE_LENGTH = 63;

export const CONFLICT_ACTIONS = ['Fail', 'Recreate', 'KeepExisting'] as const;

const conflictPolicy = object('What happens to an object that cannot be changed as asked, for a field is immutable.', {
  default: optional(oneOf(CONFLICT_ACTIONS, 'What happens where no rule matches.', { default: 'Fail' })),
  rules: optional(
    list(
      'Exceptions; the first whose target matches counts.',
      object('One exception.', {
        target: object('Objects that match all of what is given; an empty target matches every object.', {
          apiVersion: optional(text('API version of the object.')),
          kind: optional(text('Kind of the object.')),
          name: optional(text('Name of the object.')),
          namespace: optional(text('Namespace of the object.')),
        }),
        action: oneOf(CONFLICT_ACTIONS, 'What happens to the object.'),
        allowDataLoss: optional(
          flag('Let Recreate delete PersistentVolumeClaims and PersistentVolumes too.', { effectiveDefault: false }),
        ),
      }),
      { maxItems: 1000 },
    ),
  ),
});

const patches = list(
  'Changes to what the source renders, one after another.',
  object('One change.', {
    patch: name('A strategic merge patch or a list of JSON patch operations, as YAML or JSON.'),
    target: optional(
      object('Objects that the patch is for; a strategic merge patch may name its object itself.', {
        group: optional(text('API group, as a regular expression.')),
        version: optional(text('API version, as a regular expression.')),
        kind: optional(text('Kind, as a regular expression.')),
        name: optional(text('Name, as a regular expression.')),
        namespace: optional(text('Namespace, as a regular expression.')),
        labelSelector: optional(text('Selector over labels.')),
        annotationSelector: optional(text('Selector over annotations.')),
      }),
    ),
  }),
  { maxItems: 1000 },
);

const postBuild = object('Replaces variables in what the source renders.', {
  substitute: optional(stringMap('Variables and their values; they win over substituteFrom.')),
  substituteFrom: optional(
    list(
      'ConfigMaps and Secrets whose keys are variables; later ones win.',
      object('One ConfigMap or Secret.', {
        kind: oneOf(['ConfigMap', 'Secret'], 'Kind of the object.'),
        name: name('Name of the object, in the namespace of this StageSet.'),
        optional: optional(flag('Whether it may be missing.', { effectiveDefault: false })),
      }),
      { maxItems: 100 },
    ),
  ),
});

const readyChecks = object('When the stage counts as ready.', {
  timeout: optional(duration('How long the stage may take to become ready; wins over timeout of stage and StageSet.')),
  disableWait: optional(flag('Do not wait for the applied objects themselves.', { effectiveDefault: false })),
  checks: optional(
    list(
      'Further objects that must be ready.',
      object('One object.', {
        apiVersion: optional(text('API version of the object; the core API when absent.')),
        kind: name('Kind of the object.'),
        name: name('Name of the object.'),
        namespace: optional(text('Namespace of the object; that of this StageSet when absent.')),
      }),
      { maxItems: 1000 },
    ),
  ),
  exprs: optional(
    list(
      'CEL expressions that decide on the objects of one kind: those of the stage, and those that checks name.',
      object('Expressions for one kind, over apiVersion, kind, metadata, spec, status and data.', {
        apiVersion: name('API version of the objects; only its group counts.'),
        kind: name('Kind of the objects.'),
        current: optional(text('Holds when the object is ready.')),
        inProgress: optional(text('Holds while the object is on its way.')),
        failed: optional(text('Holds when the object has failed.')),
      }),
      { maxItems: 1000 },
    ),
  ),
});

const stageActions = object('Steps around the apply.', {
  pre: optional(actionList('Before the stage is built and applied.')),
  post: optional(actionList('After the stage is ready.')),
  onFailure: optional(actionList('After the stage has failed to apply or to become ready.')),
});

export const stage = object('One step of the rollout: a source, built, applied and waited for.', {
  name: text(
    'Name of the stage: lower-case letters, digits and dashes. It becomes a label, and identifies what the stage has applied.',
    { minLength: 1, maxLength: MAX_LABEL_VALUE_LENGTH, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' },
    'name',
  ),
  migrationAnchor: optional(text('Another name by which migrations may refer to the stage.')),
  sourceRef: sourceReference('Where the manifests of the stage come from.'),
  path: optional(text('Directory of the artifact to build; its root when absent.')),
  serviceAccountName: optional(text('ServiceAccount that acts for the stage; that of the StageSet when absent.')),
  prune: optional(flag('Delete objects that the source does not render any more.', { effectiveDefault: true })),
  timeout: optional(duration('How long the stage may take to become ready; that of the StageSet when absent.')),
  onTimeout: optional(onTimeout('What a stage that is still progressing at its timeout means.')),
  force: optional(
    flag('Delete and create anew what cannot be changed in place, unless conflictPolicy says otherwise.', {
      effectiveDefault: false,
    }),
  ),
  conflictPolicy: optional(conflictPolicy),
  applyHelmHookResources: optional(flag('Reserved: apply objects that are annotated as Helm hooks.')),
  patches: optional(patches),
  postBuild: optional(postBuild),
  actions: optional(stageActions),
  readyChecks: optional(readyChecks),
  promotion: optional(promotion),
  errorBudget: optional(errorBudget('Holds new revisions in front of this stage while the budget is spent.')),
});
