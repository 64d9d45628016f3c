import type { KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, isFields, listAt } from '../../builtin/fields.ts';
import { type Condition, withConditions } from '../conditions.ts';

type ContainerState = Readonly<Record<'waiting' | 'running' | 'terminated', Fields>>;

interface ContainerOutcome {
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: Partial<ContainerState>;
  readonly lastState?: Partial<ContainerState>;
}

/** Every container of the pod in the same state. */
function containerStatuses(pod: KubeObject, outcome: ContainerOutcome): readonly Fields[] {
  const { ready, restartCount, state, lastState = {} } = outcome;
  const isStarted = state.running !== undefined;
  return listAt(fieldsAt(pod, 'spec'), 'containers').map(({ name, image }) => ({
    name,
    image: image ?? '',
    imageID: isStarted || restartCount > 0 ? `simulated://${String(image)}` : '',
    ready,
    started: isStarted,
    restartCount,
    state,
    lastState,
  }));
}

function initContainerStatuses(pod: KubeObject, nowIso: string): Fields {
  const containers = listAt(fieldsAt(pod, 'spec'), 'initContainers');
  if (containers.length === 0) return {};
  const terminated = { exitCode: 0, reason: 'Completed', startedAt: nowIso, finishedAt: nowIso };
  return {
    initContainerStatuses: containers.map(({ name, image }) => ({
      name,
      image: image ?? '',
      imageID: `simulated://${String(image)}`,
      ready: true,
      started: false,
      restartCount: 0,
      state: { terminated },
      lastState: {},
    })),
  };
}

function conditions(pod: KubeObject, wanted: readonly Condition[], nowIso: string): readonly Fields[] {
  const probed = wanted.map((condition) => ({ lastProbeTime: null, ...condition }));
  return withConditions(fieldsAt(pod, 'status'), probed, nowIso);
}

function unready(pod: KubeObject): { readonly reason: string; readonly message: string } {
  const names = listAt(fieldsAt(pod, 'spec'), 'containers').map(({ name }) => name);
  return { reason: 'ContainersNotReady', message: `containers with unready status: [${names.join(' ')}]` };
}

function qosClass(pod: KubeObject): 'BestEffort' | 'Guaranteed' | 'Burstable' {
  const spec = fieldsAt(pod, 'spec');
  const resources = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')].map((one) =>
    fieldsAt(one, 'resources'),
  );
  const asksNothing = (one: Fields) =>
    Object.keys(fieldsAt(one, 'limits')).length === 0 && Object.keys(fieldsAt(one, 'requests')).length === 0;
  if (resources.every(asksNothing)) return 'BestEffort';
  const isFixed = (one: Fields) =>
    ['cpu', 'memory'].every((name) => {
      const limit = fieldsAt(one, 'limits')[name];
      const request = fieldsAt(one, 'requests')[name];
      return limit !== undefined && (request === undefined || request === limit);
    });
  return resources.every(isFixed) ? 'Guaranteed' : 'Burstable';
}

/** A pod that nobody has looked at. */
export function pendingStatus(pod: KubeObject): Fields {
  return { phase: 'Pending', qosClass: qosClass(pod) };
}

/** A pod that has a node and whose containers are being made. */
export function creatingStatus(pod: KubeObject, hostIp: string, nowIso: string): Fields {
  const waiting = { reason: 'ContainerCreating' };
  const notReady = { status: 'False', ...unready(pod) } as const;
  return {
    phase: 'Pending',
    qosClass: qosClass(pod),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    startTime: nowIso,
    conditions: conditions(
      pod,
      [
        { type: 'Initialized', status: 'True' },
        { type: 'Ready', ...notReady },
        { type: 'ContainersReady', ...notReady },
        { type: 'PodScheduled', status: 'True' },
      ],
      nowIso,
    ),
    containerStatuses: containerStatuses(pod, { ready: false, restartCount: 0, state: { waiting } }),
  };
}

/** A pod that no node takes. */
export function unschedulableStatus(pod: KubeObject, message: string, nowIso: string): Fields {
  return {
    phase: 'Pending',
    qosClass: qosClass(pod),
    conditions: conditions(
      pod,
      [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message,
          observedGeneration: pod.metadata.generation ?? 1,
        },
      ],
      nowIso,
    ),
  };
}

