import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, numberAt, textAt } from '../../builtin/fields.ts';
import { parseSchedule, type Schedule } from '../../builtin/validate/schedule.ts';
import { isTrue } from '../conditions.ts';
import { type Controller, controllerRef } from '../controller.ts';
import type { EventRecorder } from '../events/recorder.ts';
import { controllerReference } from '../pods/pod-template.ts';
import { writeStatus } from '../replica-sets.ts';
import { isoSeconds, type World } from '../world.ts';
import { isTimeZone, lastRun, nextRunMs, zonedText } from './cron-schedule.ts';
import { isFinished } from './job-controller.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const SOURCE = { component: 'cronjob-controller' };
const MINUTE_MS = 60_000;
const SCHEDULED_FOR = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** Starts the jobs of a CronJob when they are due, and drops old ones. */
export function cronJobController(world: World, events: EventRecorder): Controller {
  return {
    name: 'cron-job',
    kinds: ['CronJob', 'Job'],
    *concerns({ object }) {
      if (object.kind === 'CronJob') yield refOf(object);
      else yield* controllerRef(object, 'CronJob');
    },
    reconcile: (ref: ObjectRef) => {
      const cronJob = world.registry.get(ref);
      if (cronJob === undefined || cronJob.metadata.deletionTimestamp !== undefined) return undefined;
      return new CronPass(world, events, cronJob).advance();
    },
  };
}

/** One look at one CronJob. */
class CronPass {
  readonly #world: World;
  readonly #events: EventRecorder;
  readonly #cronJob: KubeObject;
  readonly #spec: Fields;
  readonly #zone: string;

  constructor(world: World, events: EventRecorder, cronJob: KubeObject) {
    this.#world = world;
    this.#events = events;
    this.#cronJob = cronJob;
    this.#spec = fieldsAt(cronJob, 'spec');
    this.#zone = textAt(this.#spec, 'timeZone') ?? 'UTC';
  }

