import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, numberAt, textAt } from '../builtin/fields.ts';
import { parseSchedule } from '../builtin/validate/schedule.ts';
import { isTrue } from './conditions.ts';
import { type Controller, controllerRef } from './controller.ts';
import { nextRunMs } from './cron-schedule.ts';
import { isFinished } from './jobs.ts';
import { controllerReference } from './pod-template.ts';
import { writeStatus } from './replica-sets.ts';
import { isoSeconds, type World } from './world.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const MINUTE_MS = 60_000;
const SCHEDULED_FOR = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** Starts the jobs of a CronJob when they are due, by UTC, and drops old ones. */
export function cronJobController(world: World): Controller {
  const reconcile = (ref: ObjectRef): number | undefined => {
    const cronJob = world.registry.get(ref);
    if (cronJob === undefined || cronJob.metadata.deletionTimestamp !== undefined) return undefined;
    const spec = fieldsAt(cronJob, 'spec');
    const parsed = parseSchedule(textAt(spec, 'schedule') ?? '');
    if (!parsed.ok) return undefined;
    dropOld(world, cronJob);
    if (spec['suspend'] === true) return report(world, cronJob);
    const sinceMs = lastMs(cronJob) ?? Date.parse(cronJob.metadata.creationTimestamp ?? world.nowIso());
    const dueMs = nextRunMs(parsed.schedule, sinceMs);
    if (dueMs === undefined) return report(world, cronJob);
    if (dueMs > world.now()) {
      report(world, cronJob);
      return dueMs - world.now();
    }
    // Of the runs that were missed, only the last is made up for.
    let runMs = dueMs;
    for (let next = nextRunMs(parsed.schedule, runMs); next !== undefined && next <= world.now(); ) {
      runMs = next;
      next = nextRunMs(parsed.schedule, runMs);
    }
    run(world, cronJob, runMs);
    const nextMs = nextRunMs(parsed.schedule, runMs);
    return nextMs === undefined ? undefined : nextMs - world.now();
  };
  return {
    name: 'cron-job',
    kinds: ['CronJob', 'Job'],
    *concerns({ object }) {
      if (object.kind === 'CronJob') yield refOf(object);
      else yield* controllerRef(object, 'CronJob');
    },
    reconcile,
  };
}

function lastMs(cronJob: KubeObject): number | undefined {
  const last = fieldsAt(cronJob, 'status')['lastScheduleTime'];
  return typeof last === 'string' ? Date.parse(last) : undefined;
}

function run(world: World, cronJob: KubeObject, runMs: number): void {
  const { concurrencyPolicy } = fieldsAt(cronJob, 'spec');
  const active = world.controlled(cronJob, 'Job').filter((job) => !isFinished(job));
  const isForbidden = concurrencyPolicy === 'Forbid' && active.length > 0;
  if (concurrencyPolicy === 'Replace') {
    for (const job of active) world.registry.delete(refOf(job), { propagation: 'Background' });
  }
  if (!isForbidden) startJob(world, cronJob, runMs);
  report(world, cronJob, { lastScheduleTime: isoSeconds(runMs) });
}

function startJob(world: World, cronJob: KubeObject, runMs: number): void {
  const { name, namespace = '' } = cronJob.metadata;
  const template = fieldsAt(cronJob, 'spec', 'jobTemplate');
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
        [SCHEDULED_FOR]: isoSeconds(runMs),
      },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: fieldsAt(template, 'spec'),
  };
  if (world.registry.get(refOf(job)) === undefined) world.registry.create(job, WRITER);
}

function report(world: World, cronJob: KubeObject, more: Fields = {}): undefined {
  const jobs = world.controlled(cronJob, 'Job');
  const active = jobs.filter((job) => !isFinished(job));
  const succeeded = jobs.flatMap((job) => textAt(fieldsAt(job, 'status'), 'completionTime') ?? []).toSorted();
  const last = succeeded.at(-1);
  writeStatus(world, cronJob, {
    active:
      active.length === 0
        ? null
        : active.map(({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }) => ({
            apiVersion,
            kind,
            name,
            namespace,
            uid,
            resourceVersion,
          })),
    ...(last === undefined ? {} : { lastSuccessfulTime: last }),
    ...more,
  });
}

function dropOld(world: World, cronJob: KubeObject): void {
  const spec = fieldsAt(cronJob, 'spec');
  const jobs = world.controlled(cronJob, 'Job').filter((job) => job.metadata.deletionTimestamp === undefined);
  const limits = [
    ['Complete', numberAt(spec, 'successfulJobsHistoryLimit') ?? 3],
    ['Failed', numberAt(spec, 'failedJobsHistoryLimit') ?? 1],
  ] as const;
  for (const [type, limit] of limits) {
    const ended = jobs.filter((job) => isTrue(fieldsAt(job, 'status'), type));
    for (const job of ended.slice(0, Math.max(0, ended.length - limit))) {
      world.registry.delete(refOf(job), { propagation: 'Background' });
    }
  }
}
