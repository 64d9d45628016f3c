import { Budget } from '../diagnostics/budget.ts';
import { Faults } from '../diagnostics/faults.ts';
import { BuildError, type Problem, type ProblemDetail } from '../diagnostics/problem.ts';
import { generate, mergeOptions } from '../generate/generate.ts';
import { loadConfigurations, loadCrds, readConfigFile } from '../load/config-files.ts';
import type { GeneratorEntry } from '../load/kustomization.ts';
import type { Limits } from '../load/limits.ts';
import { type LoadedKustomization, loadKustomization } from '../load/load-kustomization.ts';
import { baseName, joinPath } from '../load/paths.ts';
import { readObjects } from '../load/read-objects.ts';
import type { Scope } from '../load/scope.ts';
import { type CustomSchema, customSchema } from '../patch/custom-schema.ts';
import { builtinSchema, isBuiltin, type SchemaLookup } from '../patch/schema.ts';
import { mergeConfig } from '../transform/config.ts';
import { compileSpec } from '../transform/field-specs.ts';
import { addEntries } from '../transform/labels.ts';
import { MAP } from '../yaml/node.ts';
import { toPlain } from '../yaml/read-plain.ts';
import { absorb } from './absorb.ts';
import { Accumulator } from './accumulator.ts';
import { ObjectSet } from './object-set.ts';
import {
  builtinOrigin,
  ORIGIN,
  type Origin,
  originPath,
  originText,
  recordTransformation,
  setOrigin,
} from './origin.ts';
import { loadPlugin } from './plugins.ts';
import { reporting } from './reporting.ts';
import type { Resource } from './resource.ts';
import { prepareTransformers, runTransformers } from './run-transformers.ts';
import { type ClusterScope, isClusterScoped } from './scope.ts';
import { registerVars } from './vars.ts';

const ANNOTATIONS = [compileSpec({ path: 'metadata/annotations', create: true })];

/** What one build shares over all its kustomizations. */
export interface BuildState {
  readonly warnings: Problem[];
  /** What `openapi.path` does to the built-in merge keys. */
  readonly openapi: 'replace' | 'extend';
  /** Of the first kustomization that has one, the root first. */
  customSchemas: CustomSchema | undefined;
  /** Merge keys of a kind. */
  readonly schemas: SchemaLookup;
  /** Kinds that have no namespace: kustomize's own, and those that `openapi.path` tells of. */
  readonly scopes: ClusterScope;
  /** Whether the root asks for build metadata; then it is gathered everywhere. */
  tracksOrigin: boolean;
  documents: number;
  kustomizations: number;
  readonly budget: Budget;
}

export function newState(openapi: 'replace' | 'extend', limits: Limits): BuildState {
  const state: BuildState = {
    warnings: [],
    openapi,
    customSchemas: undefined,
    schemas: (apiVersion, kind) => {
      const custom = state.customSchemas?.types(apiVersion, kind);
      if (custom !== undefined) return custom;
      return state.customSchemas !== undefined && openapi === 'replace' ? undefined : builtinSchema(apiVersion, kind);
    },
    scopes: (apiVersion, kind) => {
      if (isClusterScoped(apiVersion, kind)) return true;
      // What kustomize knows by itself does not change.
      return state.customSchemas?.isClusterScoped(apiVersion, kind) === true && !isBuiltin(apiVersion, kind);
    },
    tracksOrigin: false,
    documents: 0,
    kustomizations: 0,
    budget: new Budget(limits.copiedNodes, 'copiedNodes'),
  };
  return state;
}

/** Builds the kustomization of a scope into an accumulator: its parent's for a component, else a fresh one. */
export class TreeBuilder {
  readonly scope: Scope;
  readonly loaded: LoadedKustomization;
  readonly state: BuildState;
  /** Path of this kustomization's directory from the root of the build; undefined when origins are not asked for. */
  readonly origin: string | undefined;

  constructor(scope: Scope, loaded: LoadedKustomization, state: BuildState, origin: string | undefined) {
    this.scope = scope;
    this.loaded = loaded;
    this.state = state;
    this.origin = origin;
    state.warnings.push(...loaded.warnings);
    const { kustomizations } = scope.tree.limits;
    if (++state.kustomizations > kustomizations) {
      throw new BuildError({
        message: `the build works through more than ${kustomizations} kustomizations (limit kustomizations)`,
        file: loaded.file,
      });
    }
    this.openSchema();
  }

  /** The kustomization file, as origins name it. */
  get originFile(): string {
    return joinPath(this.origin ?? '', baseName(this.loaded.file));
  }

