import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from '@stageset/kustomize';
import { type Oracle, startOracle } from '../conformance/oracles/oracle.ts';
import { type Bench, type Figures, median, round, timed } from './bench.ts';
import { BUILD_TREES, type BuildTree } from './build-trees.ts';

const run = promisify(execFile);
const stageset = fileURLToPath(new URL('../packages/cli/bin/stageset.js', import.meta.url));
const peak = fileURLToPath(new URL('build-peak.ts', import.meta.url));
const REAL = 'kustomize 5.8.1';

/** Builds of trees of many shapes in this process, each next to the real kustomize in a process that stays. */
export const buildBench: Bench = {
  says: 'builds of small, wide and deep trees, next to the real kustomize in the same run',
  needsCluster: false,
  async run({ runs }) {
    using oracle = startOracle();
    const figures: Record<string, number | string> = { real: REAL };
    // The real one parses its schema once per process; that counts for none of the trees.
    await realTimes(oracle, BUILD_TREES['small overlay'] as BuildTree);
    for (const [name, tree] of Object.entries(BUILD_TREES)) {
      const ours = times(tree, Math.max(runs, tree.repeat ?? 0));
      figures[`${name} ms`] = round(median(ours));
      if (tree.objects !== undefined) figures[`${name} us/object`] = round((median(ours) * 1000) / tree.objects);
      if (tree.alone === true) continue;
      const real = median(await realTimes(oracle, tree));
      figures[`${name} real ms`] = round(real);
      figures[`${name} times faster`] = round(real / median(ours), 1);
      console.error(`  ${name}: ${round(median(ours))} ms, ${REAL} ${round(real)} ms`);
    }
    return { ...figures, ...(await fromProcessStart(runs)), ...(await peakMemory()) };
  },
};

/** Milliseconds of each build of a tree by the real kustomize, reading of requests aside. */
async function realTimes(oracle: Oracle, { files, path = '.', repeat = 1 }: BuildTree): Promise<readonly number[]> {
  const { out, error } = await oracle.ask({ op: 'kustomizeTime', files, path, repeat });
  if (error !== undefined) throw new Error(error);
  return out as number[];
}

/** Milliseconds of each build of a tree, the first left out. */
function times({ files, path }: BuildTree, runs: number): number[] {
  const tree = new Map(Object.entries(files));
  const result: number[] = [];
  for (let i = 0; i <= runs; i++) {
    const before = performance.now();
    const built = build(tree, path === undefined ? {} : { path });
    const took = performance.now() - before;
    if (!built.ok) throw new Error(built.problems[0]?.message);
    if (i > 0) result.push(took);
  }
  return result;
}

/** A small overlay from the start of a process to its end: ours, and kubectl's where it is on the path. */
async function fromProcessStart(runs: number): Promise<Figures> {
  const dir = await mkdtemp(join(tmpdir(), 'stageset-bench-'));
  try {
    const { files, path = '.' } = BUILD_TREES['small overlay'] as BuildTree;
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, file)), { recursive: true });
      await writeFile(join(dir, file), text);
    }
    const target = join(dir, path);
    const repeated = async (program: string, args: readonly string[]): Promise<number> => {
      const all: number[] = [];
      for (let i = 0; i < Math.max(runs, 5); i++) all.push(await timed(() => run(program, [...args, target])));
      return round(median(all));
    };
    const ours = await repeated(process.execPath, [stageset, 'build']);
    const kubectl = await repeated('kubectl', ['kustomize']).catch(() => 'not on the path');
    return { 'process start, stageset build ms': ours, 'process start, kubectl kustomize ms': kubectl };
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Most memory that a process of its own held while it built the widest tree. */
async function peakMemory(): Promise<Figures> {
  const { stdout } = await run(process.execPath, [peak]);
  return { 'peak memory at 20000 MiB': round(Number(stdout) / 1024, 0) };
}
