import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { fieldsAt, textAt } from '../../builtin/fields.ts';
import type { Controller } from '../controller.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { Directions } from '../scenario/directions.ts';
import { backOffMs, CRASH_BACK_OFF_MS, type Timing } from '../timing.ts';
import { controllerOf, type World } from '../world.ts';
import { KubeletEvents } from './kubelet-events.ts';
import { nextMove, type PodMemory, type PodMove } from './pod-life.ts';
import { phaseOf } from './pod-state.ts';
import { crashingStatus, endedStatus, pullingStatus, restartsOf, runningStatus } from './pod-status.ts';

const WRITER = { fieldManager: 'kubelet' };
/** Of so many workloads it is remembered how often their pods were made to fail. */
const MOST_WORKLOADS = 10_000;

export interface KubeletParts {
  readonly world: World;
  readonly events: EventRecorder;
  readonly directions: Directions;
  readonly timing: Timing;
}

/** Plays the kubelets: brings pods up, ends those of jobs, lets those fail that are told to, and stops the deleted. */
export function podController(parts: KubeletParts): Controller {
  const kubelet = new Kubelet(parts);
  return {
    name: 'kubelet',
    kinds: ['Pod'],
    concerns: ({ type, object }) => {
      if (type === 'deleted') kubelet.forget(object);
      if (type === 'added') kubelet.meet(object);
      return type === 'deleted' ? [] : [refOf(object)];
    },
    reconcile: (ref: ObjectRef) => {
      const pod = parts.world.registry.get(ref);
      return pod === undefined ? undefined : kubelet.look(pod);
    },
  };
}

class Kubelet {
  readonly #world: World;
  readonly #events: KubeletEvents;
  readonly #directions: Directions;
  readonly #timing: Timing;
  readonly #memories = new Map<string, PodMemory>();
  /** Since when a pod is being stopped. */
  readonly #stoppingMs = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #addresses = 0;

  constructor({ world, events, directions, timing }: KubeletParts) {
    this.#world = world;
    this.#events = new KubeletEvents(events);
    this.#directions = directions;
    this.#timing = timing;
  }

  meet(pod: KubeObject): void {
    this.#memories.set(pod.metadata.uid ?? '', { sinceMs: this.#world.now(), pulls: 0, flips: 0 });
  }

  forget(pod: KubeObject): void {
    const { uid = '' } = pod.metadata;
    this.#memories.delete(uid);
    this.#stoppingMs.delete(uid);
  }

  /** Does what is due; in how many milliseconds the next thing is, if there is one. */
  look(pod: KubeObject): number | undefined {
    if (pod.metadata.deletionTimestamp !== undefined) return this.#stop(pod);
    const phase = phaseOf(pod);
    if (phase === 'Succeeded' || phase === 'Failed' || textAt(fieldsAt(pod, 'spec'), 'nodeName') === undefined) {
      return undefined;
    }
    if (!this.#memories.has(pod.metadata.uid ?? '')) this.meet(pod);
    const memory = this.#memories.get(pod.metadata.uid ?? '');
    if (memory === undefined) return undefined;
    const planned = nextMove({
      pod,
      behaviour: this.#directions.of(pod),
      memory,
      timing: this.#timing,
      isJobs: controllerOf(pod)?.kind === 'Job',
      failuresBefore: this.#failures.get(workloadOf(pod)) ?? 0,
    });
    if (planned === undefined) return undefined;
    const waitMs = planned.dueMs - this.#world.now();
    // A write comes back as an event, which is when the move after this one is planned.
    if (waitMs <= 0) this.#make(pod, memory, planned.move);
    return waitMs > 0 ? waitMs : undefined;
  }

  #make(pod: KubeObject, memory: PodMemory, move: PodMove): void {
    const nowIso = this.#world.nowIso();
    const isFirstStart = phaseOf(pod) === 'Pending';
    const next = { ...memory, sinceMs: this.#world.now() };
    const remember = (more: Partial<PodMemory> = {}) =>
      this.#memories.set(pod.metadata.uid ?? '', { ...next, ...more });
    remember();
    switch (move.kind) {
      case 'start':
      case 'start-unready':
        this.#write(pod, runningStatus(pod, { podIp: this.#addressOf(pod), ready: move.kind === 'start', nowIso }));
        this.#events.started(pod, isFirstStart);
        if (move.kind === 'start-unready') this.#events.unready(pod);
        return;
      case 'ready':
      case 'unready':
        remember({ flips: memory.flips + 1 });
        this.#write(pod, runningStatus(pod, { podIp: this.#addressOf(pod), ready: move.kind === 'ready', nowIso }));
        if (move.kind === 'unready') this.#events.unready(pod);
        return;
      case 'succeed':
        this.#write(pod, endedStatus(pod, 0, nowIso));
        return;
      case 'fail':
        this.#countFailure(pod);
        this.#write(pod, endedStatus(pod, move.exitCode, nowIso));
        if (isFirstStart) this.#events.started(pod, true);
        return;
      case 'crash':
        this.#crash(pod, move, nowIso);
        return;
      case 'pull-fail':
        remember({ pulls: memory.pulls + 1 });
        this.#write(pod, pullingStatus(pod, 'ErrImagePull', nowIso));
        this.#events.pullFailed(pod);
        return;
      case 'pull-wait':
        this.#write(pod, pullingStatus(pod, 'ImagePullBackOff', nowIso));
        this.#events.pullWaits(pod);
    }
  }

  #crash(pod: KubeObject, { exitCode, probe }: PodMove & { readonly kind: 'crash' }, nowIso: string): void {
    const restarts = restartsOf(pod) + 1;
    const waitMs = backOffMs(restarts - 1, CRASH_BACK_OFF_MS);
    const isRunning = fieldsAt(pod, 'status')['podIP'] !== undefined && restarts === 1;
    this.#write(pod, crashingStatus(pod, { restarts, waitMs, exitCode, nowIso }));
    if (probe) this.#events.notAlive(pod);
    else if (!isRunning) this.#events.started(pod, restarts === 1);
    this.#events.backsOff(pod);
  }

