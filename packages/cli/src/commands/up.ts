import { Option } from 'commander';
import type { Register } from './register.ts';

export interface UpFlags {
  readonly source: readonly string[];
  readonly output: 'text' | 'json';
  readonly keep: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly timeout?: string;
  readonly scenario?: string;
  readonly allowedActionHosts: readonly string[];
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const registerUp: Register = (program, io, done) => {
  program
    .command('up')
    .description('roll the StageSets in files out and watch them, on a local cluster in this process or on a real one')
    .argument('<path...>', 'files or folders with StageSets, their sources and inputs')
    .option('--source <NAME=DIR>', 'serve a folder as the ExternalArtifact of that name (repeatable)', collect, [])
    .addOption(
      new Option('-o, --output <format>', 'what to print as it goes').choices(['text', 'json']).default('text'),
    )
    .option('--keep', 'stay up afterwards, print how to reach the cluster, roll out changes of local folders', false)
    .option('--timeout <duration>', 'give up after this long, for example 90s or 10m (default: never)')
    .option('--scenario <file>', 'what simulated workloads of the local cluster are to do: be slow, fail, crash')
    .option(
      '--allowed-action-hosts <glob>',
      'let http actions ask this host (repeatable); those to other hosts are shown and not sent on the local cluster',
      collect,
      [],
    )
    .option('-n, --namespace <name>', 'namespace of objects that name none')
    .option('--kubeconfig <path>', 'use the cluster of this kubeconfig instead of the local one')
    .option('--context <name>', 'use the cluster of this context instead of the local one')
    .action(async (paths: string[], flags: UpFlags) => {
      const { runUp } = await import('../up/run-up.ts');
      done(await runUp(paths, flags, io));
    });
};
