import type { Problem } from './diagnostics/problem.ts';
import type { Limits } from './load/limits.ts';

/** A tree of files: paths are `/`-separated and relative to the root, contents UTF-8 text or bytes. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/** One object of a build. Everything about it is fixed when the build returns. */
export interface BuiltResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As written in the object; absent when the object has none. */
  readonly namespace?: string;
  /** The file that the object was read from; absent for generated objects. */
  readonly file?: string;
  /** The exact YAML text that kustomize prints for this object, with the final newline. */
  readonly yaml: string;
  /** A fresh plain value (safe to keep and to change). Integers beyond 2^53 lose precision here, never in `yaml`. */
  toObject(): Record<string, unknown>;
}

export type BuildResult =
  | { readonly ok: true; readonly resources: readonly BuiltResource[]; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface BuildOptions {
  /** The directory to build, relative to the root; the root itself when absent. */
  readonly path?: string;
  readonly limits?: Partial<Limits>;
  /**
   * How far a kustomization's plain files (not its bases) may reach. `kustomization`: only below its own directory,
   * as the kustomize command does by default. `root`: anywhere in the tree, as Flux does. Default `kustomization`.
   */
  readonly restrict?: 'kustomization' | 'root';
  /**
   * What `openapi.path` does to the built-in merge keys. `replace`: only the given file counts, as the kustomize
   * command does. `extend`: they are added, as Flux does. Default `replace`.
   */
  readonly openapi?: 'replace' | 'extend';
  /** The version that `buildMetadata: [managedByLabel]` names. Default `v5.8.1`, whose output this is. */
  readonly version?: string;
}

/** A patch of a stage, as `spec.stages[].patches[]` has it. */
export interface StagePatch {
  readonly patch: string;
  readonly target?: {
    readonly group?: string;
    readonly version?: string;
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
    readonly labelSelector?: string;
    readonly annotationSelector?: string;
  };
}

export interface StageOptions {
  /** The stage's directory, relative to the root; the root itself when absent. */
  readonly path?: string;
  /** Applied after the kustomization's own patches. */
  readonly patches?: readonly StagePatch[];
  /** The merged variables. Absent: no substitution at all, `${x}` and `$$` stay as they are. */
  readonly variables?: ReadonlyMap<string, string> | undefined;
  readonly limits?: Partial<Limits>;
}
