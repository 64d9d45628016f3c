import { isJsonArray, isJsonObject, type JsonObject, type KubeObject } from '@stageset/k8s';
import { badRequest } from '../registry/status-error.ts';

/**
 * The log of a pod's container: a line for each thing that happened to it, since there is no process that writes one.
 * @throws 400 when it is not clear which container is meant, or there is none of that name.
 */
export function podLog(pod: KubeObject, query: URLSearchParams): string {
  const name = containerName(pod, query.get('container') ?? '');
  const state = statusOf(pod, name);
  const lines = state === undefined ? [] : linesOf(state);
  const tail = query.get('tailLines');
  const wanted = tail === null ? lines : lines.slice(Math.max(0, lines.length - Number(tail)));
  const withTimes = query.get('timestamps') === 'true';
  return wanted.map(({ time, text }) => `${withTimes ? `${time} ` : ''}${text} (simulated)\n`).join('');
}

function containerName(pod: KubeObject, asked: string): string {
  const names = [...namesAt(pod, 'initContainers'), ...namesAt(pod, 'containers')];
  const [only, ...others] = namesAt(pod, 'containers');
  if (asked === '' && only !== undefined && others.length === 0) return only;
  if (names.includes(asked)) return asked;
  const { name } = pod.metadata;
  if (asked !== '') throw badRequest(`container ${asked} is not valid for pod ${name}`);
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`);
}

interface LogLine {
  readonly time: string;
  readonly text: string;
}

function linesOf(container: JsonObject): readonly LogLine[] {
  const lines: LogLine[] = [];
  for (const moment of [container['lastState'], container['state']]) {
    if (!isJsonObject(moment)) continue;
    const { running, terminated } = moment;
    const began = isJsonObject(terminated) ? terminated : running;
    if (isJsonObject(began))
      lines.push({ time: textOf(began, 'startedAt'), text: `container ${textOf(container, 'name')} started` });
    if (!isJsonObject(terminated)) continue;
    const text = `container ${textOf(container, 'name')} ended with exit code ${String(terminated['exitCode'] ?? 0)}`;
    lines.push({ time: textOf(terminated, 'finishedAt'), text });
  }
  return lines;
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
