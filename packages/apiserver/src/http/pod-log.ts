import { isJsonArray, isJsonObject, type JsonObject, type KubeObject } from '@stageset/k8s';
import { badRequest } from '../registry/status-error.ts';
import { type LogOptions, logOptions } from './pod-log-options.ts';

/**
 * The log of a pod's container: a line for each thing that happened to it, since there is no process that writes one.
 * With `previous` it is that of the container that ran before; while a container waits to be started again, both are the
 * same.
 * @throws 400 when it is not clear which container is meant, there is none of that name, or it has not run; 422 for
 * options that make no sense.
 */
export function podLog(pod: KubeObject, query: URLSearchParams, nowMs: number): string {
  const options = logOptions(query, pod.metadata.name);
  const name = containerName(pod, options.container);
  const lines = linesOf(momentOf(pod, name, options.previous), name);
  return written(lines, options, nowMs);
}

/** Whether the container of a log has ended, so that nothing will be added to it. */
export function isLogComplete(pod: KubeObject, query: URLSearchParams): boolean {
  const { container, previous } = logOptions(query, pod.metadata.name);
  const state = statusOf(pod, containerName(pod, container))?.['state'];
  return previous || (isJsonObject(state) && state['running'] === undefined);
}

interface LogLine {
  readonly time: string;
  readonly text: string;
}

function written(lines: readonly LogLine[], options: LogOptions, nowMs: number): string {
  const { tailLines, sinceMs, limitBytes, timestamps } = options;
  const fromMs = sinceMs?.(nowMs) ?? 0;
  const recent = lines.filter(({ time }) => !(Date.parse(time) < fromMs));
  const wanted = tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - tailLines));
  const text = wanted.map((line) => `${timestamps ? `${line.time} ` : ''}${line.text} (simulated)\n`).join('');
  return limitBytes === undefined ? text : text.slice(0, limitBytes);
}

function containerName(pod: KubeObject, asked: string): string {
  const initial = namesAt(pod, 'initContainers');
  const names = namesAt(pod, 'containers');
  const [only, ...others] = names;
  if (asked === '' && only !== undefined && others.length === 0) return only;
  if (initial.includes(asked) || names.includes(asked)) return asked;
  const { name } = pod.metadata;
  if (asked !== '') throw badRequest(`container ${asked} is not valid for pod ${name}`);
  const also = initial.length === 0 ? '' : ` or one of the init containers: [${initial.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${also}`);
}

/** What a container was or is in: the state whose log is meant. */
function momentOf(pod: KubeObject, name: string, previous: boolean): JsonObject {
  const { lastState, state } = statusOf(pod, name) ?? {};
  const before = isJsonObject(lastState) && isJsonObject(lastState['terminated']) ? lastState : undefined;
  const where = `container "${name}" in pod "${pod.metadata.name}"`;
  if (previous) {
    if (before === undefined) throw badRequest(`previous terminated ${where} not found`);
    return before;
  }
  const now = isJsonObject(state) ? state : {};
  if (isJsonObject(now['running']) || isJsonObject(now['terminated'])) return now;
  if (before !== undefined) return before;
  const waiting = isJsonObject(now['waiting']) ? now['waiting'] : {};
  const reason = textOf(waiting, 'reason');
  throw badRequest(reason === '' ? `${where} is not available` : `${where} is waiting to start: ${reason}`);
}

function linesOf({ running, terminated }: JsonObject, name: string): readonly LogLine[] {
  const began = isJsonObject(terminated) ? terminated : isJsonObject(running) ? running : {};
  const start: LogLine = { time: textOf(began, 'startedAt'), text: `container ${name} started` };
  if (!isJsonObject(terminated)) return [start];
  const text = `container ${name} ended with exit code ${String(terminated['exitCode'] ?? 0)}`;
  return [start, { time: textOf(terminated, 'finishedAt'), text }];
}

function statusOf(pod: KubeObject, name: string): JsonObject | undefined {
  const status = isJsonObject(pod['status']) ? pod['status'] : {};
  return ['initContainerStatuses', 'containerStatuses']
    .flatMap((list) => (isJsonArray(status[list]) ? status[list].filter(isJsonObject) : []))
    .find((container) => container['name'] === name);
}

function namesAt(pod: KubeObject, list: string): readonly string[] {
  const spec = isJsonObject(pod['spec']) ? pod['spec'] : {};
  return isJsonArray(spec[list]) ? spec[list].filter(isJsonObject).map((container) => textOf(container, 'name')) : [];
}

function textOf(object: JsonObject, key: string): string {
  return typeof object[key] === 'string' ? object[key] : '';
}