  private openSchema(): void {
    const { openapi } = this.loaded.fields;
    if (openapi === undefined || this.state.customSchemas !== undefined) return;
    const path = openapi.get('path');
    const version = openapi.get('version');
    const at = this.place('openapi');
    if (path === undefined) {
      if (version === undefined || version === '' || version === 'v1.21.2') return;
      throw new BuildError({
        ...at,
        message: `the OpenAPI version ${version} is not built in`,
        suggestion: 'v1.21.2 is',
      });
    }
    if (version !== undefined) {
      throw new BuildError({ ...at, message: 'openapi has a version and a path: use one of them' });
    }
    const { node, file } = readConfigFile(this.scope, path, at);
    if (node === undefined || node.kind !== MAP) {
      throw new BuildError({ ...at, message: 'the OpenAPI file is no map with definitions', file });
    }
    this.state.customSchemas = customSchema(toPlain(node));
  }

  place(field: string): ProblemDetail {
    return this.loaded.place(field);
  }

  warn(problem: ProblemDetail): void {
    this.state.warnings.push({ severity: 'warning', ...problem });
  }

  /**
   * Steps in kustomize's order: resources, configuration, generators, components, transformers. All files are read
   * before the first transformer runs, and what is wrong with them is told together.
   */
  run(into: Accumulator): Accumulator {
    const { fields } = this.loaded;
    const faults = new Faults();
    this.resources(into, fields.resources ?? [], faults);
    const place = (field: string): ProblemDetail => this.place(field);
    faults.attempt(() =>
      reporting(this, this.place('configurations'), () => {
        into.config = mergeConfig(into.config, loadConfigurations(this.scope, fields.configurations ?? [], place));
        into.config = mergeConfig(into.config, loadCrds(this.scope, fields.crds ?? [], place));
      }),
    );
    this.generators(into, faults);
    const accumulator = this.components(into, faults);
    const steps = prepareTransformers(this, accumulator.config, faults);
    faults.raise();
    runTransformers(this, accumulator.set, steps);
    this.plugins('transformers', fields.transformers ?? [], accumulator.set);
    this.validators(accumulator.set);
    reporting(this, this.place('vars'), () => registerVars(accumulator, fields.vars ?? [], this.state.scopes));
    return accumulator;
  }

  /** Takes up files and bases. Faults of several entries are told together. */
  private resources(into: Accumulator, paths: readonly string[], faults: Faults): void {
    faults.each(paths, (path, i) => {
      const at = this.place(`resources[${i}]`);
      if (this.scope.isDirectory(path)) this.base(into, path, at);
      else this.file(into, path, at);
    });
  }

  private file(into: Accumulator, path: string, at: ProblemDetail): void {
    const file = this.scope.file(path, at);
    const resources = reporting(this, at, () =>
      readObjects(this.scope.tree.text(file), this.scope.tree.limits, file, this.state.scopes),
    );
    this.count(resources.length, at);
    if (this.origin !== undefined) {
      const text = originText({ path: joinPath(this.origin, path) });
      const files = new ObjectSet();
      files.appendAll(resources);
      addEntries(files, new Map([[ORIGIN, text]]), ANNOTATIONS);
    }
    into.set.appendAll(resources);
  }

  private count(more: number, at: ProblemDetail): void {
    const { documents } = this.scope.tree.limits;
    this.state.documents += more;
    if (this.state.documents > documents) {
      throw new BuildError({ ...at, message: `the build has more than ${documents} objects (limit documents)` });
    }
  }

  private load(path: string, at: ProblemDetail): TreeBuilder {
    const scope = this.scope.child(path, at);
    const origin = this.origin === undefined ? undefined : joinPath(this.origin, path);
    try {
      return new TreeBuilder(scope, loadKustomization(scope.tree, scope.directory), this.state, origin);
    } catch (error) {
      throw error instanceof BuildError ? error.within(at) : error;
    }
  }

  private base(into: Accumulator, path: string, at: ProblemDetail): void {
    const builder = this.load(path, at);
    if (builder.loaded.isComponent) {
      throw new BuildError({
        ...at,
        message: `"${path}" is a Component, but a resource must be a Kustomization`,
        suggestion: 'list it under components',
      });
    }
    this.absorbAll(into, builder.run(new Accumulator()), at);
  }

  /** Works components into what there is. After a fault, those that are left are only read. */
  private components(into: Accumulator, faults: Faults): Accumulator {
    let accumulator = into;
    faults.each(this.loaded.fields.components ?? [], (path, i) => {
      const at = this.place(`components[${i}]`);
      const builder = this.load(path, at);
      if (!builder.loaded.isComponent) {
        throw new BuildError({
          ...at,
          message: `"${path}" is a Kustomization, but a component must have kind: Component`,
          suggestion: 'list it under resources, or set kind: Component',
        });
      }
      if (faults.any) return;
      const merged = new Accumulator();
      this.absorbAll(merged, builder.run(accumulator), at);
      accumulator = merged;
    });
    return accumulator;
  }

