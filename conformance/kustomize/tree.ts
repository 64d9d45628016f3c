/** A tree of files by path, and the directory to build. */
export interface Tree {
  readonly files: Readonly<Record<string, string>>;
  /** Relative to the root; the root when absent. */
  readonly path?: string;
}

/** A kustomization's text for the root, or all that differs from the common files. */
export type Case = string | Readonly<Record<string, string>>;

/** Cases that belong together: names to trees. */
export type Area = Readonly<Record<string, Tree>>;

/**
 * Cases over files that they share. A text is the root's kustomization; a map adds to the files or replaces them, and
 * a key `@path` names the directory to build.
 */
export function area(common: Readonly<Record<string, string>>, cases: Readonly<Record<string, Case>>): Area {
  const result: Record<string, Tree> = {};
  for (const [name, given] of Object.entries(cases)) {
    const { '@path': path, ...own } = typeof given === 'string' ? { 'kustomization.yaml': given } : given;
    const files: Record<string, string> = {};
    for (const [file, text] of Object.entries({ ...common, ...own })) files[file] = dedent(text);
    result[name] = path === undefined ? { files } : { files, path };
  }
  return result;
}

/** The areas' cases as one; a name that two have is a mistake. */
export function join(...areas: readonly Area[]): Area {
  const result: Record<string, Tree> = {};
  for (const each of areas) {
    for (const [name, tree] of Object.entries(each)) {
      if (Object.hasOwn(result, name)) throw new Error(`two cases are called ${name}`);
      result[name] = tree;
    }
  }
  return result;
}

/** Takes the first line break and the indentation of the first line from a text that begins with a line break. */
function dedent(text: string): string {
  const margin = /^\n( +)\S/.exec(text)?.[1];
  if (margin === undefined) return text;
  const lines = text.slice(1).split('\n');
  return lines.map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line.trimStart())).join('\n');
}
