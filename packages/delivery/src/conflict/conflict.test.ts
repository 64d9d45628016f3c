import type { Stage } from '@stageset/api';
import { ApiError, type KubeObject, type StatusCause } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { immutableFields, isImmutableConflict } from './immutable.ts';
import { conflictDecision, holdsData } from './policy.ts';

function refusal(causes: readonly StatusCause[], code = 422): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason: 'Invalid',
    details: { causes },
  });
}

describe('a refusal is about immutable fields', () => {
  const immutable = {
    reason: 'FieldValueForbidden',
    field: 'data',
    message: 'Forbidden: field is immutable when `immutable` is set',
  };
  const selector = {
    reason: 'FieldValueInvalid',
    field: 'spec.selector',
    message: 'Invalid value: {}: field is immutable',
  };
  const statefulSet = {
    reason: 'FieldValueForbidden',
    field: 'spec',
    message: "Forbidden: updates to statefulset spec for fields other than 'replicas', 'template' are forbidden",
  };
  const typo = {
    reason: 'FieldValueInvalid',
    field: 'data[not a key!]',
    message: 'Invalid value: "not a key!": a valid config key must',
  };
  const cases: readonly { name: string; error: ApiError; want: boolean }[] = [
    { name: 'a ConfigMap that was frozen', error: refusal([immutable]), want: true },
    { name: 'a selector', error: refusal([selector]), want: true },
    { name: 'a StatefulSet', error: refusal([statefulSet]), want: true },
    { name: 'not when the manifest is wrong', error: refusal([typo]), want: false },
    { name: 'not when it is also wrong', error: refusal([immutable, typo]), want: false },
    { name: 'not without causes', error: refusal([]), want: false },
    { name: 'not a conflict of versions', error: refusal([immutable], 409), want: false },
    {
      name: 'not when no field is named',
      error: refusal([{ reason: immutable.reason, message: immutable.message }]),
      want: false,
    },
  ];
  for (const { name, error, want } of cases) test(name, () => expect(isImmutableConflict(error)).toBe(want));

  test('and the fields are named once', () => {
    expect(immutableFields(refusal([immutable, immutable, selector]))).toEqual(['data', 'spec.selector']);
  });
});

describe('what a policy decides', () => {
  const object = (annotations?: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'prod', ...(annotations === undefined ? {} : { annotations }) },
  });
  const stage = (parts: Partial<Stage>): Stage => ({ name: 's', sourceRef: { name: 'x' }, ...parts });
  const force = 'stages.metio.wtf/force';
  const cases: readonly { name: string; stage: Stage; desired: KubeObject; want: string }[] = [
    { name: 'nothing said', stage: stage({}), desired: object(), want: 'Fail' },
    { name: 'force', stage: stage({ force: true }), desired: object(), want: 'Recreate' },
    {
      name: 'a policy wins over force',
      stage: stage({ force: true, conflictPolicy: { default: 'Fail' } }),
      desired: object(),
      want: 'Fail',
    },
    {
      name: 'the first rule that matches',
      stage: stage({
        conflictPolicy: {
          default: 'Fail',
          rules: [
            { target: { kind: 'Secret' }, action: 'Recreate' },
            { target: { kind: 'ConfigMap', namespace: 'prod' }, action: 'KeepExisting' },
            { target: {}, action: 'Recreate' },
          ],
        },
      }),
      desired: object(),
      want: 'KeepExisting',
    },
    {
      name: 'the annotation wins over all',
      stage: stage({ conflictPolicy: { default: 'Fail' } }),
      desired: object({ [force]: 'yes' }),
      want: 'Recreate',
    },
    { name: 'an annotation that says no', stage: stage({}), desired: object({ [force]: 'disabled' }), want: 'Fail' },
  ];
  for (const { name, stage: given, desired, want } of cases) {
    test(name, () => expect(conflictDecision(given, desired).action).toBe(want));
  }

  test('stored data is told apart from a custom kind of the same name', () => {
    expect(holdsData({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' })).toBe(true);
    expect(holdsData({ apiVersion: 'example.com/v1', kind: 'PersistentVolume' })).toBe(false);
  });
});
