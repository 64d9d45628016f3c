import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { Oracle } from '../oracles/oracle.ts';
import type { Area, Tree } from './tree.ts';

/** What kustomize says to a tree: the bytes it prints, or that it fails, with its words for the reader. */
export type Golden = { readonly out: string } | { readonly error: string };

interface GoldenFile {
  readonly upstream: string;
  readonly cases: Readonly<Record<string, Golden & { readonly tree: string }>>;
}

const UPSTREAM = 'kustomize 5.8.1';
const folder = new URL('corpus/', import.meta.url);
/** An error is kept for its fact; its words are cut, they repeat the input. */
const ERROR_LENGTH = 300;
/** Addresses in its words change from run to run. */
const POINTER = /0x[0-9a-f]{8,}/g;
/** Go's JSON library varies this wording from build to build, so that nobody relies on it. */
const UNABLE = /json: unable to /g;

export const fileOf = (name: string): URL => new URL(`${name}.json`, folder);

export async function askGolden(oracle: Oracle, { files, path }: Tree): Promise<Golden> {
  const { out, error } = await oracle.ask({ op: 'kustomize', files, path: path ?? '.' });
  return error === undefined
    ? { out: released(String(out)) }
    : { error: error.replaceAll(POINTER, '0x…').replaceAll(UNABLE, 'json: cannot ').slice(0, ERROR_LENGTH) };
}

/** The library calls itself a development version; the released program puts its own in the label `managed-by`. */
function released(text: string): string {
  return text.replaceAll('kustomize-(devel)', 'kustomize-v5.8.1');
}

export async function renderArea(oracle: Oracle, cases: Area): Promise<string> {
  const entries = await Promise.all(
    Object.entries(cases).map(async ([name, tree]) => [
      name,
      { tree: digest(tree), ...(await askGolden(oracle, tree)) },
    ]),
  );
  return `${JSON.stringify({ upstream: UPSTREAM, cases: Object.fromEntries(entries) }, null, 1)}\n`;
}

/** The kept answers of an area; a tree that changed since, or has none, has no golden. */
export async function readGoldens(name: string, cases: Area): Promise<ReadonlyMap<string, Golden>> {
  const kept: GoldenFile = JSON.parse(await readFile(fileOf(name), 'utf8'));
  const result = new Map<string, Golden>();
  for (const [each, tree] of Object.entries(cases)) {
    const golden = Object.hasOwn(kept.cases, each) ? kept.cases[each] : undefined;
    if (golden !== undefined && golden.tree === digest(tree)) result.set(each, golden);
  }
  return result;
}

/** Ties an answer to its question. */
function digest(tree: Tree): string {
  return createHash('sha256')
    .update(JSON.stringify([tree.files, tree.path]))
    .digest('hex')
    .slice(0, 12);
}

export async function keptAreas(): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.map((name) => name.replace(/\.json$/, '')).sort();
}

export async function readKept(name: string): Promise<string | undefined> {
  try {
    return await readFile(fileOf(name), 'utf8');
  } catch {
    return undefined;
  }
}

export async function writeKept(name: string, text: string): Promise<void> {
  await writeFile(fileOf(name), text);
}
