import type { Register } from './register.ts';

/** How a command names one of the local clusters on this machine. */
export interface ClusterNameFlags {
  readonly name: string;
}

export interface ClusterStartFlags extends ClusterNameFlags {
  readonly data?: string;
  readonly port?: string;
  readonly scenario?: string;
  readonly foreground: boolean;
}

const NAME = ['--name <name>', 'which local cluster, where there are several', 'default'] as const;

export const registerCluster: Register = (program, io, done) => {
  const cluster = program
    .command('cluster')
    .description('run the local cluster alone: a small Kubernetes API for tests, with simulated workloads');
  cluster
    .command('start')
    .description('start a local cluster in the background and print how to reach it')
    .option(...NAME)
    .option('--data <file>', 'keep the cluster in this file; without it, stopping it forgets it')
    .option('--port <number>', 'port on 127.0.0.1 (default: one that is free)')
    .option('--scenario <file>', 'what simulated workloads are to do: be slow, fail, crash')
    .option('--foreground', 'stay in the foreground, until Ctrl-C', false)
    .action(async (flags: ClusterStartFlags) => {
      const { startLocal } = await import('../cluster/start.ts');
      done(await startLocal(flags, io));
    });
  cluster
    .command('stop')
    .description('stop a local cluster')
    .option(...NAME)
    .action(async (flags: ClusterNameFlags) => {
      const { stopLocal } = await import('../cluster/stop.ts');
      done(await stopLocal(flags, io));
    });
  cluster
    .command('kubeconfig')
    .description('print the kubeconfig of a local cluster that runs')
    .option(...NAME)
    .action(async (flags: ClusterNameFlags) => {
      const { printKubeconfig } = await import('../cluster/print-kubeconfig.ts');
      done(await printKubeconfig(flags, io));
    });
};
