import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, numberAt } from '../builtin/fields.ts';
import type { WriteHook } from '../registry/hooks.ts';
import { type Condition, isTrue, withConditions } from './conditions.ts';
import { type Controller, controllerRef } from './controller.ts';
import type { NameSource } from './names.ts';
import { isActive, isReady, phaseOf } from './pod-state.ts';
import { podOf, templateOf } from './pod-template.ts';
import { least, orNull, writeStatus } from './replica-sets.ts';
import { backOffMs } from './timing.ts';
import type { World } from './world.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const INDEX = 'batch.kubernetes.io/job-completion-index';
/** A failed pod is tried again after 10 s, then twice as long, at most 6 minutes. */
const RETRY_BACK_OFF_MS = { first: 10_000, most: 360_000 } as const;

/** Gives a job its selector and its pods the labels that go with it, as the real registry does. */
export const JOB_SELECTOR: WriteHook = {
  name: 'job-selector',
  kinds: [{ group: 'batch', kind: 'Job' }],
  admit: (job, { operation }) => {
    const spec = fieldsAt(job, 'spec');
    if (operation !== 'create' || spec['manualSelector'] === true) return job;
    const { name, uid = '' } = job.metadata;
    const labels = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    const template = fieldsAt(spec, 'template');
    const metadata = fieldsAt(template, 'metadata');
    const own: Fields = { ...metadata, labels: { ...fieldsAt(metadata, 'labels'), ...labels } };
    const selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
    return {
      ...job,
      metadata: { ...job.metadata, labels: { ...labels, ...job.metadata.labels } },
      spec: { ...spec, selector, template: { ...template, metadata: own } },
    };
  },
};

