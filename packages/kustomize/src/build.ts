import type { BuildOptions, BuildResult, Files, StageOptions } from './api.ts';
import { BuildError } from './diagnostics/problem.ts';

/**
 * Builds one directory as `kustomize build` does. Never throws for anything that the files contain:
 * what is wrong comes back as problems.
 */
export function build(files: Files, options: BuildOptions = {}): BuildResult {
  return guarded(() => {
    throw new BuildError({ message: `cannot build ${options.path ?? '.'} yet: ${files.size} files` });
  });
}

/**
 * Builds one stage: Flux's generated kustomization where the directory has none, the stage's patches after the
 * kustomization's own, substitution object by object, and objects as an API server wants them.
 */
export function buildStage(files: Files, options: StageOptions = {}): BuildResult {
  return guarded(() => {
    throw new BuildError({ message: `cannot build ${options.path ?? '.'} yet: ${files.size} files` });
  });
}

/** The exact bytes that `kustomize build` prints. */
export function toYaml(result: BuildResult & { ok: true }): string {
  return result.resources.map((r) => r.yaml).join('---\n');
}

/** The objects in the order of the build, as plain values. */
export function toObjects(result: BuildResult & { ok: true }): Record<string, unknown>[] {
  return result.resources.map((r) => r.toObject());
}

function guarded(run: () => BuildResult): BuildResult {
  try {
    return run();
  } catch (error) {
    if (error instanceof BuildError) return { ok: false, problems: error.problems };
    throw error;
  }
}
