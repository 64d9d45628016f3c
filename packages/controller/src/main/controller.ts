import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { createHttpCalls } from '@stageset/artifact';
import { matchesLabels, parseLabelSelector } from '@stageset/k8s';
import type { Artifacts, Clock, Cluster, HttpCalls, Outcome, Tenants } from '@stageset/ports';
import { type Pass, type Runner, startRunner, type WriteFence } from '@stageset/runtime';
import { EventRecorder } from '../events/events.ts';
import { type Urgency, World } from '../facts/world.ts';
import type { Logger } from '../logging/logger.ts';
import { LEASE_NAME, PrometheusMetrics } from '../metrics/prometheus.ts';
import type { RequestCounts } from '../metrics/request-counts.ts';
import { reconcileStageSet } from '../reconcile/stage-set.ts';
import { inlineRenderer, type StageBuilder, workerRenderer } from '../render/stage-renderer.ts';
import { Authorization } from './authorization.ts';
import { openCertificate } from './certificate.ts';
import { type Endpoint, guarded, serveRoutes } from './endpoints.ts';
import {
  type ControllerOptions,
  DEFAULT_CONCURRENCY,
  parseBindAddress,
  replicaSettingsOf,
  settingsOf,
} from './options.ts';
import { RuntimeMetrics } from './runtime-metrics.ts';
import { type Sharing, startSharing } from './sharing.ts';
import { startTracing, type Tracing } from './tracing.ts';

export interface ControllerParts {
  readonly cluster: Cluster;
  /** Clusters in other names (`createTenants`); without them StageSets that name a ServiceAccount or kubeConfig fail. */
  readonly tenants?: Tenants;
  readonly artifacts: Artifacts;
  /** Requests to hosts outside the cluster; over the network when absent. */
  readonly calls?: HttpCalls;
  /** How files become objects; the kustomize engine, in worker threads where it takes long, when absent. */
  readonly buildStage?: StageBuilder;
  readonly clock: Clock;
  /** At least 0, less than 1: spreads retries and intervals. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly options: ControllerOptions;
  /** Stands before every write to the cluster (`RequestBudget`); needed to share StageSets with other replicas. */
  readonly fence?: WriteFence;
  /** Requests to the cluster, to be told among the metrics. */
  readonly requests?: RequestCounts;
  /** Milliseconds that only ever grow; the system's when absent. */
  readonly steadyNow?: () => number;
  /** Ends the controller when it aborts. */
  readonly signal: AbortSignal;
}

/** When a StageSet is looked at next although nothing happens. */
export interface WakeUpOf {
  /** `<namespace>/<name>`. */
  readonly key: string;
  readonly dueInMs: number;
}

export interface RunningController {
  /** Resolves when everything that was started has ended. Never rejects. */
  readonly stopped: Promise<void>;
  /** Whether the caches are filled: what `/readyz` tells. */
  isReady(): boolean;
  /** All series, as Prometheus reads them. */
  metrics(): Promise<string>;
  /** The timers that are set, for those StageSets that have one. */
  wakeUps(): readonly WakeUpOf[];
}

/**
 * Starts a controller over a cluster; it works until `signal` aborts. Resolves as soon as it watches and its endpoints
 * answer; it is ready when its caches are filled. Rejects when an endpoint cannot be opened or an option is not valid.
 */
export async function startController(parts: ControllerParts): Promise<RunningController> {
  const { cluster, artifacts, clock, random, logger, options, signal } = parts;
  const settings = settingsOf(options);
  const replicas = replicaSettingsOf(options);
  if (replicas !== undefined && parts.fence === undefined) {
    throw new RangeError('replicas share StageSets only behind a fence');
  }
  const metrics = new PrometheusMetrics();
  const runtimeMetrics = new RuntimeMetrics(metrics.registry, LEASE_NAME);
  const render = (): Promise<string> => {
    runtimeMetrics.look();
    return metrics.render();
  };
  const instance = options.instance ?? hostname();
  const events = new EventRecorder({ cluster: cluster.forCaller('events'), clock, random, logger, instance });
  const timers = new Map<string, number>();
  // The watches are the last to end: a pass that is still running reads from them.
  const watching = new AbortController();
  let runner: Runner | undefined;
  let sharing: Sharing | undefined;
  const wake = (key: string, priority: Urgency = 'user'): void => {
    if (sharing === undefined || sharing.replica.keeps(key)) runner?.enqueue(key, { priority });
  };

  const network = createHttpCalls({ clock, allowedHosts: options.allowedActionHosts ?? [] });
  const tracing = startTracing(parts);
  const world = new World({
    cluster,
    tenants: parts.tenants,
    artifacts,
    renderer: parts.buildStage === undefined ? workerRenderer({ clock }) : inlineRenderer(parts.buildStage),
    clock,
    random,
    logger,
    metrics,
    events,
    calls: parts.calls ?? network,
    ...(parts.fence === undefined ? {} : { gate: parts.fence }),
    settings,
    signal: watching.signal,
    ...(tracing === undefined ? {} : { tracer: tracing.tracer }),
    wake,
  });
  const endpoints = await openEndpoints(parts, world, { render, contentType: metrics.contentType });
  const isSelected = selection(options, world);
  const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
  runner = startRunner({
    reconcile: async (key, passSignal) => {
      if (!isSelected(key)) return leaveToOthers(world, key);
      const pass = (): Promise<Outcome> => reconcileStageSet(world, key, passSignal);
      return sharing === undefined ? pass() : sharing.pass(key, pass);
    },
    concurrency,
    clock,
    random,
    onPass: (pass) => {
      note(pass, timers);
      runtimeMetrics.pass(pass);
      log(pass, logger);
    },
  });
  if (replicas !== undefined && parts.fence !== undefined) {
    sharing = startSharing({
      ...parts,
      fence: parts.fence,
      instance,
      runner,
      world,
      settings: replicas,
    });
  }
  const started = runner;
  runtimeMetrics.watch({
    counts: () => started.counts(),
    concurrency,
    get membership() {
      return sharing?.replica;
    },
  });
  if (parts.requests !== undefined) runtimeMetrics.watchRequests(parts.requests);
  if (options.processMetrics === true) metrics.ofProcess();
  world.whenSynced().then(
    () => logger.info('caches are filled'),
    () => undefined, // Stopped before.
  );
  logger.info('controller started', { instance });
  return {
    stopped: stopWhenAborted({ signal, tracing, runner, sharing, world, watching, events, endpoints, logger, network }),
    isReady: () => world.synced,
    metrics: render,
    wakeUps: () => [...timers].map(([key, atMs]) => ({ key, dueInMs: atMs - clock.now() })),
  };
}

