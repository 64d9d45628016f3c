import { kill } from 'node:process';
import { pause } from '@stageset/runtime';
import type { ClusterNameFlags } from '../commands/cluster.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { ClusterFolder } from './record.ts';
import { isAlive, runningCluster } from './running.ts';

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 10_000;

/** `stageset cluster stop`: none that runs is as good as one that has been stopped. */
export async function stopLocal({ name }: ClusterNameFlags, io: Io): Promise<ExitCode> {
  const folder = new ClusterFolder(name, io);
  const running = await runningCluster(folder);
  if (running === undefined) {
    await folder.remove();
    io.stdout.write(`No local cluster "${name}" runs.\n`);
    return EXIT.ok;
  }
  kill(running.pid, 'SIGTERM');
  for (let waitedMs = 0; isAlive(running.pid); waitedMs += LOOK_EVERY_MS) {
    if (waitedMs >= PATIENCE_MS) {
      throw new CommandError(
        EXIT.runtime,
        `the local cluster "${name}" (process ${running.pid}) has not ended within ${PATIENCE_MS / 1000} s; end it with: kill -9 ${running.pid}`,
      );
    }
    await pause(LOOK_EVERY_MS);
  }
  io.stdout.write(`The local cluster "${name}" has stopped.\n`);
  return EXIT.ok;
}
