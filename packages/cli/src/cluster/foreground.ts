import { once } from 'node:events';
import { resolve } from 'node:path';
import { pid } from 'node:process';
import { DataFileError, type LocalCluster, type ScenarioDocument, startCluster } from '@stageset/apiserver';
import { systemClock } from '@stageset/runtime';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { howToReach } from './how-to-reach.ts';
import type { ClusterFolder } from './record.ts';

export interface ServeOptions {
  readonly port: number;
  readonly data?: string;
  readonly scenario?: ScenarioDocument;
}

/** Serves a local cluster in this process until it is asked to end. */
export async function serveLocal(folder: ClusterFolder, options: ServeOptions, io: Io): Promise<ExitCode> {
  const { data, ...others } = options;
  const cluster = await start({ ...others, ...(data === undefined ? {} : { data: resolve(io.cwd, data) }) });
  try {
    await folder.make();
    await folder.forget();
    if (!(await folder.write({ pid, url: cluster.url }, cluster.kubeconfig))) {
      throw new CommandError(EXIT.usage, `a local cluster "${folder.name}" was started at the same time`);
    }
    try {
      io.stdout.write(howToReach(folder, cluster.url));
      // Whoever started this process in the background waits for it.
      process.send?.('serving');
      if (!io.signal.aborted) await once(io.signal, 'abort');
    } finally {
      await folder.remove();
    }
    return EXIT.ok;
  } finally {
    await cluster.stop();
  }
}

async function start(options: ServeOptions): Promise<LocalCluster> {
  try {
    return await startCluster({ clock: systemClock, ...options });
  } catch (error) {
    if (error instanceof DataFileError) throw new CommandError(EXIT.usage, `--data ${error.message}`, { cause: error });
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new CommandError(EXIT.usage, `--port ${options.port} is in use; name another, or none`, { cause: error });
    }
    throw error;
  }
}
