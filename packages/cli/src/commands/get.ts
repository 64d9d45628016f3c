import { Option } from 'commander';
import type { ConnectionFlags } from '../connection/connection.ts';
import type { Register } from './register.ts';

export interface GetFlags extends ConnectionFlags {
  readonly allNamespaces: boolean;
  readonly output?: 'yaml' | 'json';
}

export const registerGet: Register = (program, io, done) => {
  program
    .command('get')
    .description('show StageSets, or one of them with its stages')
    .argument('[name]', 'a StageSet')
    .option('-A, --all-namespaces', 'of every namespace', false)
    .addOption(new Option('-o, --output <format>', 'print the objects').choices(['yaml', 'json']))
    .option('-n, --namespace <name>', 'of this namespace (default: that of the context)')
    .option('--kubeconfig <path>', 'cluster to ask')
    .option('--context <name>', 'context of the kubeconfig to use')
    .action(async (name: string | undefined, flags: GetFlags) => {
      const { runGet } = await import('../get/run-get.ts');
      done(await runGet(name, flags, io));
    });
};
