import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArtifacts, createHttpCalls } from '@stageset/artifact';
import { bearerTransport, createCluster, RequestBudget, type TokenSource } from '@stageset/client';
import { type Logger, type RunningController, startController } from '@stageset/controller/main';
import type { Clock, Cluster } from '@stageset/ports';
import type { UpFlags } from '../commands/up.ts';
import { openConnection } from '../connection/connection.ts';
import { openTenants } from '../connection/tenants.ts';
import { CommandError, EXIT } from '../exit.ts';
import { readScenarioFile } from '../inputs/scenario.ts';
import type { Io } from '../io.ts';
import { localCalls } from './local-calls.ts';

/** Artifacts and clusters of a laptop are on its own loopback, which the address guard refuses unless told. */
const LOCAL_HOSTS = ['127.0.0.1'] as const;

export interface ControllerParts {
  readonly logger: Logger;
  /** Shows a line to the user. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The cluster that a rollout goes to, and what comes and goes with it. */
export interface Target {
  readonly isLocal: boolean;
  readonly cluster: Cluster;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  startController(parts: ControllerParts): Promise<RunningController>;
  /** Path of a kubeconfig for a cluster that has none yet; `undefined` where the user has one. Removed by `close`. */
  writeKubeconfig(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** The local cluster, started now, unless the call names a kubeconfig or a context. */
export async function openTarget(flags: UpFlags, io: Io, clock: Clock): Promise<Target> {
  if (flags.kubeconfig === undefined && flags.context === undefined) return localTarget(flags, io, clock);
  if (flags.scenario !== undefined) {
    const why = 'a scenario is played by the local cluster; leave --kubeconfig and --context out, or --scenario';
    throw new CommandError(EXIT.usage, `--scenario ${flags.scenario}: ${why}`);
  }
  const connection = await openConnection(flags, io, clock);
  const { cluster, namespace, close } = connection;
  const artifacts = createArtifacts({ clock, allowedHosts: LOCAL_HOSTS });
  const tenants = openTenants(connection, { clock, allowedHosts: LOCAL_HOSTS });
  const { allowedActionHosts } = flags;
  return {
    isLocal: false,
    cluster,
    namespace,
    startController: ({ logger, signal }) =>
      startController({
        cluster,
        tenants,
        artifacts,
        clock,
        random: Math.random,
        logger,
        options: { allowedActionHosts },
        signal,
      }),
    writeKubeconfig: async () => undefined,
    async close() {
      await artifacts.close();
      await tenants.close();
      await close();
    },
  };
}

/** Where a person watches, simulated pods take long enough to be seen starting; scripts and tests do not wait for it. */
const WATCHED_TIMING = { podReadyMs: 600, operatorMs: 400 } as const;

async function localTarget(flags: UpFlags, io: Io, clock: Clock): Promise<Target> {
  const scenario = flags.scenario === undefined ? undefined : await readScenarioFile(flags.scenario, io.cwd);
  const { startCluster } = await import('@stageset/apiserver');
  const watched = io.stdout.isTerminal ? { timing: WATCHED_TIMING } : {};
  // A scenario says itself how long things take.
  const local = await startCluster({ clock, ...(scenario === undefined ? watched : { scenario }) });
  const { transport } = local;
  const budget = new RequestBudget();
  const cluster = createCluster(transport, { clock, random: Math.random, budget });
  const withToken = (token: TokenSource) => bearerTransport(transport, token);
  const tenants = openTenants({ transport, withToken, cluster, budget }, { clock, allowedHosts: LOCAL_HOSTS });
  const artifacts = createArtifacts({ clock, allowedHosts: LOCAL_HOSTS });
  const { allowedActionHosts } = flags;
  const network = createHttpCalls({ clock, allowedHosts: allowedActionHosts });
  let folder: string | undefined;
  return {
    isLocal: true,
    cluster,
    namespace: 'default',
    startController: ({ logger, note, signal }) => {
      const calls = localCalls({ network, allowedHosts: allowedActionHosts, note });
      return startController({
        cluster,
        tenants,
        artifacts,
        calls,
        clock,
        random: Math.random,
        logger,
        options: {},
        signal,
      });
    },
    async writeKubeconfig() {
      folder = await mkdtemp(join(tmpdir(), 'stageset-'));
      const path = join(folder, 'kubeconfig');
      await writeFile(path, local.kubeconfig, { mode: 0o600 });
      return path;
    },
    async close() {
      await network.close();
      await artifacts.close();
      await tenants.close();
      await local.stop();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