/** Whether a StageSet is one that `--watch-label-selector` asks for. One that is gone has to be forgotten in any case. */
function selection({ watchLabelSelector }: ControllerOptions, world: World): (key: string) => boolean {
  if (watchLabelSelector === undefined) return () => true;
  const selector = parseLabelSelector(watchLabelSelector);
  return (key) => {
    const slash = key.indexOf('/');
    const stageSet = world.stageSets.get(key.slice(0, slash), key.slice(slash + 1));
    return stageSet === undefined || matchesLabels(selector, stageSet.metadata.labels);
  };
}

function leaveToOthers(world: World, key: string): Outcome {
  world.forget(key);
  return { kind: 'wait' };
}

async function openEndpoints(
  { options, cluster, clock, logger }: ControllerParts,
  world: World,
  metrics: { readonly render: () => Promise<string>; readonly contentType: string },
): Promise<readonly Endpoint[]> {
  const authorization = new Authorization({
    cluster: cluster.forCaller('reviews'),
    clock,
    digest: (token) => createHash('sha256').update(token).digest('base64'),
    onUnknown: (error) => logger.warn('nobody can read the metrics', { error }),
  });
  const opened: Endpoint[] = [];
  const metricsAt = parseBindAddress('--metrics-bind-address', options.metricsBindAddress);
  const probesAt = parseBindAddress('--health-probe-bind-address', options.healthProbeBindAddress);
  try {
    if (metricsAt !== undefined) {
      const render = async () => ({ status: 200, type: metrics.contentType, body: await metrics.render() });
      const route =
        options.openMetrics === true ? render : guarded(render, (header) => authorization.check(header, '/metrics'));
      const { metricsCertDir: folder } = options;
      const certificate = folder === undefined ? undefined : await openCertificate(folder, { clock, logger });
      opened.push(await serveRoutes(metricsAt, new Map([['/metrics', route]]), certificate));
    }
    if (probesAt !== undefined) {
      const ready = () =>
        world.synced ? { status: 200, body: 'ok\n' } : { status: 503, body: 'controller caches have not synced\n' };
      const routes = new Map([
        ['/healthz', () => ({ status: 200, body: 'ok\n' })],
        ['/readyz', ready],
      ]);
      opened.push(await serveRoutes(probesAt, routes));
    }
  } catch (error) {
    await Promise.all(opened.map((endpoint) => endpoint.stop()));
    throw error;
  }
  return opened;
}

interface Running {
  readonly signal: AbortSignal;
  readonly runner: Runner;
  readonly sharing: Sharing | undefined;
  readonly tracing: Tracing | undefined;
  readonly world: World;
  readonly watching: AbortController;
  readonly events: EventRecorder;
  readonly endpoints: readonly Endpoint[];
  readonly network: { close(): Promise<void> };
  readonly logger: Logger;
}

async function stopWhenAborted(running: Running): Promise<void> {
  const { signal, runner, sharing, tracing, world, watching, events, endpoints, logger, network } = running;
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  const { abandoned } = await runner.stop();
  if (abandoned.length > 0) logger.warn('passes did not end in time', { stageSets: abandoned });
  await sharing?.replica.stop();
  watching.abort(signal.reason);
  await world.builds.stop();
  await world.tasks.settled();
  await network.close();
  await events.settled();
  await tracing?.stop();
  await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
  logger.info('controller stopped');
}

function note({ key, wakeUp, result }: Pass, timers: Map<string, number>): void {
  if (wakeUp === undefined || result.kind === 'gone') timers.delete(key);
  else timers.set(key, wakeUp.atMs);
}

function log({ key, result, tookMs, failures }: Pass, logger: Logger): void {
  if (result.kind === 'bug') {
    const { error } = result;
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error('a pass broke off', { stageSet: key, error: String(error), stack, failures });
  } else if (result.kind === 'retry') {
    logger.warn('a pass failed', { stageSet: key, error: result.error.message, failures });
  } else {
    logger.debug('pass', { stageSet: key, outcome: result.kind, tookMs });
  }
}
