import { isJsonObject, type KubeObject } from '@stageset/k8s';

/** What a deletion may ask for beside its policy. */
export interface Grace {
  /** How long a pod has to stop: 0 removes it at once, left out it is as long as the pod says. */
  readonly gracePeriodSeconds?: number;
}

/**
 * How many seconds a pod that is deleted now has to stop: those asked for, else its own. One that runs nowhere, or has
 * ended, has nothing to stop. `undefined` for kinds that are removed without grace.
 */
export function graceOf(object: KubeObject, asked: number | undefined): number | undefined {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return undefined;
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const status = isJsonObject(object['status']) ? object['status'] : {};
  if ((spec['nodeName'] ?? '') === '' || status['phase'] === 'Failed' || status['phase'] === 'Succeeded') return 0;
  const own = spec['terminationGracePeriodSeconds'];
  const seconds = asked ?? (typeof own === 'number' ? own : 0);
  return seconds < 0 ? 1 : seconds;
}

/** A pod's metadata with its deletion under way: it is to be gone when its grace is over. */
export function doomed(metadata: KubeObject['metadata'], seconds: number, nowMs: number): KubeObject['metadata'] {
  const { generation } = metadata;
  return {
    ...metadata,
    deletionTimestamp: isoSeconds(nowMs + seconds * 1000),
    deletionGracePeriodSeconds: seconds,
    ...(generation === undefined ? {} : { generation: generation + 1 }),
  };
}

/** The same with less grace, counted from when the deletion began; `undefined` when that would be no less. */
export function hastened(metadata: KubeObject['metadata'], seconds: number): KubeObject['metadata'] | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds: present } = metadata;
  if (deletionTimestamp === undefined || present === undefined || seconds >= present) return undefined;
  const endMs = Date.parse(deletionTimestamp) + (seconds - present) * 1000;
  return { ...metadata, deletionTimestamp: isoSeconds(endMs), deletionGracePeriodSeconds: seconds };
}

function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
