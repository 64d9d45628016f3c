import { build, toYaml } from '@stageset/kustomize';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { paint } from '../output/paint.ts';
import { loadTree } from './load-tree.ts';
import { formatProblem } from './print-problems.ts';

/** One answer of a batch: the YAML, or what was wrong. */
export type BatchAnswer =
  | { readonly dir: string; readonly ok: true; readonly stdout: string }
  | { readonly dir: string; readonly ok: false; readonly stderr: string };

/** Builds the folders named on standard input, one a line, and prints one JSON line each. */
export async function runBatch(io: Io): Promise<ExitCode> {
  for await (const dir of linesOf(io.stdin)) {
    if (dir !== '') io.stdout.write(`${JSON.stringify(await answer(dir, io.cwd))}\n`);
  }
  return EXIT.ok;
}

async function answer(dir: string, cwd: string): Promise<BatchAnswer> {
  try {
    const tree = await loadTree(dir, cwd);
    const { files, path } = tree;
    const result = build(files, { path });
    if (result.ok) return { dir, ok: true, stdout: toYaml(result) };
    const plain = paint(false);
    return {
      dir,
      ok: false,
      stderr: result.problems.map((problem) => formatProblem(problem, tree, plain)).join('\n'),
    };
  } catch (error) {
    // A folder that cannot be read is no reason to leave the others unanswered.
    return { dir, ok: false, stderr: error instanceof Error ? error.message : String(error) };
  }
}

async function* linesOf(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.trim();
  }
  if (rest.trim() !== '') yield rest.trim();
}
