/**
 * Fields of the contract that this version does not act on yet. A StageSet that sets one is refused: a field that is
 * silently without effect would be a promise broken in production.
 */
import { formatFieldPath, isJsonArray, isJsonObject, type JsonPath, own } from '@stageset/k8s';
import type { StageSet } from './kinds.ts';
import type { Problem } from './problem.ts';

interface Row {
  /** `[]` stands for each item of a list. */
  readonly field: string;
  /** A value that asks for nothing, beside false, empty and absent. */
  readonly off?: string;
}

const UNSUPPORTED: readonly Row[] = [
  { field: 'spec.decryption' },
  { field: 'spec.version.fromObject' },
  { field: 'spec.version.fromArtifact' },
  { field: 'spec.version.requireMigrationCoverage' },
  { field: 'spec.version.approvalMode', off: 'Never' },
  { field: 'spec.migrations' },
  { field: 'spec.migrationsSourceRef' },
  { field: 'spec.rollbackOnFailure' },
  { field: 'spec.onRollback' },
  { field: 'spec.updateWindows' },
  { field: 'spec.windowScope', off: 'Updates' },
  { field: 'spec.errorBudget' },
  { field: 'spec.stages[].migrationAnchor' },
  { field: 'spec.stages[].applyHelmHookResources' },
  { field: 'spec.stages[].promotion' },
  { field: 'spec.stages[].errorBudget' },
];

/** One problem for each field that asks for something this version does not do; in the order of the table. */
export function unsupportedFields(stageSet: StageSet): readonly Problem[] {
  return UNSUPPORTED.flatMap(({ field, off }) =>
    [...find(stageSet, field.split(/\.|(?=\[\])/), [])]
      .filter(({ value }) => !isOff(value, off))
      .map(({ at, value }) => ({
        path: formatFieldPath(at),
        ...(typeof value === 'string' || typeof value === 'boolean' ? { value } : {}),
        message: 'is not supported by this version of the controller',
        fix: 'take it out, or use a version that supports it',
      })),
  );
}

function* find(
  value: unknown,
  [step, ...rest]: readonly string[],
  at: JsonPath,
): Iterable<{ readonly at: JsonPath; readonly value: unknown }> {
  if (step === undefined) yield { at, value };
  else if (step === '[]') {
    for (const [i, item] of (isJsonArray(value) ? value : []).entries()) yield* find(item, rest, [...at, i]);
  } else if (isJsonObject(value)) {
    yield* find(own(value, step), rest, [...at, step]);
  }
}

function isOff(value: unknown, off: string | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === off) return true;
  if (isJsonArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.values(value).every((child) => isOff(child, undefined));
}
