import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withDefaults } from './defaults.ts';
import { LITERAL_VERSION, SHOP, VALID } from './every-field.fixture.ts';
import type { StageSet } from './kinds.ts';
import { validateStageSet } from './validate/stage-set.ts';

test('writes out what holds when nothing is said, and leaves what depends on something else', () => {
  const { spec, status } = withDefaults(LITERAL_VERSION);
  expect(spec).toEqual({
    timeout: '15m',
    suspend: false,
    rollbackOnFailure: false,
    windowScope: 'Updates',
    version: {
      value: '1.2.3-rc.1+build',
      requireMigrationCoverage: false,
      approvalMode: 'Never',
      allowDowngrade: false,
    },
    stages: [{ name: 'app', sourceRef: { kind: 'ExternalArtifact', name: 'app' }, prune: true, force: false }],
  });
  expect(status).toEqual({ observedGeneration: -1 });
});

test('a conflict policy that says nothing of the default fails, also beside force', () => {
  const stage = { name: 'app', sourceRef: { name: 'app' }, force: true, conflictPolicy: {} };
  const [filled] = withDefaults({ ...SHOP, spec: { stages: [stage] } }).spec.stages;
  expect(filled?.conflictPolicy).toEqual({ default: 'Fail' });
});

test('keeps what is said', () => {
  const { spec } = withDefaults(SHOP);
  expect(spec).toMatchObject(SHOP.spec as object);
});

test('what is defaulted stays valid, and the input stays as it was', () => {
  for (const stageSet of VALID) {
    const before = structuredClone(stageSet);
    expect(validateStageSet(withDefaults(stageSet))).toEqual([]);
    expect(stageSet).toEqual(before);
  }
});

test('twice is the same as once', () => {
  /** Any part of a valid StageSet taken out, at any depth. */
  const thinned = (value: unknown): fc.Arbitrary<unknown> => {
    if (Array.isArray(value)) return fc.tuple(...value.map(thinned));
    if (typeof value !== 'object' || value === null) return fc.constant(value);
    const fields = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, thinned(child)]));
    return fc.record(fields, { requiredKeys: ['name', 'sourceRef', 'stages'].filter((key) => key in fields) as [] });
  };
  fc.assert(
    fc.property(
      fc.constantFrom(...VALID).chain((stageSet) => thinned(stageSet.spec)),
      (spec) => {
        const stageSet = { ...SHOP, spec } as StageSet;
        const once = withDefaults(stageSet);
        expect(withDefaults(once)).toEqual(once);
      },
    ),
    { numRuns: 50 },
  );
});
