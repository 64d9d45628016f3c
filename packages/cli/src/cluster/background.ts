import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import type { ClusterStartFlags } from '../commands/cluster.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { howToReach } from './how-to-reach.ts';
import type { ClusterFolder } from './record.ts';

const LOG_MODE = 0o600;

/** Starts this program again, apart from this process, and returns once that serves. */
export async function startInBackground(folder: ClusterFolder, flags: ClusterStartFlags, io: Io): Promise<ExitCode> {
  await folder.make();
  const log = await open(folder.log, 'w', LOG_MODE);
  try {
    const child = spawn(process.execPath, [...process.execArgv, ...callOf(flags)], {
      cwd: io.cwd,
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    });
    const failed = await servingOrEnded(child);
    if (failed !== undefined) {
      const said = (await readFile(folder.log, 'utf8')).trim();
      await folder.remove();
      throw new CommandError(
        failed === EXIT.usage ? EXIT.usage : EXIT.runtime,
        said || 'the local cluster did not start',
      );
    }
    child.disconnect();
    child.unref();
    const record = await folder.read();
    io.stdout.write(howToReach(folder, record?.url ?? ''));
    return EXIT.ok;
  } finally {
    await log.close();
  }
}

function callOf({ name, data, port, scenario }: ClusterStartFlags): string[] {
  const [, program = ''] = process.argv;
  const options = [
    ['--name', name],
    ['--data', data],
    ['--port', port],
    ['--scenario', scenario],
  ].flatMap(([flag, value]) => (flag === undefined || value === undefined ? [] : [flag, value]));
  return [program, 'cluster', 'start', '--foreground', ...options];
}

/** The exit code of a process that has ended instead of serving; `undefined` once it serves. */
function servingOrEnded(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(undefined));
    child.once('exit', (code) => resolve(code ?? EXIT.runtime));
    child.once('error', reject);
  });
}
