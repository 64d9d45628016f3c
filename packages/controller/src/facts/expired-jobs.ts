import type { DesiredObject, Health } from '@stageset/delivery';
import { getAt, type KubeObject } from '@stageset/k8s';
import type { Memory } from './memory.ts';

/**
 * A Job with a time to live is removed by the cluster when it has completed: it has done its work, and creating it anew would
 * have it do the work again, for ever. One that is deleted before its time is drift as anything else.
 */
export function isExpired(
  { id, hash, object }: DesiredObject,
  { memory, nowMs, wasReady }: { readonly memory: Memory; readonly nowMs: number; readonly wasReady: boolean },
): boolean {
  if (timeToLiveMs(object) === undefined) return false;
  const completed = memory.completed.get(id);
  // Without a memory of it, a stage that has been ready tells that the Job has completed.
  if (completed === undefined) return wasReady;
  return completed.hash === hash && nowMs >= completed.expiresAtMs;
}

/** Remembers that a Job with a time to live has completed. */
export function noteExpiry({ id, hash }: DesiredObject, live: KubeObject, health: Health, memory: Memory): void {
  const lifeMs = timeToLiveMs(live);
  if (lifeMs === undefined) return;
  const completedMs = Date.parse(String(getAt(live, ['status', 'completionTime'])));
  if (health.status === 'Current' && !Number.isNaN(completedMs)) {
    memory.completed.set(id, { hash, expiresAtMs: completedMs + lifeMs });
  }
}

function timeToLiveMs(object: KubeObject): number | undefined {
  if (object.kind !== 'Job' || !object.apiVersion.startsWith('batch/')) return undefined;
  const seconds = getAt(object, ['spec', 'ttlSecondsAfterFinished']);
  return typeof seconds === 'number' ? seconds * 1000 : undefined;
}
