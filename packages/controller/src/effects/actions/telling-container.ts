import { isJsonArray, isJsonObject, type JsonObject, type KubeObject, own } from '@stageset/k8s';

/** The container whose words explain a pod. */
export interface TellingContainer {
  readonly name: string;
  /** In words: `exited with 1`, `exited with 137 (OOMKilled)`, `was running`. */
  readonly state: string;
  /** Whether it has failed. */
  readonly isFailed: boolean;
  /** Whether it has been started again since: its words are those from before. */
  readonly isPrevious: boolean;
}

/** Whether a container decides about its pod. Sidecars (init containers that are restarted) do not. */
interface Seen {
  readonly name: string;
  readonly decides: boolean;
  readonly isInit: boolean;
  readonly state: JsonObject;
  readonly lastState: JsonObject;
}

/**
 * Picks the container that tells why a pod is as it is: the first that failed of those that decide about the pod, then a
 * sidecar that failed, then what runs. Containers that fail later are mostly ended by the first. `undefined` when nothing of
 * it has run.
 */
export function tellingContainer(pod: KubeObject): TellingContainer | undefined {
  const seen = containersOf(pod);
  const [failed] = seen
    .flatMap((container) => failureOf(container) ?? [])
    .toSorted((a, b) => Number(b.decides) - Number(a.decides) || a.atMs - b.atMs);
  if (failed !== undefined) return failed.told;
  const running = seen.filter(({ state }) => isJsonObject(own(state, 'running')));
  const at = running.find(({ decides, isInit }) => decides && !isInit) ?? running.find(({ decides }) => decides);
  const [first] = running;
  const shown = at ?? first;
  return shown && { name: shown.name, state: 'was running', isFailed: false, isPrevious: false };
}

interface FailedContainer {
  readonly told: TellingContainer;
  readonly decides: boolean;
  readonly atMs: number;
}

function failureOf({ name, decides, state, lastState }: Seen): FailedContainer | undefined {
  const now = terminationOf(state);
  const before = terminationOf(lastState);
  const ended = now ?? before;
  if (ended === undefined || ended.exitCode === 0) return undefined;
  const why = ['', 'Error'].includes(ended.reason) ? '' : ` (${ended.reason})`;
  const isPrevious = now === undefined && isJsonObject(own(state, 'running'));
  return {
    told: { name, state: `exited with ${ended.exitCode}${why}`, isFailed: true, isPrevious },
    decides,
    atMs: ended.atMs,
  };
}

function terminationOf(
  state: JsonObject,
): { readonly exitCode: number; readonly reason: string; readonly atMs: number } | undefined {
  const terminated = own(state, 'terminated');
  if (!isJsonObject(terminated)) return undefined;
  const [exitCode, reason, finishedAt] = ['exitCode', 'reason', 'finishedAt'].map((key) => own(terminated, key));
  const atMs = typeof finishedAt === 'string' ? Date.parse(finishedAt) : Number.NaN;
  return {
    exitCode: typeof exitCode === 'number' ? exitCode : 0,
    reason: typeof reason === 'string' ? reason : '',
    atMs: Number.isNaN(atMs) ? Number.MAX_SAFE_INTEGER : atMs,
  };
}

/** In the order in which they are started. */
function containersOf(pod: KubeObject): readonly Seen[] {
  const status = objectAt(pod, 'status');
  const restarted = new Set(
    listAt(objectAt(pod, 'spec'), 'initContainers')
      .filter((container) => own(container, 'restartPolicy') === 'Always')
      .map((container) => own(container, 'name')),
  );
  return (['initContainerStatuses', 'containerStatuses'] as const).flatMap((list) =>
    listAt(status, list).flatMap((container): Seen[] => {
      const name = own(container, 'name');
      if (typeof name !== 'string') return [];
      const isInit = list === 'initContainerStatuses';
      const decides = !(isInit && restarted.has(name));
      const [state, lastState] = [objectAt(container, 'state'), objectAt(container, 'lastState')];
      return [{ name, decides, isInit, state, lastState }];
    }),
  );
}

function objectAt(object: JsonObject | KubeObject, key: string): JsonObject {
  const value = own(object as JsonObject, key);
  return isJsonObject(value) ? value : {};
}

function listAt(object: JsonObject, key: string): readonly JsonObject[] {
  const value = own(object, key);
  return isJsonArray(value) ? value.filter(isJsonObject) : [];
}
