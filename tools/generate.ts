/**
 * Writes what is generated from the sources: `npm run generate`. With `--check` writes nothing and fails when a file is
 * not what it would write.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crds, sourceCrds } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { stringify } from 'yaml';
import { withSuiteAreas } from './suite-areas.ts';

const ROOT = join(import.meta.dirname, '..');
/** Holds a table of what the local cluster is held to. */
const AREAS = 'packages/apiserver/README.md';
const HEADER = '# Generated from packages/api by `npm run generate`. Do not edit.\n';

function toYaml(object: KubeObject): string {
  return HEADER + stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The name says what a file holds: `stages.metio.wtf_stagesets.yaml`. */
function fileOf(crd: KubeObject): string {
  const [plural = '', ...group] = crd.metadata.name.split('.');
  return `${group.join('.')}_${plural}.yaml`;
}

/** Whole directories that hold generated files alone, by path below the root. */
function generated(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const files = (objects: readonly KubeObject[]) => new Map(objects.map((crd) => [fileOf(crd), toYaml(crd)]));
  return new Map([
    ['deploy/crds', files(crds())],
    ['deploy/crds/flux-sources', files(sourceCrds())],
  ]);
}

async function existing(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function main(check: boolean): Promise<void> {
  const stale: string[] = [];
  for (const [directory, files] of generated()) {
    const path = join(ROOT, directory);
    for (const [name, content] of files) {
      const file = join(path, name);
      if ((await readFile(file, 'utf8').catch(() => undefined)) === content) continue;
      stale.push(`${directory}/${name}`);
      if (check) continue;
      await mkdir(path, { recursive: true });
      await writeFile(file, content);
    }
    for (const name of await existing(path)) {
      if (files.has(name)) continue;
      stale.push(`${directory}/${name}`);
      if (!check) await rm(join(path, name));
    }
  }
  const readme = join(ROOT, AREAS);
  const text = await readFile(readme, 'utf8');
  const current = withSuiteAreas(text);
  if (current !== text) {
    stale.push(AREAS);
    if (!check) await writeFile(readme, current);
  }
  for (const file of stale) console.log(check ? `not as generated: ${file}` : `written: ${file}`);
  if (check && stale.length > 0) {
    console.error('run `npm run generate` and commit what it writes');
    process.exitCode = 1;
  }
}

await main(process.argv.includes('--check'));
