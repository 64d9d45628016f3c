export type { BuildOptions, BuildResult, BuiltResource, Files, StageOptions, StagePatch } from './api.ts';
export { build, buildStage, toObjects, toYaml } from './build.ts';
export { BuildError, type Problem } from './diagnostics/problem.ts';
export { DEFAULT_LIMITS, type Limits } from './load/limits.ts';