/** Runs the pods of a job until enough of them have succeeded or too many have failed. */
export function jobController(world: World, names: NameSource): Controller {
  return {
    name: 'job',
    kinds: ['Job', 'Pod'],
    *concerns({ object }) {
      if (object.kind === 'Job') yield refOf(object);
      else yield* controllerRef(object, 'Job');
    },
    reconcile: (ref: ObjectRef) => {
      const job = world.registry.get(ref);
      if (job === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
      return new JobPass(world, names, job).advance();
    },
  };
}

export function isFinished(job: KubeObject): boolean {
  const status = fieldsAt(job, 'status');
  return isTrue(status, 'Complete') || isTrue(status, 'Failed');
}

class JobPass {
  readonly #world: World;
  readonly #names: NameSource;
  readonly #job: KubeObject;
  readonly #spec: Fields;
  readonly #status: Fields;

  constructor(world: World, names: NameSource, job: KubeObject) {
    this.#world = world;
    this.#names = names;
    this.#job = job;
    this.#spec = fieldsAt(job, 'spec');
    this.#status = fieldsAt(job, 'status');
  }

  advance(): number | undefined {
    if (isFinished(this.#job)) return this.#expire();
    const pods = this.#world.controlled(this.#job, 'Pod');
    const active = pods.filter(isActive);
    const succeeded = pods.filter((pod) => phaseOf(pod) === 'Succeeded').length;
    const failed = pods.filter((pod) => phaseOf(pod) === 'Failed');
    if (this.#spec['suspend'] === true) return this.#suspend(active);
    const deadlineMs = this.#untilDeadlineMs();
    const failure = this.#failureOf(failed.length, deadlineMs);
    if (failure !== undefined) return this.#fail(active, { succeeded, failed: failed.length }, failure);
    if (this.#isEnough(succeeded, active.length)) return this.#complete(active, succeeded, failed.length);
    const waitMs = this.#retryMs(failed);
    if (waitMs === 0) this.#start(pods, active, succeeded);
    this.#report({ succeeded, failed: failed.length });
    return least(deadlineMs, waitMs === 0 ? undefined : waitMs);
  }

  #isEnough(succeeded: number, active: number): boolean {
    const completions = numberAt(this.#spec, 'completions');
    return completions === undefined ? succeeded > 0 && active === 0 : succeeded >= completions;
  }

  #untilDeadlineMs(): number | undefined {
    const seconds = numberAt(this.#spec, 'activeDeadlineSeconds');
    if (seconds === undefined) return undefined;
    const since = this.#status['startTime'];
    const startMs = typeof since === 'string' ? Date.parse(since) : this.#world.now();
    return Math.max(0, startMs + seconds * 1000 - this.#world.now());
  }

  #failureOf(failed: number, deadlineMs: number | undefined): { reason: string; message: string } | undefined {
    if (failed > (numberAt(this.#spec, 'backoffLimit') ?? 6)) {
      return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
    }
    if (deadlineMs !== 0) return undefined;
    return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }

  #retryMs(failed: readonly KubeObject[]): number {
    const last = failed.at(-1);
    if (last === undefined) return 0;
    const sinceMs = Date.parse(last.metadata.creationTimestamp ?? this.#world.nowIso());
    return Math.max(0, sinceMs + backOffMs(failed.length - 1, RETRY_BACK_OFF_MS) - this.#world.now());
  }

  #start(pods: readonly KubeObject[], active: readonly KubeObject[], succeeded: number): void {
    const parallelism = numberAt(this.#spec, 'parallelism') ?? 1;
    const completions = numberAt(this.#spec, 'completions');
    // Without a number of completions, the first success is the last start.
    const most =
      completions === undefined ? (succeeded > 0 ? 0 : parallelism) : Math.min(parallelism, completions - succeeded);
    for (let count = active.length; count < most; count++) this.#createPod(pods);
    for (const pod of active.slice(most)) this.#world.registry.delete(refOf(pod));
  }

  #createPod(pods: readonly KubeObject[]): void {
    const isIndexed = this.#spec['completionMode'] === 'Indexed';
    const index = isIndexed ? this.#freeIndex() : undefined;
    if (isIndexed && index === undefined) return;
    const generateName = index === undefined ? `${this.#job.metadata.name}-` : `${this.#job.metadata.name}-${index}-`;
    const marks =
      index === undefined ? {} : { labels: { [INDEX]: String(index) }, annotations: { [INDEX]: String(index) } };
    const taken = new Set(pods.map((pod) => pod.metadata.name));
    let name = `${generateName}${this.#names.suffix()}`;
    while (taken.has(name)) name = `${generateName}${this.#names.suffix()}`;
    this.#world.registry.create(podOf(this.#job, templateOf(this.#job), { name, generateName, ...marks }), WRITER);
  }

  #freeIndex(): number | undefined {
    const completions = numberAt(this.#spec, 'completions') ?? 0;
    const busy = new Set(
      this.#world
        .controlled(this.#job, 'Pod')
        .filter((pod) => phaseOf(pod) !== 'Failed')
        .map((pod) => Number(pod.metadata.annotations?.[INDEX])),
    );
    for (let index = 0; index < completions; index++) if (!busy.has(index)) return index;
    return undefined;
  }

  #report(counts: { succeeded: number; failed: number }, more: Fields = {}): void {
    const active = this.#world.controlled(this.#job, 'Pod').filter(isActive);
    const nowIso = this.#world.nowIso();
    const resumed: readonly Condition[] = isTrue(this.#status, 'Suspended')
      ? [{ type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }]
      : [];
    writeStatus(this.#world, this.#job, {
      startTime: this.#status['startTime'] ?? nowIso,
      active: orNull(active.length),
      ready: active.filter(isReady).length,
      succeeded: orNull(counts.succeeded),
      failed: orNull(counts.failed),
      terminating: 0,
      uncountedTerminatedPods: {},
      ...(resumed.length === 0 ? {} : { conditions: withConditions(this.#status, resumed, nowIso) }),
      ...more,
    });
  }

  #suspend(active: readonly KubeObject[]): undefined {
    for (const pod of active) this.#world.registry.delete(refOf(pod));
    const nowIso = this.#world.nowIso();
    const condition = { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' } as const;
    writeStatus(this.#world, this.#job, {
      startTime: null,
      active: null,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      conditions: this.#ending([condition], nowIso),
    });
  }

  #complete(active: readonly KubeObject[], succeeded: number, failed: number): number | undefined {
    for (const pod of active) this.#world.registry.delete(refOf(pod));
    const said = {
      status: 'True',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    } as const;
    const nowIso = this.#world.nowIso();
    const conditions = this.#ending(
      [
        { type: 'SuccessCriteriaMet', ...said },
        { type: 'Complete', ...said },
      ],
      nowIso,
    );
    this.#report({ succeeded, failed }, { conditions, completionTime: nowIso });
    return this.#ttlMs();
  }

  #fail(
    active: readonly KubeObject[],
    counts: { succeeded: number; failed: number },
    why: { readonly reason: string; readonly message: string },
  ): number | undefined {
    for (const pod of active) this.#world.registry.delete(refOf(pod));
    const said = { status: 'True', ...why } as const;
    const nowIso = this.#world.nowIso();
    const conditions = this.#ending(
      [
        { type: 'FailureTarget', ...said },
        { type: 'Failed', ...said },
      ],
      nowIso,
    );
    this.#report(counts, { conditions });
    return this.#ttlMs();
  }

  #ending(wanted: readonly Condition[], nowIso: string): readonly Fields[] {
    return withConditions(this.#status, wanted, nowIso).map((condition) => ({
      lastProbeTime: condition['lastTransitionTime'],
      ...condition,
    }));
  }

  #ttlMs(): number | undefined {
    const seconds = numberAt(this.#spec, 'ttlSecondsAfterFinished');
    return seconds === undefined ? undefined : seconds * 1000;
  }

  /** A finished job goes when its time to live is over. */
  #expire(): number | undefined {
    const ttlMs = this.#ttlMs();
    if (ttlMs === undefined) return undefined;
    const ends = withConditions(this.#status, [], '').filter(({ type }) => type === 'Complete' || type === 'Failed');
    const endedMs = Date.parse(String(ends[0]?.['lastTransitionTime']));
    const leftMs = endedMs + ttlMs - this.#world.now();
    if (leftMs > 0) return leftMs;
    this.#world.registry.delete(refOf(this.#job), { propagation: 'Background' });
    return undefined;
  }
}
