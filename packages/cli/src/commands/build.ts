import { Option } from 'commander';
import type { Register } from './register.ts';

export interface BuildFlags {
  readonly output: 'yaml' | 'json';
  readonly stage?: string;
  readonly file?: string;
  readonly strict: boolean;
  readonly batch: boolean;
}

export const registerBuild: Register = (program, io, done) => {
  program
    .command('build')
    .description('print the manifests that a folder, or a stage of a StageSet, is built to')
    .argument('[dir]', 'folder to build; with --stage the folder of its artifact, if the file does not name it')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['yaml', 'json']).default('yaml'))
    .option(
      '--file <path>',
      'file or folder with the StageSet, its sources and the ConfigMaps and Secrets that it substitutes from',
    )
    .option('--stage <name>', 'build this stage of the StageSet in --file, with its patches and substitution')
    .option('--strict', 'fail on warnings', false)
    .option('--batch', 'read one folder a line from standard input, print one JSON line each', false)
    .action(async (dir: string | undefined, flags: BuildFlags) => {
      const { runBuild } = await import('../build/run-build.ts');
      done(await runBuild(dir, flags, io));
    });
};
