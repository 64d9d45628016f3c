import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { fieldsAt, textAt } from '../builtin/fields.ts';
import type { Controller } from './controller.ts';
import { phaseOf, simulationOf } from './pod-state.ts';
import { crashingStatus, endedStatus, restartsOf, runningStatus } from './pod-status.ts';
import { backOffMs, CRASH_BACK_OFF_MS, type Timing } from './timing.ts';
import { controllerOf, type World } from './world.ts';

const WRITER = { fieldManager: 'kubelet' };

/** Plays the kubelet: brings pods up, ends those of jobs, and lets those fail or crash that are told to. */
export function podController(world: World, timing: Timing): Controller {
  /** When a pod was first seen, and when it last crashed: `creationTimestamp` has whole seconds only. */
  const seenMs = new Map<string, number>();
  let addresses = 0;

  const nextAddress = (): string => {
    addresses++;
    return `10.${1 + ((addresses >> 16) & 0x7f)}.${(addresses >> 8) & 0xff}.${addresses & 0xff}`;
  };

  /** Writes a status when its time has come; the milliseconds until then if it has not. */
  const when = (dueMs: number, write: () => void): number | undefined => {
    const waitMs = dueMs - world.now();
    if (waitMs > 0) return waitMs;
    write();
    return undefined;
  };

  const crash = (pod: KubeObject, uid: string, firstMs: number): number | undefined => {
    const restarts = restartsOf(pod);
    const waited = restarts === 0 ? timing.podFailureMs : backOffMs(restarts - 1, CRASH_BACK_OFF_MS);
    const waitMs = firstMs + waited - world.now();
    if (waitMs > 0) return waitMs;
    const nextMs = backOffMs(restarts, CRASH_BACK_OFF_MS);
    seenMs.set(uid, world.now());
    world.registry.patchStatus(refOf(pod), crashingStatus(pod, restarts + 1, nextMs, world.nowIso()), WRITER);
    return nextMs;
  };

  const start = (pod: KubeObject, firstMs: number): number | undefined => {
    if (simulationOf(pod) === 'fail') {
      return when(firstMs + timing.podFailureMs, () =>
        world.registry.patchStatus(refOf(pod), endedStatus(pod, 1, world.nowIso()), WRITER),
      );
    }
    return when(firstMs + timing.podReadyMs, () =>
      world.registry.patchStatus(refOf(pod), runningStatus(pod, nextAddress(), world.nowIso()), WRITER),
    );
  };

  const reconcile = (ref: ObjectRef): number | undefined => {
    const pod = world.registry.get(ref);
    const uid = pod?.metadata.uid;
    if (pod === undefined || uid === undefined || pod.metadata.deletionTimestamp !== undefined) return undefined;
    const phase = phaseOf(pod);
    const firstMs = seenMs.get(uid) ?? world.now();
    seenMs.set(uid, firstMs);
    if (phase === 'Succeeded' || phase === 'Failed' || textAt(fieldsAt(pod, 'spec'), 'nodeName') === undefined) {
      return undefined;
    }
    if (simulationOf(pod) === 'crash') return crash(pod, uid, firstMs);
    if (phase === 'Pending') return simulationOf(pod) === 'hold' ? undefined : start(pod, firstMs);
    if (controllerOf(pod)?.kind !== 'Job') return undefined;
    return when(firstMs + timing.jobPodMs, () =>
      world.registry.patchStatus(refOf(pod), endedStatus(pod, 0, world.nowIso()), WRITER),
    );
  };

  return {
    name: 'kubelet',
    kinds: ['Pod'],
    concerns: ({ type, object }) => {
      const { uid } = object.metadata;
      if (uid !== undefined && type === 'deleted') seenMs.delete(uid);
      if (uid !== undefined && type === 'added') seenMs.set(uid, world.now());
      return type === 'deleted' ? [] : [refOf(object)];
    },
    reconcile,
  };
}
