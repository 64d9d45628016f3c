import type { KubeObject } from '@stageset/k8s';
import { keyOf } from '../storage/storage.ts';
import type { LocalRegistry } from './local-registry.ts';

/** How long an event is kept after it was last written: the default of `--event-ttl`. */
export const EVENT_TTL_MS = 3_600_000;

/**
 * Lets events go an hour after they were last written, whoever wrote them. One timer waits for the oldest.
 * @returns what ends it.
 */
export function expireEvents(registry: LocalRegistry): () => void {
  const kind = registry.kindOf({ apiVersion: 'v1', kind: 'Event' });
  if (kind === undefined) return () => undefined;
  const { clock, storage } = registry;
  /** When each falls due, the oldest first: all live equally long. */
  const dueMs = new Map<string, number>();
  let cancel: (() => void) | undefined;

  const wait = (): void => {
    const [first] = dueMs.values();
    if (first !== undefined && cancel === undefined) cancel = clock.schedule(first - clock.now(), expire);
  };
  const expire = (): void => {
    cancel = undefined;
    for (const [key, due] of dueMs) {
      if (due > clock.now()) break;
      dueMs.delete(key);
      storage.remove(kind.storage, key);
    }
    wait();
  };
  // What a data file brought along is as old as it is.
  const { keys, get } = storage.at(kind.storage);
  const kept = keys.map((key) => ({ key, due: writtenMs(get(key)) + EVENT_TTL_MS }));
  for (const { key, due } of kept.toSorted((a, b) => a.due - b.due)) dueMs.set(key, due);
  wait();
  const unlisten = storage.listen(kind.storage, ({ type, object }) => {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    dueMs.delete(key);
    if (type === 'deleted') return;
    dueMs.set(key, clock.now() + EVENT_TTL_MS);
    wait();
  });
  return () => {
    unlisten();
    cancel?.();
    dueMs.clear();
  };
}

function writtenMs(event: KubeObject | undefined): number {
  const instants = [event?.['lastTimestamp'], event?.['eventTime'], event?.metadata.creationTimestamp];
  const known = instants.flatMap((instant) => (typeof instant === 'string' ? [Date.parse(instant)] : []));
  return Math.max(0, ...known.filter(Number.isFinite));
}