  /** A pod that has been deleted goes when its containers have stopped, at the latest when its grace is over. */
  #stop(pod: KubeObject): number | undefined {
    const { uid = '', deletionTimestamp = '' } = pod.metadata;
    const since = this.#stoppingMs.get(uid);
    if (since === undefined && isRunning(pod)) this.#events.stopping(pod);
    const nowMs = this.#world.now();
    const sinceMs = since ?? nowMs;
    this.#stoppingMs.set(uid, sinceMs);
    const stopMs = isRunning(pod) ? (this.#directions.of(pod).stopMs ?? this.#timing.podStopMs) : 0;
    const waitMs = Math.min(sinceMs + stopMs, Date.parse(deletionTimestamp)) - nowMs;
    if (waitMs > 0) return waitMs;
    const held = (pod.metadata.finalizers?.length ?? 0) > 0;
    if (held && isRunning(pod)) this.#write(pod, endedStatus(pod, 0, this.#world.nowIso()));
    if (pod.metadata.deletionGracePeriodSeconds !== 0 || !held) {
      this.#world.registry.delete(refOf(pod), { gracePeriodSeconds: 0, preconditions: { uid } });
    }
    return undefined;
  }

  #addressOf(pod: KubeObject): string {
    const present = textAt(fieldsAt(pod, 'status'), 'podIP');
    if (present !== undefined) return present;
    this.#addresses += 1;
    return `10.${1 + ((this.#addresses >> 16) & 0x7f)}.${(this.#addresses >> 8) & 0xff}.${this.#addresses & 0xff}`;
  }

  #countFailure(pod: KubeObject): void {
    const workload = workloadOf(pod);
    const before = this.#failures.get(workload) ?? 0;
    this.#failures.delete(workload);
    this.#failures.set(workload, before + 1);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST_WORKLOADS && oldest !== undefined) this.#failures.delete(oldest);
  }

  #write(pod: KubeObject, status: Readonly<Record<string, unknown>>): void {
    this.#world.registry.patchStatus(refOf(pod), status, WRITER);
  }
}

function isRunning(pod: KubeObject): boolean {
  return phaseOf(pod) === 'Running';
}

/** By name, so that what was made again under the same name is a second try. */
function workloadOf(pod: KubeObject): string {
  const { namespace = '', name } = pod.metadata;
  const owner = controllerOf(pod);
  return owner === undefined ? `Pod/${namespace}/${name}` : `${owner.kind}/${namespace}/${owner.name}`;
}
