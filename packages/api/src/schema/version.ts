/** The version that a StageSet delivers, and the migrations between versions. */
import { actionList } from './actions.ts';
import { sourceReference } from './common.ts';
import { flag, list, name, object, oneOf, optional, text } from './kit.ts';

export const version = object(
  'Where the delivered version is read: exactly one of value, fromObject and fromArtifact.',
  {
    value: optional(text('The version itself.', {}, 'version')),
    fromObject: optional(
      object('Reads the version from an object that a stage renders.', {
        stage: optional(text('Stage that renders the object; the first one when absent.')),
        kind: name('Kind of the object.'),
        name: name('Name of the object.'),
        apiVersion: optional(text('API version of the object; any when absent.')),
        fieldPath: optional(
          text('JSONPath, as kubectl writes it, of the field; the label app.kubernetes.io/version when absent.'),
        ),
      }),
    ),
    fromArtifact: optional(
      object('Reads the version from a file of the artifact of a stage.', {
        stage: name('Stage whose artifact holds the file.'),
        path: name('Path of the file in the artifact.'),
      }),
    ),
    requireMigrationCoverage: optional(
      flag('Refuse a new major version that no migration leads to.', { effectiveDefault: false }),
    ),
    approvalMode: optional(
      oneOf(['Never', 'OnMigrations', 'Always'], 'When a new version must be approved by annotation first.', {
        effectiveDefault: 'Never',
      }),
    ),
    allowDowngrade: optional(flag('Whether a lower version may be delivered.', { effectiveDefault: false })),
  },
);

const migration = object('What must be done when a version is crossed.', {
  name: name('Name of the migration, unique among all.'),
  to: text('Version that the migration leads to.', { minLength: 1 }, 'version'),
  from: optional(text('Versions that it can start from, as a constraint such as >=1.0.0.')),
  stage: optional(text('Stage, or migrationAnchor of a stage, before which it runs; the first one when absent.')),
  actions: optional(actionList('What to do on the way up.')),
  down: optional(actionList('What to do on the way down. Without it the migration cannot be undone.')),
});

export const migrations = list('Migrations between versions; they need spec.version.', migration, {
  keys: ['name'],
  maxItems: 200,
});

export const migrationsSourceRef = object('Reads the migrations from an artifact instead.', {
  sourceRef: sourceReference('Source of the migrations, in the namespace of this StageSet.'),
  path: optional(text('Directory in the artifact; its root when absent.')),
});
