import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Budget } from '../budget.ts';
import { ArtifactError } from '../errors.ts';
import type { ArchiveLimits } from '../limits.ts';
import { IgnoreRules } from './ignore-rules.ts';

const IGNORE_FILE = '.sourceignore';

/**
 * The files below a folder, by path with `/`. Links are followed within the folder; one that leads out of it, nowhere
 * or round in a circle is an error that names it, since a file that is silently missing could be pruned from a cluster.
 */
export async function walk(folder: string, limits: ArchiveLimits): Promise<Map<string, Uint8Array>> {
  const root = await realRoot(folder);
  const rules = new IgnoreRules();
  await addIgnoreFiles(root, rules);
  const files = new Map<string, Uint8Array>();
  const budget = new Budget(`folder ${folder}`, limits);
  await visit({ root, rules, files, budget }, root, '', [root]);
  return files;
}

interface Walk {
  readonly root: string;
  readonly rules: IgnoreRules;
  readonly files: Map<string, Uint8Array>;
  readonly budget: Budget;
}

async function visit(walk: Walk, folder: string, path: string, above: readonly string[]): Promise<void> {
  for (const name of (await readdir(folder)).sort()) {
    const at = path === '' ? name : `${path}/${name}`;
    const found = await follow(walk, join(folder, name), at);
    if (found === undefined) continue;
    const isLeftOut = walk.rules.leavesOut(at, found.isFolder);
    if (found.isFolder) {
      if (isLeftOut && walk.rules.canSkipFolders) continue;
      if (above.includes(found.real)) throw refused(at, 'is a link that leads round in a circle');
      walk.budget.addEntry(at);
      await visit(walk, found.real, at, [...above, found.real]);
    } else if (!isLeftOut) {
      walk.budget.addFile(at, found.size);
      walk.files.set(at, await readFile(found.real));
    }
  }
}

/** Where a name leads; `undefined` for sockets, pipes and devices, which no archive holds. */
async function follow(
  walk: Walk,
  file: string,
  at: string,
): Promise<{ readonly real: string; readonly isFolder: boolean; readonly size: number } | undefined> {
  const own = await lstat(file);
  if (!own.isSymbolicLink()) {
    return own.isDirectory() || own.isFile() ? { real: file, isFolder: own.isDirectory(), size: own.size } : undefined;
  }
  if (walk.rules.leavesOut(at, false)) return undefined;
  let real: string;
  try {
    real = await realpath(file);
  } catch (cause) {
    throw refused(at, 'is a link that leads nowhere', cause);
  }
  if (real !== walk.root && !real.startsWith(walk.root + sep))
    throw refused(at, 'is a link that leads out of the folder');
  const target = await stat(real);
  return target.isDirectory() || target.isFile()
    ? { real, isFolder: target.isDirectory(), size: target.size }
    : undefined;
}

/** Ignore files are read first, all of them, since one below may bring back what one above leaves out. */
async function addIgnoreFiles(root: string, rules: IgnoreRules, path = ''): Promise<void> {
  const entries = await readdir(join(root, path), { withFileTypes: true });
  if (entries.some((entry) => entry.name === IGNORE_FILE && entry.isFile())) {
    rules.add(await readFile(join(root, path, IGNORE_FILE), 'utf8'), path);
  }
  for (const { name } of entries.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = path === '' ? name : `${path}/${name}`;
    if (!rules.leavesOut(below, true)) await addIgnoreFiles(root, rules, below);
  }
}

async function realRoot(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch (cause) {
    throw new ArtifactError('refused', `${folder} cannot be packed: it cannot be read`, { cause });
  }
  throw new ArtifactError('refused', `${folder} cannot be packed: it is not a folder`);
}

function refused(at: string, what: string, cause?: unknown): ArtifactError {
  return new ArtifactError('refused', `${at} ${what}: remove it, or leave it out with ${IGNORE_FILE}`, { cause });
}
