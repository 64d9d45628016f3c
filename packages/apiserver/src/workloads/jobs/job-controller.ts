import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, numberAt } from '../../builtin/fields.ts';
import { type Condition, isTrue, withConditions } from '../conditions.ts';
import { type Controller, controllerRef } from '../controller.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { NameSource } from '../names.ts';
import { isActive, isReady, phaseOf } from '../pods/pod-state.ts';
import { restartsOf } from '../pods/pod-status.ts';
import { podOf, templateOf } from '../pods/pod-template.ts';
import { orNull, writeStatus } from '../replica-sets.ts';
import type { World } from '../world.ts';
import { type JobInput, type JobStep, nextJobStep, tallyOf, type Verdict } from './job-plan.ts';
import type { JobPod } from './job-policies.ts';

const WRITER = { fieldManager: 'kube-controller-manager' };
const SOURCE = { component: 'job-controller' };
const INDEX = 'batch.kubernetes.io/job-completion-index';

/** Runs the pods of a job until enough of them have succeeded or too many have failed. */
export function jobController(world: World, names: NameSource, events: EventRecorder): Controller {
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
      return new JobPass({ world, names, events }, job).advance();
    },
  };
}

export function isFinished(job: KubeObject): boolean {
  const status = fieldsAt(job, 'status');
  return isTrue(status, 'Complete') || isTrue(status, 'Failed');
}

interface Workshop {
  readonly world: World;
  readonly names: NameSource;
  readonly events: EventRecorder;
}

class JobPass {
  readonly #world: World;
  readonly #names: NameSource;
  readonly #events: EventRecorder;
  readonly #job: KubeObject;
  readonly #spec: Fields;
  readonly #status: Fields;

  constructor({ world, names, events }: Workshop, job: KubeObject) {
    this.#world = world;
    this.#names = names;
    this.#events = events;
    this.#job = job;
    this.#spec = fieldsAt(job, 'spec');
    this.#status = fieldsAt(job, 'status');
  }

