import type { KubeObject } from '@stageset/k8s';
import { fieldsAt, textAt } from '../../builtin/fields.ts';
import { conditionOf, isTrue } from '../conditions.ts';

export function phaseOf(pod: KubeObject): string {
  return textAt(fieldsAt(pod, 'status'), 'phase') ?? 'Pending';
}

/** Counts among the replicas of its owner: neither ended nor on its way out. */
export function isActive(pod: KubeObject): boolean {
  const phase = phaseOf(pod);
  return phase !== 'Succeeded' && phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined;
}

export function isReady(pod: KubeObject): boolean {
  return isTrue(fieldsAt(pod, 'status'), 'Ready');
}

/** In how many milliseconds a ready pod has been so for `minReadySeconds`; 0 when it has, `undefined` if not ready. */
export function untilAvailableMs(pod: KubeObject, minReadySeconds: number, nowMs: number): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = conditionOf(fieldsAt(pod, 'status'), 'Ready')?.['lastTransitionTime'];
  const readyMs = typeof since === 'string' ? Date.parse(since) : nowMs;
  return Math.max(0, readyMs + minReadySeconds * 1000 - nowMs);
}

export interface PodCount {
  readonly ready: number;
  readonly available: number;
  /** When the next ready pod becomes available, in milliseconds from now. */
  readonly againMs: number | undefined;
}

export function countPods(pods: readonly KubeObject[], minReadySeconds: number, nowMs: number): PodCount {
  let ready = 0;
  let available = 0;
  let againMs: number | undefined;
  for (const pod of pods) {
    const waitMs = untilAvailableMs(pod, minReadySeconds, nowMs);
    if (waitMs === undefined) continue;
    ready++;
    if (waitMs === 0) available++;
    else againMs = Math.min(againMs ?? waitMs, waitMs);
  }
  return { ready, available, againMs };
}