  advance(): number | undefined {
    this.#dropOld();
    if (!isTimeZone(this.#zone)) {
      const message = `invalid timeZone: ${JSON.stringify(this.#zone)}: unknown time zone ${this.#zone}`;
      this.#warn('UnknownTimeZone', message);
      return this.#report();
    }
    const parsed = parseSchedule(textAt(this.#spec, 'schedule') ?? '');
    if (!parsed.ok || this.#spec['suspend'] === true) return this.#report();
    const runMs = this.#unmet(parsed.schedule);
    if (runMs === undefined) this.#report();
    else this.#start(runMs);
    const nextMs = nextRunMs(parsed.schedule, this.#world.now(), this.#zone);
    return nextMs === undefined ? undefined : nextMs - this.#world.now();
  }

  /** The last run that is due and was not started; of those before it none is made up for. */
  #unmet(schedule: Schedule): number | undefined {
    const nowMs = this.#world.now();
    const before = fieldsAt(this.#cronJob, 'status')['lastScheduleTime'];
    const created = this.#cronJob.metadata.creationTimestamp ?? this.#world.nowIso();
    const sinceMs = Date.parse(typeof before === 'string' ? before : created);
    const deadlineMs = this.#deadlineMs();
    const fromMs = deadlineMs === undefined ? sinceMs : Math.max(sinceMs, nowMs - deadlineMs);
    const last = lastRun(schedule, { sinceMs: fromMs, nowMs, timeZone: this.#zone });
    if (last?.isMany === true) {
      this.#warn(
        'TooManyMissedTimes',
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      );
    }
    return last?.runMs;
  }

  #deadlineMs(): number | undefined {
    const seconds = numberAt(this.#spec, 'startingDeadlineSeconds');
    return seconds === undefined ? undefined : seconds * 1000;
  }

  #start(runMs: number): void {
    const { concurrencyPolicy } = this.#spec;
    const active = this.#jobs().filter((job) => !isFinished(job));
    if (concurrencyPolicy === 'Forbid' && active.length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      this.#events.record(SOURCE, this.#cronJob, { reason: 'JobAlreadyActive', message });
      this.#report();
      return;
    }
    if (concurrencyPolicy === 'Replace') for (const job of active) this.#deleteJob(job);
    this.#createJob(runMs);
    this.#report({ lastScheduleTime: isoSeconds(runMs) });
  }

  #createJob(runMs: number): void {
    const { name, namespace = '' } = this.#cronJob.metadata;
    const template = fieldsAt(this.#spec, 'jobTemplate');
    const metadata = fieldsAt(template, 'metadata');
    const job: KubeObject = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        // The minute is in the name, so that a run is never started twice.
        name: `${name}-${Math.floor(runMs / MINUTE_MS)}`,
        namespace,
        labels: fieldsAt(metadata, 'labels') as Record<string, string>,
        annotations: {
          ...(fieldsAt(metadata, 'annotations') as Record<string, string>),
          [SCHEDULED_FOR]: zonedText(runMs, this.#zone),
        },
        ownerReferences: [controllerReference(this.#cronJob)],
      },
      spec: fieldsAt(template, 'spec'),
    };
    if (this.#world.registry.get(refOf(job)) !== undefined) return;
    this.#world.registry.create(job, WRITER);
    const message = `Created job ${job.metadata.name}`;
    this.#events.record(SOURCE, this.#cronJob, { reason: 'SuccessfulCreate', message });
  }

  #jobs(): readonly KubeObject[] {
    return this.#world.controlled(this.#cronJob, 'Job').filter((job) => job.metadata.deletionTimestamp === undefined);
  }

  #deleteJob(job: KubeObject): void {
    this.#world.registry.delete(refOf(job), { propagation: 'Background' });
    const message = `Deleted job ${job.metadata.name}`;
    this.#events.record(SOURCE, this.#cronJob, { reason: 'SuccessfulDelete', message });
  }

  /** Says of jobs that have ended since it looked last that they have, and writes what is active now. */
  #report(more: Fields = {}): undefined {
    const jobs = this.#jobs();
    const active = jobs.filter((job) => !isFinished(job));
    const status = fieldsAt(this.#cronJob, 'status');
    const wereActive = new Set(listAt(status, 'active').map(({ uid }) => uid));
    for (const job of jobs) {
      if (!wereActive.has(job.metadata.uid) || !isFinished(job)) continue;
      const condition = isTrue(fieldsAt(job, 'status'), 'Complete') ? 'Complete' : 'Failed';
      const message = `Saw completed job: ${job.metadata.name}, condition: ${condition}`;
      this.#events.record(SOURCE, this.#cronJob, { reason: 'SawCompletedJob', message });
    }
    const ended = jobs.flatMap((job) => textAt(fieldsAt(job, 'status'), 'completionTime') ?? []).toSorted();
    const last = ended.at(-1);
    writeStatus(this.#world, this.#cronJob, {
      active: active.length === 0 ? null : active.map(referenceTo),
      ...(last === undefined ? {} : { lastSuccessfulTime: last }),
      ...more,
    });
  }

  #dropOld(): void {
    const limits = [
      ['Complete', numberAt(this.#spec, 'successfulJobsHistoryLimit') ?? 3],
      ['Failed', numberAt(this.#spec, 'failedJobsHistoryLimit') ?? 1],
    ] as const;
    for (const [type, limit] of limits) {
      const ended = this.#jobs().filter((job) => isTrue(fieldsAt(job, 'status'), type));
      for (const job of ended.slice(0, Math.max(0, ended.length - limit))) this.#deleteJob(job);
    }
  }

  #warn(reason: string, message: string): void {
    this.#events.record(SOURCE, this.#cronJob, { type: 'Warning', reason, message });
  }
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): Fields {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, namespace, uid, resourceVersion };
}