  advance(): number | undefined {
    if (isFinished(this.#job)) return this.#expire();
    const decided = this.#decided();
    if (decided !== undefined) return this.#finish(...decided);
    if (this.#spec['suspend'] === true) return this.#suspend();
    const input = this.#input();
    const step = nextJobStep(input);
    if (step.kind === 'run') return this.#run(input, step);
    return this.#finish(step.kind, step.verdict);
  }

  /** What was decided before, while the last pods were still on their way out. */
  #decided(): readonly ['fail' | 'complete', Verdict] | undefined {
    for (const [type, kind] of [
      ['FailureTarget', 'fail'],
      ['SuccessCriteriaMet', 'complete'],
    ] as const) {
      const found = listAt(this.#status, 'conditions').find((one) => one['type'] === type && one['status'] === 'True');
      if (found === undefined) continue;
      return [kind, { reason: String(found['reason']), message: String(found['message']) }];
    }
    return undefined;
  }

  #pods(): readonly KubeObject[] {
    return this.#world.controlled(this.#job, 'Pod');
  }

  #input(): JobInput {
    const { startTime } = this.#status;
    const isResuming = isTrue(this.#status, 'Suspended');
    const nowMs = this.#world.now();
    return {
      spec: this.#spec,
      pods: this.#pods().map(jobPodOf),
      startMs: typeof startTime === 'string' && !isResuming ? Date.parse(startTime) : nowMs,
      nowMs,
    };
  }

  #run(input: JobInput, { create, remove, againMs }: JobStep & { readonly kind: 'run' }): number | undefined {
    for (const index of create) this.#createPod(index);
    const removed = new Set(remove);
    this.#deletePods(this.#pods().filter((pod) => removed.has(pod.metadata.name)));
    const isResuming = isTrue(this.#status, 'Suspended');
    const nowIso = this.#world.nowIso();
    const resumed: Condition = { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' };
    this.#report(input, {
      startTime: isResuming ? nowIso : (this.#status['startTime'] ?? nowIso),
      ...(isResuming ? { conditions: this.#conditions([resumed]) } : {}),
    });
    if (isResuming) this.#events.record(SOURCE, this.#job, { reason: 'Resumed', message: 'Job resumed' });
    return againMs;
  }

  #createPod(index: number | undefined): void {
    const { name: jobName } = this.#job.metadata;
    const generateName = index === undefined ? `${jobName}-` : `${jobName}-${index}-`;
    const pods = this.#pods();
    const taken = new Set(pods.map((pod) => pod.metadata.name));
    let name = `${generateName}${this.#names.suffix()}`;
    while (taken.has(name)) name = `${generateName}${this.#names.suffix()}`;
    const pod = podOf(this.#job, templateOf(this.#job), {
      name,
      generateName,
      ...(index === undefined ? {} : this.#indexMarks(index, jobName, pods)),
    });
    this.#world.registry.create(pod, WRITER);
    this.#events.record(SOURCE, this.#job, { reason: 'SuccessfulCreate', message: `Created pod: ${name}` });
  }

  #indexMarks(index: number, jobName: string, pods: readonly KubeObject[]): object {
    const mark = { [INDEX]: String(index) };
    const failures = pods.filter(
      (pod) => pod.metadata.annotations?.[INDEX] === String(index) && phaseOf(pod) === 'Failed',
    );
    const counted =
      this.#spec['backoffLimitPerIndex'] === undefined
        ? {}
        : { 'batch.kubernetes.io/job-index-failure-count': String(failures.length) };
    return { labels: mark, annotations: { ...mark, ...counted }, spec: { hostname: `${jobName}-${index}` } };
  }

  #deletePods(pods: readonly KubeObject[]): void {
    for (const pod of pods) {
      this.#world.registry.delete(refOf(pod));
      const message = `Deleted pod: ${pod.metadata.name}`;
      this.#events.record(SOURCE, this.#job, { reason: 'SuccessfulDelete', message });
    }
  }

  /** `lost`: pods that were taken away before they ended, which count as failed. */
  #report(input: JobInput, more: Fields, lost = 0): void {
    const pods = this.#pods();
    const active = pods.filter(isActive);
    const { succeeded, failed, completedIndexes, failedIndexes } = tallyOf(input);
    writeStatus(this.#world, this.#job, {
      active: orNull(active.length),
      ready: active.filter(isReady).length,
      succeeded: orNull(succeeded),
      failed: orNull(failed + lost),
      terminating: pods.filter((pod) => jobPodOf(pod).state === 'terminating').length,
      uncountedTerminatedPods: {},
      ...(completedIndexes === '' ? {} : { completedIndexes }),
      ...(failedIndexes === undefined ? {} : { failedIndexes }),
      ...more,
    });
  }

  #suspend(): undefined {
    const wasSuspended = isTrue(this.#status, 'Suspended');
    this.#deletePods(this.#pods().filter(isActive));
    const condition = { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' } as const;
    this.#report(this.#input(), { conditions: this.#conditions([condition]) });
    if (!wasSuspended) this.#events.record(SOURCE, this.#job, { reason: 'Suspended', message: 'Job suspended' });
  }

  #finish(kind: 'fail' | 'complete', verdict: Verdict): number | undefined {
    const input = this.#input();
    const active = this.#pods().filter(isActive);
    this.#deletePods(active);
    const said = { status: 'True', ...verdict } as const;
    const [first, last] = kind === 'fail' ? ['FailureTarget', 'Failed'] : ['SuccessCriteriaMet', 'Complete'];
    // The job has ended when the last of its pods has.
    const isOver = this.#pods().every((pod) => !['active', 'terminating'].includes(jobPodOf(pod).state));
    const types = isOver ? [first, last] : [first];
    const conditions = this.#conditions(types.map((type = '') => ({ type, ...said })));
    const nowIso = this.#world.nowIso();
    const wasLost = numberAt(this.#status, 'failed') ?? 0;
    const lost = kind === 'fail' ? Math.max(active.length, wasLost - tallyOf(input).failed) : 0;
    this.#report(
      input,
      {
        startTime: this.#status['startTime'] ?? nowIso,
        conditions,
        ...(kind === 'complete' && isOver ? { completionTime: nowIso } : {}),
      },
      lost,
    );
    if (!isOver) return undefined;
    if (kind === 'complete') this.#events.record(SOURCE, this.#job, { reason: 'Completed', message: 'Job completed' });
    else this.#events.record(SOURCE, this.#job, { type: 'Warning', ...verdict });
    return this.#ttlMs();
  }

  #conditions(wanted: readonly Condition[]): readonly Fields[] {
    return withConditions(this.#status, wanted, this.#world.nowIso()).map((condition) => ({
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
    const ends = listAt(this.#status, 'conditions').filter(({ type }) => type === 'Complete' || type === 'Failed');
    const endedMs = Date.parse(String(ends[0]?.['lastTransitionTime']));
    const leftMs = endedMs + ttlMs - this.#world.now();
    if (leftMs > 0) return leftMs;
    this.#world.registry.delete(refOf(this.#job), { propagation: 'Foreground' });
    return undefined;
  }
}

function jobPodOf(pod: KubeObject): JobPod {
  const { name, namespace = '', deletionTimestamp, annotations } = pod.metadata;
  const status = fieldsAt(pod, 'status');
  const phase = phaseOf(pod);
  const ended = phase === 'Succeeded' ? 'succeeded' : phase === 'Failed' ? 'failed' : undefined;
  const exits = listAt(status, 'containerStatuses').flatMap((container) => {
    const terminated = fieldsAt(container, 'state', 'terminated');
    const exitCode = numberAt(terminated, 'exitCode');
    return exitCode === undefined
      ? []
      : [{ container: String(container['name']), exitCode, finishedAt: terminated['finishedAt'] }];
  });
  const instants = exits.flatMap(({ finishedAt }) => (typeof finishedAt === 'string' ? [Date.parse(finishedAt)] : []));
  return {
    name,
    namespace,
    index: annotations?.[INDEX] === undefined ? undefined : Number(annotations[INDEX]),
    state: ended ?? (deletionTimestamp === undefined ? 'active' : 'terminating'),
    restarts: restartsOf(pod),
    endedMs: instants.length === 0 ? Date.parse(pod.metadata.creationTimestamp ?? '') : Math.max(...instants),
    exits,
    conditions: listAt(status, 'conditions'),
  };
}
