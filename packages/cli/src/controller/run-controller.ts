import { createArtifacts } from '@stageset/artifact';
import { type ControllerOptions, createLogger, RequestCounts, startController } from '@stageset/controller/main';
import { parseDuration, parseLabelSelector, SelectorError } from '@stageset/k8s';
import { systemClock, WriteFence } from '@stageset/runtime';
import type { ControllerFlags } from '../commands/controller.ts';
import { openConnection } from '../connection/connection.ts';
import { openTenants } from '../connection/tenants.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { VERSION } from '../version.ts';
import { boundYoungGeneration } from './young-generation.ts';

/** `stageset controller`: works until it is asked to end. Exit 2 for flags that make no sense, 1 when it cannot start, 0 for a clean end. */
export async function runController(flags: ControllerFlags, io: Io): Promise<ExitCode> {
  const settings = controllerOptions(flags, io.env);
  const logger = createLogger({
    level: flags.logLevel,
    format: flags.logFormat,
    write: (line) => io.stderr.write(line),
  });
  boundYoungGeneration();
  const fence = new WriteFence(systemClock);
  const requests = new RequestCounts();
  const connection = await openConnection(flags, io, systemClock, { gate: fence, counts: requests });
  const options = flags.leaderElect ? { ...settings, replicas: replicasOf(flags, connection.namespace) } : settings;
  const artifacts = createArtifacts({ clock: systemClock, allowedHosts: flags.allowedArtifactHosts });
  const tenants = openTenants(connection, { clock: systemClock, allowedHosts: flags.allowedClusterHosts });
  try {
    logger.info('stageset controller', { version: VERSION, node: process.versions.node });
    const { stopped } = await startController({
      cluster: connection.cluster,
      tenants,
      artifacts,
      clock: systemClock,
      random: Math.random,
      logger,
      options,
      fence,
      requests,
      signal: io.signal,
    }).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      throw new CommandError(error instanceof RangeError ? EXIT.usage : EXIT.failed, message, { cause: error });
    });
    await stopped;
    return EXIT.ok;
  } finally {
    await artifacts.close();
    await tenants.close();
    await connection.close();
  }
}

/** The flags as the controller takes them. Throws `CommandError` (exit 2) that names the flag. */
export function controllerOptions(flags: ControllerFlags, env: Io['env']): ControllerOptions {
  const maxTeardownWaitMs = teardownWaitMs(flags.maxTeardownWait);
  return {
    defaultIntervalMs: durationMs('--default-interval', flags.defaultInterval),
    ...(maxTeardownWaitMs === undefined ? {} : { maxTeardownWaitMs }),
    inventoryShardCap: count('--inventory-shard-cap', flags.inventoryShardCap),
    noCrossNamespaceRefs: !flags.crossNamespaceRefs,
    allowedActionHosts: flags.allowedActionHosts,
    ...(flags.defaultServiceAccount === undefined ? {} : { defaultServiceAccount: flags.defaultServiceAccount }),
    metricsBindAddress: flags.metricsBindAddress,
    ...(flags.metricsCertDir === undefined ? {} : { metricsCertDir: flags.metricsCertDir }),
    openMetrics: !flags.metricsAuthentication,
    processMetrics: true,
    healthProbeBindAddress: flags.healthProbeBindAddress,
    ...(flags.tracingEndpoint === undefined || flags.tracingEndpoint === ''
      ? {}
      : { tracing: tracingOf(flags, flags.tracingEndpoint) }),
    watchNamespaces: namesIn(flags.watchNamespaces || (env['STAGESET_WATCH_NAMESPACES'] ?? '')),
    ...(flags.watchLabelSelector === undefined ? {} : { watchLabelSelector: selector(flags.watchLabelSelector) }),
  };
}

/** Zero asks for nothing: the default. */
function teardownWaitMs(text: string): number | undefined {
  const parsed = parseDuration(text);
  return parsed.ok && parsed.ms === 0 ? undefined : durationMs('--max-teardown-wait', text);
}

function namesIn(list: string): readonly string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function tracingOf(flags: ControllerFlags, endpoint: string): NonNullable<ControllerOptions['tracing']> {
  return {
    endpoint,
    insecure: flags.tracingInsecure,
    ratio: ratioOf(flags.tracingSampleRatio),
    version: VERSION,
  };
}

function ratioOf(text: string): number {
  const ratio = Number(text);
  if (text.trim() !== '' && ratio >= 0 && ratio <= 1) return ratio;
  throw new CommandError(EXIT.usage, `--tracing-sample-ratio ${text}: expected a number from 0 to 1`);
}

function selector(text: string): string {
  try {
    parseLabelSelector(text);
    return text;
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new CommandError(EXIT.usage, `--watch-label-selector ${text}: ${error.message}`, { cause: error });
  }
}

/** In a pod the namespace of its own; else that of the context. */
function replicasOf(flags: ControllerFlags, namespace: string): NonNullable<ControllerOptions['replicas']> {
  return {
    namespace: flags.leaderElectionNamespace ?? namespace,
    durationMs: durationMs('--leader-election-lease-duration', flags.leaderElectionLeaseDuration),
  };
}

function durationMs(flag: string, text: string): number {
  const parsed = parseDuration(text);
  if (parsed.ok && parsed.ms > 0) return parsed.ms;
  throw new CommandError(EXIT.usage, `${flag} ${text}: expected a duration above zero, for example 90s or 1h30m`);
}

function count(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new CommandError(EXIT.usage, `${flag} ${text}: expected a whole number of at least 1`);
}