/** A pod whose containers run, and are ready unless told otherwise. It keeps its address and its restarts. */
export function runningStatus(
  pod: KubeObject,
  { podIp, ready, nowIso }: { readonly podIp: string; readonly ready: boolean; readonly nowIso: string },
): Fields {
  const status = fieldsAt(pod, 'status');
  const [before = {}] = listAt(status, 'containerStatuses');
  const running = fieldsAt(before as Fields, 'state', 'running');
  const notReady = { status: 'False', ...unready(pod) } as const;
  return {
    ...status,
    phase: 'Running',
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    conditions: ready
      ? readyConditions(pod, nowIso)
      : conditions(
          pod,
          [
            { type: 'Ready', ...notReady },
            { type: 'ContainersReady', ...notReady },
          ],
          nowIso,
        ),
    ...initContainerStatuses(pod, nowIso),
    containerStatuses: containerStatuses(pod, {
      ready,
      restartCount: restartsOf(pod),
      state: { running: 'startedAt' in running ? running : { startedAt: nowIso } },
      lastState: fieldsAt(before as Fields, 'lastState'),
    }),
  };
}

/** A pod whose images cannot be pulled. */
export function pullingStatus(pod: KubeObject, reason: 'ErrImagePull' | 'ImagePullBackOff', nowIso: string): Fields {
  const notReady = { status: 'False', ...unready(pod) } as const;
  return {
    ...fieldsAt(pod, 'status'),
    conditions: conditions(
      pod,
      [
        { type: 'Ready', ...notReady },
        { type: 'ContainersReady', ...notReady },
      ],
      nowIso,
    ),
    containerStatuses: containerStatuses(pod, { ready: false, restartCount: 0, state: {} }).map((status) => {
      const image = String(status['image']);
      const failure = pullFailure(image);
      const message =
        reason === 'ErrImagePull'
          ? failure
          : `Back-off pulling image ${JSON.stringify(image)}: ErrImagePull: ${failure}`;
      return { ...status, state: { waiting: { reason, message } } };
    }),
  };
}

/** Why an image cannot be pulled, in the words of a container runtime. */
export function pullFailure(image: string): string {
  const quoted = JSON.stringify(image);
  return `rpc error: code = NotFound desc = failed to pull and unpack image ${quoted}: ${image}: not found`;
}

function readyConditions(pod: KubeObject, nowIso: string): readonly Fields[] {
  const wanted = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  return conditions(
    pod,
    wanted.map((type) => ({ type, status: 'True' })),
    nowIso,
  ).map(({ reason: _reason, message: _message, ...condition }) => condition);
}

/** A pod whose containers have ended for good. */
export function endedStatus(pod: KubeObject, exitCode: number, nowIso: string): Fields {
  const succeeded = exitCode === 0;
  const reason = succeeded ? 'PodCompleted' : 'PodFailed';
  const terminated = {
    exitCode,
    reason: succeeded ? 'Completed' : 'Error',
    startedAt: startOf(pod),
    finishedAt: nowIso,
  };
  return {
    ...fieldsAt(pod, 'status'),
    phase: succeeded ? 'Succeeded' : 'Failed',
    conditions: conditions(
      pod,
      [
        { type: 'Ready', status: 'False', reason },
        { type: 'ContainersReady', status: 'False', reason },
      ],
      nowIso,
    ),
    containerStatuses: containerStatuses(pod, { ready: false, restartCount: restartsOf(pod), state: { terminated } }),
  };
}

export interface CrashDetails {
  readonly restarts: number;
  readonly waitMs: number;
  readonly exitCode: number;
  readonly nowIso: string;
}

/** A pod whose containers have crashed `restarts` times and wait to be started again. */
export function crashingStatus(pod: KubeObject, { restarts, waitMs, exitCode, nowIso }: CrashDetails): Fields {
  const { name, namespace, uid } = pod.metadata;
  const [container] = listAt(fieldsAt(pod, 'spec'), 'containers');
  const message = `back-off ${durationText(waitMs)} restarting failed container=${String(container?.['name'])} pod=${name}_${namespace}(${uid})`;
  const notReady = { status: 'False', ...unready(pod) } as const;
  return {
    ...fieldsAt(pod, 'status'),
    phase: 'Running',
    conditions: conditions(
      pod,
      [
        { type: 'Ready', ...notReady },
        { type: 'ContainersReady', ...notReady },
      ],
      nowIso,
    ),
    containerStatuses: containerStatuses(pod, {
      ready: false,
      restartCount: restarts,
      state: { waiting: { reason: 'CrashLoopBackOff', message } },
      lastState: { terminated: { exitCode, reason: 'Error', startedAt: nowIso, finishedAt: nowIso } },
    }),
  };
}

/** `10s`, `1m20s`: a wait as Go writes it. */
function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function startOf(pod: KubeObject): unknown {
  return fieldsAt(pod, 'status')['startTime'] ?? pod.metadata.creationTimestamp;
}

export function restartsOf(pod: KubeObject): number {
  const [status] = listAt(fieldsAt(pod, 'status'), 'containerStatuses');
  const restarts = isFields(status) ? status['restartCount'] : undefined;
  return typeof restarts === 'number' ? restarts : 0;
}
