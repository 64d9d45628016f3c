import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { EmitError } from '../emit/error.ts';
import type { LoadedKustomization } from '../load/load-kustomization.ts';
import { JsonPatchError } from '../patch/json-patch.ts';
import { SelectorError } from '../patch/label-selector.ts';
import { PatternError } from '../pattern/pattern.ts';
import { SpecConflict } from '../transform/field-specs.ts';
import { YamlError } from '../yaml/error.ts';
import { FieldError } from '../yaml/field-error.ts';

/**
 * Runs a step; what it throws becomes a BuildError that says where in which kustomization the step is asked for, and
 * where in which file the fault is.
 */
export function reporting<T>(step: { readonly loaded: LoadedKustomization }, at: ProblemDetail, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof BuildError) {
      throw new BuildError(...error.problems.map((p) => complete(step.loaded, at, p)));
    }
    if (isFault(error)) throw new BuildError({ ...at, message: error.message });
    throw error;
  }
}

const FAULTS = [FieldError, EmitError, PatternError, SelectorError, SpecConflict, YamlError, JsonPatchError] as const;

/** Whether something that was thrown is a fault of the input, not of the engine. */
export function isFault(error: unknown): error is Error {
  return FAULTS.some((type) => error instanceof type);
}

/** A problem that names only a field of the kustomization gets that field's place. */
function complete(loaded: LoadedKustomization, at: ProblemDetail, problem: ProblemDetail): ProblemDetail {
  if (problem.file !== undefined)
    return { ...at, ...problem, ...(problem.line === undefined ? {} : onlyPlace(problem)) };
  const place = problem.field === undefined ? at : loaded.place(problem.field);
  return { ...at, ...place, ...problem };
}

function onlyPlace(problem: ProblemDetail): Partial<ProblemDetail> {
  return problem.column === undefined ? {} : { column: problem.column };
}
