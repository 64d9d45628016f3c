import type { KubeObject } from '@stageset/k8s';
import { conditionOf } from '../conditions.ts';
import { type Fields, fieldsAt, isFields, listAt, numberAt, textAt } from '../fields.ts';
import { age, NONE, type Row, since } from './cells.ts';

interface ContainerSummary {
  readonly reason: string;
  readonly ready: number;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
}

function isSidecar(spec: Fields, name: unknown): boolean {
  return listAt(spec, 'initContainers').some((one) => one['name'] === name && one['restartPolicy'] === 'Always');
}

function endReason({ reason, exitCode, signal }: Fields): string {
  if (typeof reason === 'string' && reason !== '') return reason;
  return typeof signal === 'number' && signal !== 0 ? `Signal:${signal}` : `ExitCode:${String(exitCode ?? 0)}`;
}

function later(a: string | undefined, status: Fields): string | undefined {
  const ended = textAt(fieldsAt(status, 'lastState', 'terminated'), 'finishedAt');
  return ended !== undefined && (a === undefined || ended > a) ? ended : a;
}

/** What the first init container that is not done says; `undefined` when all are. */
function initReason(spec: Fields, statuses: readonly Fields[]): string | undefined {
  for (const [index, status] of statuses.entries()) {
    const { waiting, terminated } = fieldsAt(status, 'state');
    if (isFields(terminated) && (numberAt(terminated, 'exitCode') ?? 0) === 0) continue;
    if (isSidecar(spec, status['name']) && status['started'] === true) continue;
    if (isFields(terminated)) return `Init:${endReason(terminated)}`;
    const why = isFields(waiting) ? textAt(waiting, 'reason') : undefined;
    if (why !== undefined && why !== 'PodInitializing') return `Init:${why}`;
    return `Init:${index}/${listAt(spec, 'initContainers').length}`;
  }
  return undefined;
}

function summaryOf(pod: KubeObject, phase: string): ContainerSummary {
  const status = fieldsAt(pod, 'status');
  let reason = phase;
  let error = '';
  let ready = 0;
  let restarts = 0;
  let lastRestart: string | undefined;
  let isRunning = false;
  for (const container of listAt(status, 'containerStatuses').toReversed()) {
    const { waiting, terminated, running } = fieldsAt(container, 'state');
    restarts += numberAt(container, 'restartCount') ?? 0;
    lastRestart = later(lastRestart, container);
    const waits = isFields(waiting) ? textAt(waiting, 'reason') : undefined;
    if (waits !== undefined) reason = waits;
    else if (isFields(terminated)) {
      reason = endReason(terminated);
      if ((numberAt(terminated, 'exitCode') ?? 0) !== 0) error = reason;
    } else if (container['ready'] === true && running !== undefined) {
      isRunning = true;
      ready++;
    }
  }
  if (reason === 'Completed') reason = completedReason(status, isRunning, error);
  return { reason, ready, restarts, lastRestart };
}

/** One container that has completed does not make a pod complete. */
function completedReason(status: Fields, isRunning: boolean, error: string): string {
  if (isRunning && conditionOf(status, 'Ready')?.['status'] === 'True') return 'Running';
  if (error !== '') return error;
  return isRunning ? 'NotReady' : 'Completed';
}

function sidecarsReady(spec: Fields, statuses: readonly Fields[]): number {
  return statuses.filter((status) => isSidecar(spec, status['name']) && status['ready'] === true).length;
}

export const podRow: Row = (pod, now) => {
  const spec = fieldsAt(pod, 'spec');
  const status = fieldsAt(pod, 'status');
  const phase = textAt(status, 'phase') ?? '';
  const inits = listAt(status, 'initContainerStatuses');
  const sidecars = listAt(spec, 'initContainers').filter((one) => one['restartPolicy'] === 'Always').length;
  const initializing = initReason(spec, inits);
  const isInitialized = conditionOf(status, 'Initialized')?.['status'] === 'True';
  const first = textAt(status, 'reason') ?? phase;
  const summary =
    initializing !== undefined && !isInitialized
      ? { reason: initializing, ready: 0, restarts: initRestarts(inits), lastRestart: undefined }
      : summaryOf(pod, first);
  const isEnded = phase === 'Succeeded' || phase === 'Failed';
  const isEnding = pod.metadata.deletionTimestamp !== undefined && !isEnded;
  const restarts =
    summary.restarts > 0 && summary.lastRestart !== undefined
      ? `${summary.restarts} (${since(summary.lastRestart, now)} ago)`
      : String(summary.restarts);
  return [
    pod.metadata.name,
    `${summary.ready + sidecarsReady(spec, inits)}/${listAt(spec, 'containers').length + sidecars}`,
    isEnding ? 'Terminating' : summary.reason,
    restarts,
    age(pod, now),
    textAt(listAt(status, 'podIPs')[0] ?? {}, 'ip') ?? NONE,
    textAt(spec, 'nodeName') ?? NONE,
    textAt(status, 'nominatedNodeName') ?? NONE,
    readinessGates(spec, status),
  ];
};

function initRestarts(statuses: readonly Fields[]): number {
  return statuses.reduce((sum, one) => sum + (numberAt(one, 'restartCount') ?? 0), 0);
}

function readinessGates(spec: Fields, status: Fields): string {
  const gates = listAt(spec, 'readinessGates');
  if (gates.length === 0) return NONE;
  const met = gates.filter((gate) => conditionOf(status, String(gate['conditionType']))?.['status'] === 'True');
  return `${met.length}/${gates.length}`;
}
