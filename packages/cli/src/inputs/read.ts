import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { CommandError, EXIT } from '../exit.ts';
import { formatInputProblem, type InputDocument, type InputProblem } from './document.ts';
import { parseInputs } from './parse.ts';

const MANIFEST = /\.(ya?ml|json)$/i;
/** A manifest that a person writes is far smaller; a larger file is a mistake. */
export const MAX_INPUT_BYTES = 16 * 1024 * 1024;

/**
 * The objects in the files and folders that the user named, in the order named; a folder stands for the manifests
 * directly in it, by name, as for `kubectl apply -f DIR`. Throws one `CommandError` (exit 2) with every problem.
 */
export async function readInputs(paths: readonly string[], cwd: string): Promise<readonly InputDocument[]> {
  const documents: InputDocument[] = [];
  const problems: InputProblem[] = [];
  for (const path of paths) {
    for (const file of await manifestsAt(path, cwd)) {
      const absolute = resolve(cwd, file);
      const { size } = await stat(absolute);
      if (size > MAX_INPUT_BYTES) {
        problems.push({ file, message: `${size} bytes, more than the ${MAX_INPUT_BYTES} that an input file may have` });
        continue;
      }
      const parsed = parseInputs(file, await readFile(absolute, 'utf8'));
      documents.push(...parsed.documents);
      problems.push(...parsed.problems);
    }
  }
  if (problems.length > 0) throw new CommandError(EXIT.usage, problems.map(formatInputProblem).join('\n'));
  return documents;
}

async function manifestsAt(path: string, cwd: string): Promise<readonly string[]> {
  const absolute = resolve(cwd, path);
  const info = await stat(absolute).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'no such file or folder' : error.message;
    throw new CommandError(EXIT.usage, `${path}: ${why}`);
  });
  if (!info.isDirectory()) return [path];
  const names = (await readdir(absolute)).filter((name) => MANIFEST.test(name)).sort();
  if (names.length === 0) {
    throw new CommandError(EXIT.usage, `${path}: no .yaml, .yml or .json file directly in this folder`);
  }
  return names.map((name) => relative(cwd, join(absolute, name)) || name);
}
