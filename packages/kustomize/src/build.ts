import { Accumulator } from './accumulate/accumulator.ts';
import { type BuildState, newState, TreeBuilder } from './accumulate/build-tree.ts';
import { fixNameReferences } from './accumulate/name-references.ts';
import { ObjectSet } from './accumulate/object-set.ts';
import { ORIGIN, TRANSFORMATIONS } from './accumulate/origin.ts';
import { isFault, reporting } from './accumulate/reporting.ts';
import type { Resource } from './accumulate/resource.ts';
import { resolveVars } from './accumulate/vars.ts';
import type { BuildOptions, BuildResult, BuiltResource, Files, StageOptions, StagePatch } from './api.ts';
import { Faults } from './diagnostics/faults.ts';
import { BuildError, type Problem, type ProblemDetail } from './diagnostics/problem.ts';
import { finish } from './emit/finish.ts';
import { stageKustomization } from './flux/generated.ts';
import { normalise } from './flux/normalise.ts';
import { substituteObject } from './flux/substitution.ts';
import { addHashes } from './generate/add-hashes.ts';
import { DEFAULT_LIMITS, type Limits } from './load/limits.ts';
import { type LoadedKustomization, loadKustomization } from './load/load-kustomization.ts';
import { joinPath, leavesTree, nearest } from './load/paths.ts';
import { Scope } from './load/scope.ts';
import { FileTree } from './load/tree.ts';
import { compileSpec } from './transform/field-specs.ts';
import { addEntries } from './transform/labels.ts';
import { sortObjects } from './transform/sort.ts';
import { mapNode } from './yaml/node.ts';

const MANAGED_BY = 'app.kubernetes.io/managed-by';
const METADATA_LABELS = [compileSpec({ path: 'metadata/labels', create: true })];

const LOCAL_CONFIG = 'config.kubernetes.io/local-config';

/** Annotations that kustomize uses while it builds and takes out at the end, also where a user wrote them. */
const BUILD_ANNOTATIONS: readonly string[] = [
  ...[
    'previousKinds',
    'previousNames',
    'prefixes',
    'suffixes',
    'previousNamespaces',
    'allowNameChange',
    'allowKindChange',
    'refBy',
    'generatorBehavior',
    'needsHashSuffix',
    'path',
    'index',
    'seqindent',
    'id',
    'annotations-migration-resource-id',
  ].map((name) => `internal.config.kubernetes.io/${name}`),
  'config.kubernetes.io/path',
  'config.kubernetes.io/index',
  'config.k8s.io/id',
];

/**
 * Builds one directory as `kustomize build` does. Never throws for anything that the files contain:
 * what is wrong comes back as problems.
 */
export function build(files: Files, options: BuildOptions = {}): BuildResult {
  return guarded(() => {
    const tree = new FileTree(files, limitsOf(options.limits));
    const scope = new Scope(tree, rootOf(tree, options.path), { restrict: options.restrict ?? 'kustomization' });
    const state = newState(options.openapi ?? 'replace', tree.limits);
    const set = run(scope, loadKustomization(tree, scope.directory), state, options.version);
    return { ok: true, resources: print(set, tree.limits), warnings: state.warnings };
  });
}

/**
 * Builds one stage: Flux's generated kustomization where the directory has none, the stage's patches after the
 * kustomization's own, substitution object by object, and objects as an API server wants them.
 */
export function buildStage(files: Files, options: StageOptions = {}): BuildResult {
  return guarded(() => {
    const tree = new FileTree(files, limitsOf(options.limits));
    const scope = new Scope(tree, rootOf(tree, options.path), { restrict: 'root' });
    const state = newState('extend', tree.limits);
    const loaded = withPatches(stageKustomization(tree, scope.directory), options.patches ?? []);
    const set = run(scope, loaded, state);
    const resources = prepare(set, options.variables, tree.limits);
    return { ok: true, resources: print(resources, tree.limits), warnings: state.warnings };
  });
}

function run(scope: Scope, loaded: LoadedKustomization, state: BuildState, version = 'v5.8.1'): ObjectSet {
  const metadata = loaded.fields.buildMetadata ?? [];
  const builder = new TreeBuilder(scope, loaded, state, metadata.length === 0 ? undefined : '');
  const accumulator = builder.run(new Accumulator());
  const { set, config } = accumulator;
  const step = (field: string, change: () => void): void => reporting(builder, builder.place(field), change);
  addHashes(set);
  step('', () => fixNameReferences(set, config.nameReference, (problem) => builder.warn(problem)));
  set.changed();
  step('vars', () => resolveVars(accumulator, state.warnings));
  set.changed();
  dropLocal(set);
  const { sortOptions } = loaded.fields;
  if (sortOptions !== undefined) sortObjects(set, sortOptions, builder.place('sortOptions'));
  if (metadata.includes('managedByLabel'))
    addEntries(set, new Map([[MANAGED_BY, `kustomize-${version}`]]), METADATA_LABELS);
  for (const resource of set.all) cleanAnnotations(resource, metadata);
  return set;
}

