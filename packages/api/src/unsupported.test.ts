import { expect, test } from 'vitest';
import { withDefaults } from './defaults.ts';
import { LADDER_FROM_SOURCE, SHOP, SUPPORTED } from './every-field.fixture.ts';
import { formatProblem } from './problem.ts';
import { unsupportedFields } from './unsupported.ts';

test('takes what this version acts on, with fields that ask for nothing, and with all defaults', () => {
  expect(unsupportedFields(SUPPORTED)).toEqual([]);
  expect(unsupportedFields(withDefaults(SUPPORTED))).toEqual([]);
});

test('names every field that would be without effect', () => {
  const paths = [SHOP, LADDER_FROM_SOURCE].flatMap((stageSet) => unsupportedFields(stageSet).map(({ path }) => path));
  expect([...new Set(paths)]).toEqual([
    'spec.decryption',
    'spec.version.fromObject',
    'spec.version.requireMigrationCoverage',
    'spec.version.approvalMode',
    'spec.migrations',
    'spec.rollbackOnFailure',
    'spec.onRollback',
    'spec.updateWindows',
    'spec.windowScope',
    'spec.errorBudget',
    'spec.stages[0].migrationAnchor',
    'spec.stages[0].promotion',
    'spec.stages[0].errorBudget',
    'spec.version.fromArtifact',
    'spec.migrationsSourceRef',
  ]);
});

test('says what to do', () => {
  const [problem] = unsupportedFields({ ...SUPPORTED, spec: { ...SUPPORTED.spec, windowScope: 'All' } });
  expect(problem && formatProblem(problem)).toBe(
    'spec.windowScope is not supported by this version of the controller (found "All"): take it out, or use a version that supports it',
  );
});
