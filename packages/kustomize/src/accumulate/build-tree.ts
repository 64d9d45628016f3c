import { BuildError, type Problem, type ProblemDetail } from '../diagnostics/problem.ts';
import { generate, mergeOptions } from '../generate/generate.ts';
import type { GeneratorEntry } from '../load/kustomization.ts';
import { type LoadedKustomization, loadKustomization } from '../load/load-kustomization.ts';
import { readObjects } from '../load/read-objects.ts';
import type { Scope } from '../load/scope.ts';
import type { SchemaLookup } from '../patch/schema.ts';
import { DEFAULT_CONFIG, mergeConfig } from '../transform/config.ts';
import { absorb } from './absorb.ts';
import { Accumulator } from './accumulator.ts';
import { reporting } from './reporting.ts';
import { runTransformers } from './run-transformers.ts';

/** What one build shares over all its kustomizations. */
export interface BuildState {
  readonly warnings: Problem[];
  schemas: SchemaLookup;
  documents: number;
}

/** Builds the kustomization of a scope into an accumulator: its parent's for a component, else a fresh one. */
export class TreeBuilder {
  readonly scope: Scope;
  readonly loaded: LoadedKustomization;
  readonly state: BuildState;

  constructor(scope: Scope, loaded: LoadedKustomization, state: BuildState) {
    this.scope = scope;
    this.loaded = loaded;
    this.state = state;
    state.warnings.push(...loaded.warnings);
  }

  place(field: string): ProblemDetail {
    return this.loaded.place(field);
  }

  warn(problem: ProblemDetail): void {
    this.state.warnings.push({ severity: 'warning', ...problem });
  }

  /** Steps in kustomize's order: resources, configuration, generators, components, transformers. */
  run(into: Accumulator): Accumulator {
    const { fields } = this.loaded;
    this.resources(into, fields.resources ?? []);
    into.config = mergeConfig(into.config, DEFAULT_CONFIG);
    this.generators(into);
    const accumulator = this.components(into);
    runTransformers(this, accumulator);
    return accumulator;
  }

  /** Takes up files and bases. Faults of several entries are told together. */
  private resources(into: Accumulator, paths: readonly string[]): void {
    const problems: Problem[] = [];
    paths.forEach((path, i) => {
      const at = this.place(`resources[${i}]`);
      try {
        if (this.scope.isDirectory(path)) this.base(into, path, at);
        else this.file(into, path, at);
      } catch (error) {
        if (!(error instanceof BuildError)) throw error;
        problems.push(...error.problems);
      }
    });
    if (problems.length > 0) throw new BuildError(...problems);
  }

  private file(into: Accumulator, path: string, at: ProblemDetail): void {
    const file = this.scope.file(path, at);
    const resources = reporting(this, at, () => readObjects(this.scope.tree.text(file), this.scope.tree.limits, file));
    this.count(resources.length, at);
    into.set.appendAll(resources);
  }

  private count(more: number, at: ProblemDetail): void {
    const { documents } = this.scope.tree.limits;
    this.state.documents += more;
    if (this.state.documents > documents) {
      throw new BuildError({ ...at, message: `the build has more than ${documents} objects (limit documents)` });
    }
  }

  private load(scope: Scope, at: ProblemDetail): TreeBuilder {
    try {
      return new TreeBuilder(scope, loadKustomization(scope.tree, scope.directory), this.state);
    } catch (error) {
      throw error instanceof BuildError ? error.within(at) : error;
    }
  }

  private base(into: Accumulator, path: string, at: ProblemDetail): void {
    const builder = this.load(this.scope.child(path, at), at);
    if (builder.loaded.isComponent) {
      throw new BuildError({
        ...at,
        message: `"${path}" is a Component, but a resource must be a Kustomization`,
        suggestion: 'list it under components',
      });
    }
    this.absorbAll(into, builder.run(new Accumulator()), at);
  }

  private components(into: Accumulator): Accumulator {
    let accumulator = into;
    (this.loaded.fields.components ?? []).forEach((path, i) => {
      const at = this.place(`components[${i}]`);
      const builder = this.load(this.scope.child(path, at), at);
      if (!builder.loaded.isComponent) {
        throw new BuildError({
          ...at,
          message: `"${path}" is a Kustomization, but a component must have kind: Component`,
          suggestion: 'list it under resources, or set kind: Component',
        });
      }
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

  private generators(into: Accumulator): void {
    const { fields } = this.loaded;
    const run = (kind: 'ConfigMap' | 'Secret', field: string, entries: readonly GeneratorEntry[]): void => {
      entries.forEach((entry, i) => {
        const at = this.place(`${field}[${i}]`);
        const options = mergeOptions(entry.options, fields.generatorOptions);
        const merged = options === undefined ? entry : { ...entry, options };
        reporting(this, at, () => {
          const read = (path: string, where: string): string | Uint8Array =>
            this.scope.tree.content(this.scope.file(path, this.place(where)));
          absorb(into.set, generate(kind, merged, `${field}[${i}]`, read));
        });
      });
    };
    run('ConfigMap', 'configMapGenerator', fields.configMapGenerator ?? []);
    run('Secret', 'secretGenerator', fields.secretGenerator ?? []);
  }
}