function withPatches(loaded: LoadedKustomization, patches: readonly StagePatch[]): LoadedKustomization {
  if (patches.length === 0) return loaded;
  const own = loaded.fields.patches ?? [];
  const place = (field: string): ProblemDetail => {
    const i = Number(/^patches\[(\d+)\]/.exec(field)?.[1] ?? -1);
    return i < own.length ? loaded.place(field) : { message: '', field: `patches[${i - own.length}] of the stage` };
  };
  return { ...loaded, fields: { ...loaded.fields, patches: [...own, ...patches] }, place };
}

/** Substitutes, normalises and checks the objects of a stage. */
function prepare(set: ObjectSet, variables: ReadonlyMap<string, string> | undefined, limits: Limits): ObjectSet {
  const result = new ObjectSet();
  const problems: Problem[] = [];
  for (const resource of set.all) {
    try {
      const substituted = variables === undefined ? resource : substituteObject(resource, variables, limits);
      normalise(substituted);
      if (substituted.apiVersion === '') throw missingVersion(substituted);
      result.append(substituted);
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new BuildError(...problems);
  return result;
}

function missingVersion(resource: Resource): BuildError {
  return new BuildError({
    message: `missing apiVersion in ${resource.describe()}`,
    object: resource.describe(),
    field: 'apiVersion',
    ...(resource.file === undefined ? {} : { file: resource.file, line: resource.node.line }),
  });
}

function limitsOf(limits: Partial<Limits> | undefined): Limits {
  return { ...DEFAULT_LIMITS, ...limits };
}

function rootOf(tree: FileTree, path = '.'): string {
  const directory = joinPath('', path);
  if (leavesTree(directory)) throw new BuildError({ message: `the path ${path} leads out of the tree` });
  if (tree.hasDirectory(directory)) return directory;
  const directories = [...tree.paths()].map((p) => p.slice(0, p.lastIndexOf('/')));
  const close = nearest(directory, new Set(directories));
  throw new BuildError({
    message: `there is no directory ${path} in the tree`,
    ...(close === undefined || close === '' ? {} : { suggestion: `did you mean ${close}?` }),
  });
}

/** Leaves out objects that are only meant for local tools, and checks what patches may have broken. */
function dropLocal(set: ObjectSet): void {
  set.checkUnique();
  for (const resource of set.all) {
    if (resource.kind === '' || (resource.name === '' && !resource.kind.endsWith('List'))) {
      throw new BuildError({
        message: `an object has lost its ${resource.kind === '' ? 'kind' : 'name'} by a patch`,
        object: resource.describe(),
        ...(resource.file === undefined ? {} : { file: resource.file, line: resource.node.line }),
      });
    }
  }
  set.keep((resource) => {
    const local = resource.metadataMap('annotations').get(LOCAL_CONFIG);
    return local === undefined || local === 'false';
  });
}

function print(set: ObjectSet, limits: Limits): BuiltResource[] {
  let bytes = 0;
  const faults = new Faults();
  const printed: BuiltResource[] = [];
  for (const resource of set.all) {
    const result = faults.attempt(() => finish(resource));
    if (faults.full) break;
    if (result === undefined) continue;
    bytes += result.yaml.length;
    if (bytes > limits.outputBytes) {
      throw new BuildError({ message: `the result is larger than ${limits.outputBytes} bytes (limit outputBytes)` });
    }
    printed.push(result);
  }
  faults.raise();
  return printed;
}

function cleanAnnotations(resource: Resource, metadata: readonly string[]): void {
  const keepsAll = metadata.includes('originAnnotations') && metadata.includes('transformerAnnotations');
  // Only lists may lack metadata; cleaning up gives them some.
  if (!keepsAll && resource.node.get('metadata') === undefined) resource.node.append('metadata', mapNode());
  const annotations = resource.annotations;
  if (annotations === undefined) return;
  const entries = resource.metadataMap('annotations');
  for (const name of BUILD_ANNOTATIONS) entries.delete(name);
  if (!metadata.includes('originAnnotations')) entries.delete(ORIGIN);
  if (!metadata.includes('transformerAnnotations')) entries.delete(TRANSFORMATIONS);
  annotations.history = undefined;
  resource.setMetadataMap('annotations', entries);
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
    if (isFault(error)) return { ok: false, problems: [{ severity: 'error', message: error.message }] };
    // The engine's own bounds come first; this is what is left when someone has raised them too far.
    if (error instanceof RangeError) {
      return { ok: false, problems: [{ severity: 'error', message: `the input is too large: ${error.message}` }] };
    }
    throw error;
  }
}
