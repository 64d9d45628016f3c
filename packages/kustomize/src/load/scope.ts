import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { baseName, directoryOf, isBelow, isRemote, joinPath, leavesTree, nearest, relativePath } from './paths.ts';
import type { FileTree } from './tree.ts';

export interface LoadRules {
  /** How far plain files may be from their kustomization. */
  readonly restrict: 'kustomization' | 'root';
}

/** A directory whose kustomization is being built, and those that led to it. */
export class Scope {
  readonly tree: FileTree;
  readonly directory: string;
  readonly parent: Scope | undefined;
  private readonly rules: LoadRules;

  constructor(tree: FileTree, directory: string, rules: LoadRules, parent?: Scope) {
    this.tree = tree;
    this.directory = directory;
    this.rules = rules;
    this.parent = parent;
  }

  /** Depth of bases below the root of the build. */
  get depth(): number {
    return this.parent === undefined ? 0 : this.parent.depth + 1;
  }

  private refuseRemote(path: string, at: ProblemDetail): void {
    if (!isRemote(path) || this.tree.hasFile(joinPath(this.directory, path))) return;
    throw new BuildError({
      ...at,
      message: `"${path}" is remote: a build reads nothing but the files it was given`,
      suggestion: 'copy what it names into the tree, or fetch it as a source of its own',
    });
  }

  /** Path of a file that the kustomization names. @throws BuildError when it may not or cannot be read. */
  file(path: string, at: ProblemDetail): string {
    this.refuseRemote(path, at);
    if (path.startsWith('/')) {
      throw new BuildError({ ...at, message: `"${path}" is absolute`, suggestion: 'use a path relative to the file' });
    }
    const full = joinPath(this.directory, path);
    if (leavesTree(full)) throw new BuildError({ ...at, message: `"${path}" leads out of the tree` });
    if (this.rules.restrict === 'kustomization' && !isBelow(full, this.directory)) {
      throw new BuildError({
        ...at,
        message: `"${path}" is not in or below the directory of the kustomization`,
        suggestion: 'make its directory a base with a kustomization of its own',
      });
    }
    if (!this.tree.hasFile(full)) throw this.missing(path, full, at);
    return full;
  }

  private missing(path: string, full: string, at: ProblemDetail): BuildError {
    if (this.tree.hasDirectory(full)) {
      return new BuildError({ ...at, message: `"${path}" is a directory, but a file is wanted` });
    }
    const directory = directoryOf(full);
    const neighbours = this.tree.hasDirectory(directory) ? this.tree.entries(directory) : [...this.tree.paths()];
    const names = new Map(neighbours.map((p) => [baseName(p), p]));
    const close = names.get(nearest(baseName(full), names.keys()) ?? '') ?? this.elsewhere(full);
    return new BuildError({
      ...at,
      message: `there is no file or directory "${path}"`,
      ...(close === undefined ? {} : { suggestion: `did you mean "${relativePath(this.directory, close)}"?` }),
    });
  }

  /** A file of that name anywhere in the tree. */
  private elsewhere(full: string): string | undefined {
    const name = baseName(full);
    for (const path of this.tree.paths()) if (baseName(path) === name) return path;
    return undefined;
  }

  text(path: string, at: ProblemDetail): string {
    return this.tree.text(this.file(path, at));
  }

  /** Whether an entry can only be a directory. */
  isDirectory(path: string): boolean {
    const full = joinPath(this.directory, path);
    return !this.tree.hasFile(full) && this.tree.hasDirectory(full);
  }

  /** The scope of a base or component. @throws BuildError for cycles, remotes and what is no directory. */
  child(path: string, at: ProblemDetail): Scope {
    if (path === '') throw new BuildError({ ...at, message: 'the path is empty' });
    this.refuseRemote(path, at);
    if (path.startsWith('/')) throw new BuildError({ ...at, message: `"${path}" is absolute` });
    const full = joinPath(this.directory, path);
    if (leavesTree(full)) throw new BuildError({ ...at, message: `"${path}" leads out of the tree` });
    if (this.tree.hasFile(full)) {
      throw new BuildError({ ...at, message: `"${path}" is a file, but a directory with a kustomization is wanted` });
    }
    if (!this.tree.hasDirectory(full)) throw this.missing(path, full, at);
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (isBelow(scope.directory, full)) throw this.cycle(path, full, at);
    }
    if (this.depth >= this.tree.limits.baseDepth) {
      throw new BuildError({
        ...at,
        message: `bases and components nest deeper than ${this.tree.limits.baseDepth} (limit baseDepth)`,
      });
    }
    return new Scope(this.tree, full, this.rules, this);
  }

  private cycle(path: string, full: string, at: ProblemDetail): BuildError {
    const chain: string[] = [];
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      chain.unshift(scope.directory === '' ? '.' : scope.directory);
    }
    return new BuildError({
      ...at,
      message: `"${path}" is a cycle: ${[...chain, full === '' ? '.' : full].join(' → ')} (a base may not contain a directory that uses it)`,
    });
  }
}
