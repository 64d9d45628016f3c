import type { Pass, QueueCounts } from '@stageset/runtime';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RequestCounts } from '../metrics/request-counts.ts';

const CONTROLLER = 'stageset';
/** Seconds, from a pass that reads caches alone to one that writes thousands of objects. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What the runtime is asked for when somebody looks. */
export interface RuntimeSource {
  counts(): QueueCounts;
  readonly concurrency: number;
  readonly membership: { readonly isMember: boolean; readonly members: number } | undefined;
}

/** Passes and their queue, in the words that dashboards for controllers know. */
export class RuntimeMetrics {
  readonly #passes: Counter<'controller' | 'result'>;
  readonly #errors: Counter<'controller'>;
  readonly #took: Histogram<'controller'>;
  readonly #waited: Histogram<'name'>;
  readonly #worked: Histogram<'name'>;
  readonly #retries: Counter<'name'>;
  readonly #depth: Gauge<'name'>;
  readonly #active: Gauge<'controller'>;
  readonly #most: Gauge<'controller'>;
  readonly #member: Gauge<'name'>;
  readonly #members: Gauge;
  readonly #lease: string;
  readonly #sent: Counter<'method' | 'code'>;
  #source: RuntimeSource | undefined;
  #requests: RequestCounts | undefined;

  constructor(registry: Registry, lease: string) {
    this.#lease = lease;
    const registers = [registry];
    const ofController = { labelNames: ['controller'] as const, registers };
    const ofQueue = { labelNames: ['name'] as const, registers };
    this.#passes = new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Passes that have ended, by what they came to.',
      labelNames: ['controller', 'result'],
      registers,
    });
    this.#errors = new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Passes that failed.',
      ...ofController,
    });
    this.#took = new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'How long passes took.',
      buckets: BUCKETS,
      ...ofController,
    });
    this.#active = new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'Passes that run.',
      ...ofController,
    });
    this.#most = new Gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'Passes that may run at the same time.',
      ...ofController,
    });
    this.#depth = new Gauge({ name: 'workqueue_depth', help: 'StageSets that are due and wait.', ...ofQueue });
    this.#waited = new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'How long StageSets were due before a pass began.',
      buckets: BUCKETS,
      ...ofQueue,
    });
    this.#worked = new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long a StageSet was worked on at a time.',
      buckets: BUCKETS,
      ...ofQueue,
    });
    this.#retries = new Counter({
      name: 'workqueue_retries_total',
      help: 'Passes that are tried again after a delay.',
      ...ofQueue,
    });
    this.#member = new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this replica holds a lease and all others know of it.',
      ...ofQueue,
    });
    this.#sent = new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server, by method and answer.',
      labelNames: ['method', 'code'],
      registers,
    });
    this.#members = new Gauge({
      name: 'stageset_replicas',
      help: 'Replicas that share the StageSets, as this one counts them.',
      registers,
    });
  }

  /** Says whom to ask for what is true at the moment of a look. */
  watch(source: RuntimeSource): void {
    this.#source = source;
  }

  watchRequests(counts: RequestCounts): void {
    this.#requests = counts;
  }

  pass({ result, tookMs, waitedMs, wakeUp }: Pass): void {
    const failed = result.kind === 'retry' || result.kind === 'bug';
    const again = wakeUp === undefined ? 'success' : result.kind === 'again' ? 'requeue' : 'requeue_after';
    this.#passes.inc({ controller: CONTROLLER, result: failed ? 'error' : again });
    this.#took.observe({ controller: CONTROLLER }, tookMs / 1000);
    this.#worked.observe({ name: CONTROLLER }, tookMs / 1000);
    this.#waited.observe({ name: CONTROLLER }, Math.max(0, waitedMs) / 1000);
    if (!failed) return;
    this.#errors.inc({ controller: CONTROLLER });
    this.#retries.inc({ name: CONTROLLER });
  }

  /** Brings what is true only at the moment up to date. */
  look(): void {
    this.#sent.reset();
    for (const { method, code, count } of this.#requests?.read() ?? []) this.#sent.inc({ method, code }, count);
    if (this.#source === undefined) return;
    const { concurrency, membership } = this.#source;
    const { ready, running } = this.#source.counts();
    this.#depth.set({ name: CONTROLLER }, ready);
    this.#active.set({ controller: CONTROLLER }, running);
    this.#most.set({ controller: CONTROLLER }, concurrency);
    if (membership === undefined) return;
    this.#member.set({ name: this.#lease }, membership.isMember ? 1 : 0);
    this.#members.set(membership.members);
  }
}
