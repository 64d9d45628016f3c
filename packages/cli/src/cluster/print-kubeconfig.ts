import { readFile } from 'node:fs/promises';
import type { ClusterNameFlags } from '../commands/cluster.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { ClusterFolder } from './record.ts';
import { runningCluster } from './running.ts';

/** `stageset cluster kubeconfig`: exit 1 when there is nothing to reach. */
export async function printKubeconfig({ name }: ClusterNameFlags, io: Io): Promise<ExitCode> {
  const folder = new ClusterFolder(name, io);
  if ((await runningCluster(folder)) === undefined) {
    throw new CommandError(EXIT.failed, `no local cluster "${name}" runs; start one with "stageset cluster start"`);
  }
  io.stdout.write(await readFile(folder.kubeconfig, 'utf8'));
  return EXIT.ok;
}
