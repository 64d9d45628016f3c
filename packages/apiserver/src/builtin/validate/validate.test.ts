import { applyMergePatch, type KubeObject, type StatusCause } from '@stageset/k8s';
import { expect, test } from 'vitest';
import { applyBuiltinDefaults } from '../built-in-defaults.ts';
import { answers, isFailure } from '../golden/answers.ts';
import { validateBuiltin } from './validate.ts';

/** Messages that show the values of Go's internal types: only what stands around those is ours to repeat. */
function comparable(cause: StatusCause): StatusCause {
  const [message = ''] = (cause.message ?? '').split('\n');
  return cause.field === 'spec.template'
    ? { ...cause, message: message.replace(/\{.*\}/, '{}') }
    : { ...cause, message };
}

/** Go walks its maps in no order. */
const byField = (a: StatusCause, b: StatusCause): number =>
  a.field?.startsWith('data[') === true ? (a.field ?? '').localeCompare(b.field ?? '') : 0;

for (const { name, given, old, update, answer } of answers()) {
  if (!isFailure(answer) || answer.code !== 422) {
    if (isFailure(answer)) continue;
    test(`${name} is well`, () => {
      expect(validateBuiltin(applyBuiltinDefaults(given))).toEqual([]);
    });
    continue;
  }
  const causes = (answer.details?.causes ?? []).filter((cause) => !cause.field?.startsWith('metadata.name'));
  if (causes.some((cause) => cause.field?.startsWith('metadata') && !cause.field.includes('['))) continue;
  if (causes.length === 0 || causes[0]?.field?.startsWith('metadata.f') || causes[0]?.field?.startsWith('metadata.o'))
    continue;
  test(`${name} is refused`, () => {
    const next = old === undefined ? given : (applyMergePatch(old, update ?? {}) as KubeObject);
    const found = validateBuiltin(applyBuiltinDefaults(next), old);
    expect(found.map(comparable).toSorted(byField)).toEqual(causes.map(comparable).toSorted(byField));
  });
}