  private absorbAll(into: Accumulator, other: Accumulator, at: ProblemDetail): void {
    reporting(this, at, () => {
      into.set.appendAll(other.set.all);
      into.config = mergeConfig(into.config, other.config);
    });
    for (const [name, entry] of other.vars) {
      if (into.vars.has(name)) throw new BuildError({ ...at, message: `the var ${name} is defined twice` });
      into.vars.set(name, entry);
    }
  }

  private generators(into: Accumulator, faults: Faults): void {
    const { fields } = this.loaded;
    const run = (kind: 'ConfigMap' | 'Secret', field: string, entries: readonly GeneratorEntry[]): void => {
      faults.each(entries, (entry, i) => {
        const at = this.place(`${field}[${i}]`);
        const options = mergeOptions(entry.options, fields.generatorOptions);
        const merged = options === undefined ? entry : { ...entry, options };
        reporting(this, at, () => {
          const read = (path: string, where: string): string | Uint8Array =>
            this.scope.tree.content(this.scope.file(path, this.place(where)));
          const resource = generate(kind, merged, `${field}[${i}]`, read);
          if (this.origin !== undefined) setOrigin(resource, builtinOrigin(this.originFile, `${kind}Generator`));
          // Without all the objects, what is there to merge with cannot be told.
          if (!faults.any) absorb(into.set, resource);
        });
      });
    };
    run('ConfigMap', 'configMapGenerator', fields.configMapGenerator ?? []);
    run('Secret', 'secretGenerator', fields.secretGenerator ?? []);
    if (!faults.any) faults.attempt(() => this.plugins('generators', fields.generators ?? [], into.set));
  }

  /** Runs the plugins of files, directories or inline texts. */
  private plugins(
    field: 'generators' | 'transformers' | 'validators',
    entries: readonly string[],
    set: ObjectSet,
  ): void {
    for (const { resource, at, name } of this.pluginObjects(field, entries)) {
      reporting(this, at, () => {
        const plugin = loadPlugin(this, resource, name, at);
        const isGenerator = resource.kind.endsWith('Generator');
        if (isGenerator !== (field === 'generators')) {
          throw new BuildError({
            ...at,
            message: `${resource.kind} has no place in ${field}`,
            object: resource.describe(),
          });
        }
        plugin(set);
        const origin = this.pluginOrigin(resource);
        if (origin !== undefined) this.recordPlugin(set, origin, isGenerator);
        set.dropGone();
      });
    }
  }

  private recordPlugin(set: ObjectSet, origin: Origin, isGenerator: boolean): void {
    if (!isGenerator) {
      recordTransformation(set, origin);
      return;
    }
    const made = set.all.at(-1);
    if (made !== undefined && !made.metadataMap('annotations').has(ORIGIN)) setOrigin(made, origin);
  }

  private pluginOrigin(resource: Resource): Origin | undefined {
    const path = this.origin === undefined ? undefined : originPath(resource);
    if (path === undefined) return undefined;
    const { apiVersion, kind, name, namespace } = resource;
    return { configuredIn: path, configuredBy: { apiVersion, kind, name, namespace } };
  }

  /** The configuration objects of plugins. An entry that can be read as an object is inline. */
  private pluginObjects(
    field: string,
    entries: readonly string[],
  ): { resource: Resource; at: ProblemDetail; name: string }[] {
    const inline: { resource: Resource; at: ProblemDetail; name: string }[] = [];
    const named: { resource: Resource; at: ProblemDetail; name: string }[] = [];
    entries.forEach((entry, i) => {
      const name = `${field}[${i}]`;
      const at = this.place(name);
      const objects = this.inlineObjects(entry);
      if (objects !== undefined) {
        for (const resource of objects) {
          if (this.origin !== undefined) setOrigin(resource, { path: this.originFile });
          inline.push({ resource, at, name });
        }
        return;
      }
      const gathered = new Accumulator();
      if (this.scope.isDirectory(entry)) this.base(gathered, entry, at);
      else this.file(gathered, entry, at);
      for (const resource of gathered.set.all) named.push({ resource, at, name });
    });
    return [...inline, ...named];
  }

  private inlineObjects(text: string): Resource[] | undefined {
    try {
      return readObjects(text, this.scope.tree.limits, undefined, this.state.scopes);
    } catch (error) {
      if (error instanceof BuildError) return undefined;
      throw error;
    }
  }

  /** Validators may look but not touch. */
  private validators(set: ObjectSet): void {
    const entries = this.loaded.fields.validators ?? [];
    if (entries.length === 0) return;
    const before = set.all.map((r) => r.node.copy());
    this.plugins('validators', entries, set);
    const { all } = set;
    if (before.length === all.length && before.every((node, i) => all[i]?.node.equals(node) === true)) return;
    throw new BuildError({ ...this.place('validators'), message: 'a validator must not change objects' });
  }
}
