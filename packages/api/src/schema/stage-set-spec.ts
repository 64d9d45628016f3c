/** What a StageSet asks for. */
import { actionList } from './actions.ts';
import { onTimeout, secretName } from './common.ts';
import { errorBudget, updateWindows } from './gates.ts';
import { duration, flag, list, name, object, oneOf, optional, text } from './kit.ts';
import { stage } from './stage.ts';
import { migrations, migrationsSourceRef, version } from './version.ts';

const kubeConfig = object(
  'The cluster to deliver to; the one this StageSet lives in when absent.',
  {
    secretRef: optional(
      object('Secret that holds a kubeconfig.', {
        name: name('Name of the Secret.'),
        key: optional(text('Key of the Secret.', { effectiveDefault: 'value' })),
      }),
    ),
    configMapRef: optional(
      object('ConfigMap that describes a cluster of a cloud provider.', { name: name('Name of the ConfigMap.') }),
    ),
  },
  {
    rules: [
      {
        rule: 'has(self.secretRef) != has(self.configMapRef)',
        message: 'exactly one of secretRef and configMapRef must be set',
      },
    ],
  },
);

const dependsOn = list(
  'StageSets that must be ready, at their newest generation, before this one proceeds.',
  object('One StageSet.', {
    name: name('Name of the StageSet.'),
    namespace: optional(text('Namespace of the StageSet; that of this one when absent.')),
    minVersion: optional(text('Version that it must have delivered at least.', {}, 'version')),
  }),
  { maxItems: 100 },
);

/** More stages than this would not fit into one object with what status says of each. */
export const MAX_STAGES = 500;

export const stageSetSpec = object('What is to be delivered, in which order, and under which conditions.', {
  interval: optional(
    duration('How often to look again although nothing has happened; the default of the controller when absent.'),
  ),
  retryInterval: optional(duration('How often to look again while something is waited for; interval when absent.')),
  driftDetectionInterval: optional(
    duration('How often to look for drift while all is well; only where it is shorter than interval.'),
  ),
  timeout: optional(duration('How long a stage may take to become ready.', { effectiveDefault: '15m' })),
  onTimeout: optional(onTimeout('What a stage that is still progressing at its timeout means: hold it, or roll back.')),
  suspend: optional(
    flag('Deliver nothing until this is false again. A StageSet that is deleted is torn down all the same.', {
      effectiveDefault: false,
    }),
  ),
  dependsOn: optional(dependsOn),
  serviceAccountName: optional(
    text('ServiceAccount, in the namespace of this StageSet, that acts for it; the controller itself when absent.'),
  ),
  kubeConfig: optional(kubeConfig),
  decryption: optional(
    object('How encrypted files of the sources are read.', {
      provider: oneOf(['sops'], 'What the files are encrypted with.'),
      secretRef: optional(secretName('Secret that holds the keys.')),
    }),
  ),
  version: optional(version),
  migrations: optional(migrations),
  migrationsSourceRef: optional(migrationsSourceRef),
  rollbackOnFailure: optional(
    flag('Restore what was last delivered in full when a stage fails.', { effectiveDefault: false }),
  ),
  onRollback: optional(actionList('What to do after a rollback has restored something.')),
  updateWindows: optional(updateWindows),
  windowScope: optional(
    oneOf(['Updates', 'All'], 'What a closed window holds: new revisions, or everything.', {
      effectiveDefault: 'Updates',
    }),
  ),
  errorBudget: optional(errorBudget('Holds new revisions while the budget is spent.')),
  stages: list('The stages, in the order of their rollout.', stage, {
    keys: ['name'],
    minItems: 1,
    maxItems: MAX_STAGES,
  }),
});
