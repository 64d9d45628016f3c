import type { ClusterStartFlags } from '../commands/cluster.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import { readScenarioFile } from '../inputs/scenario.ts';
import type { Io } from '../io.ts';
import { startInBackground } from './background.ts';
import { serveLocal } from './foreground.ts';
import { ClusterFolder } from './record.ts';
import { runningCluster } from './running.ts';

const LAST_PORT = 65_535;

/** `stageset cluster start`: exit 0 once it serves (in the foreground: once it has ended), 2 for a name or file in use. */
export async function startLocal(flags: ClusterStartFlags, io: Io): Promise<ExitCode> {
  const folder = new ClusterFolder(flags.name, io);
  const port = portOf(flags.port);
  const running = await runningCluster(folder);
  if (running !== undefined) {
    throw new CommandError(
      EXIT.usage,
      `the local cluster "${flags.name}" runs already, at ${running.url}; stop it with "stageset cluster stop", or start another with --name`,
    );
  }
  const scenario = flags.scenario === undefined ? undefined : await readScenarioFile(flags.scenario, io.cwd);
  if (flags.foreground) {
    const data = flags.data === undefined ? {} : { data: flags.data };
    return serveLocal(folder, { port, ...data, ...(scenario === undefined ? {} : { scenario }) }, io);
  }
  return startInBackground(folder, flags, io);
}

function portOf(text: string | undefined): number {
  const port = text === undefined ? 0 : Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= LAST_PORT && text !== '') return port;
  throw new CommandError(EXIT.usage, `--port ${text}: expected a number from 0 to ${LAST_PORT}`);
}
