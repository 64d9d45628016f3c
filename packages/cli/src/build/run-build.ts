import { type BuildResult, build, buildStage, toObjects, toYaml } from '@stageset/kustomize';
import type { BuildFlags } from '../commands/build.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { paint, wantsColor } from '../output/paint.ts';
import { runBatch } from './batch.ts';
import { loadTree } from './load-tree.ts';
import { formatProblem, type ShownTree } from './print-problems.ts';

/** Builds one folder, one stage, or a batch of folders, and prints what comes out. */
export async function runBuild(dir: string | undefined, flags: BuildFlags, io: Io): Promise<ExitCode> {
  if (flags.batch) return runBatch(io);
  if (flags.stage !== undefined || flags.file !== undefined) {
    if (flags.stage === undefined || flags.file === undefined) {
      throw new CommandError(
        EXIT.usage,
        '--stage and --file go together: stageset build --file stageset.yaml --stage NAME',
      );
    }
    // Only a stage needs the API's types and a YAML parser: a plain folder starts without them.
    const { stageBuild } = await import('./stage-build.ts');
    const { options, ...tree } = await stageBuild(flags.file, flags.stage, dir, io.cwd);
    return print(buildStage(tree.files, options), tree, flags, io);
  }
  if (dir === undefined) throw new CommandError(EXIT.usage, 'name the folder to build: stageset build DIR');
  const tree = await loadTree(dir, io.cwd);
  return print(build(tree.files, { path: tree.path }), tree, flags, io);
}

function print(result: BuildResult, tree: ShownTree, flags: BuildFlags, io: Io): ExitCode {
  const colors = paint(wantsColor(io.stderr.isTerminal, io.env));
  const problems = result.ok ? result.warnings : result.problems;
  for (const problem of problems) io.stderr.write(`${formatProblem(problem, tree, colors)}\n`);
  if (!result.ok || (flags.strict && problems.length > 0)) return EXIT.failed;
  io.stdout.write(flags.output === 'json' ? `${JSON.stringify(toObjects(result), undefined, 2)}\n` : toYaml(result));
  return EXIT.ok;
}
