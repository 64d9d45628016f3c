import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { CommandError, EXIT } from '../exit.ts';

/** A folder on disk and everything that its kustomizations reach, as the build engine takes it. */
export interface LoadedTree {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The folder that was asked for, below the root of `files`. */
  readonly path: string;
  /** The root on disk as the user would name it, from the current folder; empty where it is that. */
  readonly folder: string;
}

/** Bounds of one tree; the engine has its own, finer ones. */
const MAX_FILES = 50_000;
const MAX_BYTES = 256 * 1024 * 1024;

const KUSTOMIZATION = /^(kustomization\.ya?ml|Kustomization)$/;
/** Never part of a build, and large. */
const SKIPPED = new Set(['.git', 'node_modules']);

/**
 * Reads a folder and, again and again, what the kustomizations in it name outside it (`../base`), until nothing is
 * lacking. Links are followed, but not round in a circle. Throws `CommandError` for a folder that is not there.
 */
export async function loadTree(dir: string, cwd: string): Promise<LoadedTree> {
  const start = resolve(cwd, dir);
  const info = await stat(start).catch(() => undefined);
  if (!info?.isDirectory()) {
    throw new CommandError(EXIT.usage, info === undefined ? `${dir}: no such folder` : `${dir}: not a folder`);
  }
  const loaded = new Map<string, Uint8Array>();
  let bytes = 0;
  const pending = [start];
  const seen = new Set<string>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for await (const file of filesAt(next, [])) {
      if (loaded.has(file)) continue;
      const content = await readFile(file);
      bytes += content.byteLength;
      if (loaded.size >= MAX_FILES || bytes > MAX_BYTES) {
        throw new CommandError(
          EXIT.usage,
          `${dir}: more than ${MAX_FILES} files or ${MAX_BYTES} bytes; name a smaller folder`,
        );
      }
      loaded.set(file, content);
      if (KUSTOMIZATION.test(file.slice(file.lastIndexOf(sep) + 1))) {
        pending.push(...outsideOf(dirname(file), content.toString('utf8'), seen));
      }
    }
  }
  const root = commonFolder([start, ...loaded.keys()].map((path, index) => (index === 0 ? path : dirname(path))));
  const below = (path: string) => relative(root, path).split(sep).join('/');
  return {
    folder: relative(cwd, root).split(sep).join('/'),
    path: below(start) || '.',
    files: new Map([...loaded].map(([path, content]) => [below(path), content])),
  };
}

/** Files at and below a path, in order of their names. What is not there is left to the engine, which names it. */
async function* filesAt(path: string, above: readonly string[]): AsyncGenerator<string> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) yield path;
  if (!info?.isDirectory()) return;
  const real = await realpath(path);
  if (above.includes(real)) return;
  for (const name of (await readdir(path)).sort()) {
    if (!SKIPPED.has(name)) yield* filesAt(join(path, name), [...above, real]);
  }
}

/** The relative paths with `..` that a kustomization mentions anywhere, as absolute ones. Too many do no harm. */
function outsideOf(folder: string, text: string, seen: ReadonlySet<string>): readonly string[] {
  const mentioned = text.match(/(?:\.\/)*\.\.(?:\/[^\s"',\]}#]*)?/g) ?? [];
  return mentioned.map((path) => resolve(folder, path)).filter((path) => !seen.has(path) && !isBelow(folder, path));
}

function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function commonFolder(folders: readonly string[]): string {
  const [first = sep, ...others] = folders;
  return others.reduce((common, folder) => {
    let shorter = common;
    while (!isBelow(shorter, folder)) shorter = dirname(shorter);
    return shorter;
  }, first);
}
