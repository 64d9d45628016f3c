/** A small tree of files and the directory to build. */
export interface TreeCase {
  readonly name: string;
  readonly path?: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A tree with what kustomize makes of it. */
export interface GoldenCase extends TreeCase {
  readonly expected?: string;
  readonly error?: string;
}
