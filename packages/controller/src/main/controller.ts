import { hostname } from 'node:os';
import type { Artifacts, Clock, Cluster } from '@stageset/ports';
import { type Pass, type Runner, startRunner } from '@stageset/runtime';
import { EventRecorder } from '../events/events.ts';
import { World } from '../facts/world.ts';
import type { Logger } from '../logging/logger.ts';
import { PrometheusMetrics } from '../metrics/prometheus.ts';
import { reconcileStageSet } from '../reconcile/stage-set.ts';
import { inlineRenderer, type StageBuilder, workerRenderer } from '../render/stage-renderer.ts';
import { type Endpoint, serveRoutes } from './endpoints.ts';
import { type ControllerOptions, DEFAULT_CONCURRENCY, parseBindAddress, settingsOf } from './options.ts';

export interface ControllerParts {
  readonly cluster: Cluster;
  readonly artifacts: Artifacts;
  /** How files become objects; the kustomize engine, in worker threads where it takes long, when absent. */
  readonly buildStage?: StageBuilder;
  readonly clock: Clock;
  /** At least 0, less than 1: spreads retries and intervals. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly options: ControllerOptions;
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
  const metrics = new PrometheusMetrics();
  const instance = options.instance ?? hostname();
  const events = new EventRecorder({ cluster: cluster.forCaller('events'), clock, random, logger, instance });
  const timers = new Map<string, number>();
  // The watches are the last to end: a pass that is still running reads from them.
  const watching = new AbortController();
  let runner: Runner | undefined;
  const wake = (key: string): void => runner?.enqueue(key);

  const world = new World({
    cluster,
    artifacts,
    renderer: parts.buildStage === undefined ? workerRenderer({ clock }) : inlineRenderer(parts.buildStage),
    clock,
    random,
    logger,
    metrics,
    events,
    settings,
    signal: watching.signal,
    wake,
  });
  const endpoints = await openEndpoints(options, world, metrics);
  runner = startRunner({
    reconcile: (key, passSignal) => reconcileStageSet(world, key, passSignal),
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    clock,
    random,
    onPass: (pass) => {
      note(pass, timers);
      log(pass, logger);
    },
  });
  world.whenSynced().then(
    () => logger.info('caches are filled'),
    () => undefined, // Stopped before.
  );
  logger.info('controller started', { instance });
  return {
    stopped: stopWhenAborted({ signal, runner, world, watching, events, endpoints, logger }),
    isReady: () => world.synced,
    metrics: () => metrics.render(),
    wakeUps: () => [...timers].map(([key, atMs]) => ({ key, dueInMs: atMs - clock.now() })),
  };
}

async function openEndpoints(
  options: ControllerOptions,
  world: World,
  metrics: PrometheusMetrics,
): Promise<readonly Endpoint[]> {
  const opened: Endpoint[] = [];
  const metricsAt = parseBindAddress('--metrics-bind-address', options.metricsBindAddress);
  const probesAt = parseBindAddress('--health-probe-bind-address', options.healthProbeBindAddress);
  try {
    if (metricsAt !== undefined) {
      const render = async () => ({ status: 200, type: metrics.contentType, body: await metrics.render() });
      opened.push(await serveRoutes(metricsAt, new Map([['/metrics', render]])));
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
  readonly world: World;
  readonly watching: AbortController;
  readonly events: EventRecorder;
  readonly endpoints: readonly Endpoint[];
  readonly logger: Logger;
}

async function stopWhenAborted({ signal, runner, world, watching, events, endpoints, logger }: Running): Promise<void> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  const { abandoned } = await runner.stop();
  if (abandoned.length > 0) logger.warn('passes did not end in time', { stageSets: abandoned });
  watching.abort(signal.reason);
  await world.builds.stop();
  await events.settled();
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
