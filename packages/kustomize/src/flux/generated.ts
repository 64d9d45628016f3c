import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { findKustomization, type LoadedKustomization, loadKustomization } from '../load/load-kustomization.ts';
import { baseName } from '../load/paths.ts';
import type { FileTree } from '../load/tree.ts';

const MANIFEST = /\.(?:ya?ml|json)$/i;

/**
 * The kustomization that a stage is built from: the directory's own, or one that lists what Flux would list.
 *
 * @throws BuildError when the directory holds no manifest at all.
 */
export function stageKustomization(tree: FileTree, directory: string): LoadedKustomization {
  if (findKustomization(tree, directory) !== undefined) return loadKustomization(tree, directory, 'flux');
  const files = listManifests(tree, directory);
  if (files.length === 0) {
    throw new BuildError({
      message: `artifact contains no .yaml, .yml, or .json files${directory === '' ? '' : ` under path ${directory}`}`,
      file: directory,
      suggestion: 'check the path of the stage and what the source packs',
    });
  }
  const prefix = directory === '' ? 0 : directory.length + 1;
  const resources = files.map((path) => path.slice(prefix));
  const place = (field: string): ProblemDetail => {
    const i = /^resources\[(\d+)\]$/.exec(field)?.[1];
    const file = i === undefined ? undefined : files[Number(i)];
    return { message: '', ...(file === undefined ? {} : { file }) };
  };
  return { fields: { resources }, file: '', directory, isComponent: false, warnings: [], place };
}

/**
 * Files and directories to build, in the order of their names: a directory with a kustomization as one entry, every
 * manifest elsewhere. Unlike Flux also JSON below the first level, so that no manifest is left out without a word; a
 * JSON file beside a YAML file of the same name is its source, not a manifest.
 */
function listManifests(tree: FileTree, directory: string): string[] {
  const result: string[] = [];
  for (const path of tree.entries(directory)) {
    if (baseName(path).startsWith('.')) continue;
    if (tree.hasFile(path)) {
      if (MANIFEST.test(path) && !hasYamlSibling(tree, path)) result.push(path);
    } else if (findKustomization(tree, path) !== undefined) result.push(path);
    else result.push(...listManifests(tree, path));
  }
  return result;
}

function hasYamlSibling(tree: FileTree, path: string): boolean {
  return /\.json$/i.test(path) && tree.hasFile(`${path.slice(0, -'.json'.length)}.yaml`);
}
