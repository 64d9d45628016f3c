import { ApiError, isForbidden, type KubeObject, type ObjectRef, UnreachableError } from '@stageset/k8s';
import type { Clock, Cluster } from '@stageset/ports';
import { concurrently } from '../effects/concurrently.ts';

/** What is known of an object that is read by name. */
export type Reading =
  | { readonly state: 'unread' }
  | { readonly state: 'read'; readonly object: KubeObject | undefined }
  /** It may not be read. */
  | { readonly state: 'denied'; readonly error: ApiError }
  /** It cannot be read now. */
  | { readonly state: 'failed'; readonly error: Error };

/** How often an object is read that may not be watched. */
export const READ_EVERY_MS = 30_000;
/** An object that nobody has asked for this long is not read any more, until somebody does. */
const FORGET_AFTER_MS = 60 * 60_000;
/** What could not be read is read again at most this often while somebody asks. */
const READ_AGAIN_MS = 2_000;
const CONCURRENCY = 8;

interface Polled {
  readonly ref: ObjectRef;
  reading: Reading;
  askedMs: number;
  /** When the last read began. */
  readMs: number;
  /** Counts what has happened to it: a read that began before a write does not undo it. */
  version: number;
}

export interface PolledObjectsParts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** An object has been read for the first time, or is not as it was. */
  readonly changed: (ref: ObjectRef, reading: Reading) => void;
}

/** Objects that an identity may not watch, read one by one: at once when they are first asked for, then on a timer. */
export class PolledObjects {
  readonly #parts: PolledObjectsParts;
  readonly #polled = new Map<string, Polled>();
  #isTicking = false;

  constructor(parts: PolledObjectsParts) {
    this.#parts = parts;
  }

  /** What is known now; the first call for an object has it read. */
  read(ref: ObjectRef): Reading {
    const nowMs = this.#parts.clock.now();
    const known = this.#polled.get(keyOf(ref));
    if (known !== undefined) {
      known.askedMs = nowMs;
      const isLacking = known.reading.state === 'denied' || known.reading.state === 'failed';
      if (isLacking && nowMs - known.readMs >= READ_AGAIN_MS) void this.#load(known);
      return known.reading;
    }
    const polled: Polled = { ref, reading: { state: 'unread' }, askedMs: nowMs, readMs: nowMs, version: 0 };
    this.#polled.set(keyOf(ref), polled);
    void this.#load(polled);
    this.#tick();
    return polled.reading;
  }

  /** Takes in what a write has returned. */
  remember(object: KubeObject): void {
    const { namespace, name } = object.metadata;
    const { apiVersion, kind } = object;
    const polled = this.#polled.get(
      keyOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }),
    );
    if (polled === undefined) return;
    polled.version += 1;
    polled.reading = { state: 'read', object };
  }

  /** What is known of an object is out of date: it is read anew, and not known before that. */
  expire(ref: ObjectRef): void {
    const polled = this.#polled.get(keyOf(ref));
    if (polled === undefined) return;
    polled.version += 1;
    polled.reading = { state: 'unread' };
    void this.#load(polled);
  }

  #tick(): void {
    const { clock, signal } = this.#parts;
    if (this.#isTicking || signal.aborted) return;
    this.#isTicking = true;
    const cancel = clock.schedule(READ_EVERY_MS, () => {
      signal.removeEventListener('abort', cancel);
      void this.#round().then(() => {
        this.#isTicking = false;
        if (this.#polled.size > 0) this.#tick();
      });
    });
    signal.addEventListener('abort', cancel, { once: true });
  }

  async #round(): Promise<void> {
    const nowMs = this.#parts.clock.now();
    for (const [key, { askedMs }] of this.#polled) if (nowMs - askedMs > FORGET_AFTER_MS) this.#polled.delete(key);
    await concurrently([...this.#polled.values()], CONCURRENCY, (polled) => this.#load(polled));
  }

  async #load(polled: Polled): Promise<void> {
    const { cluster, signal, changed } = this.#parts;
    const { version } = polled;
    polled.readMs = this.#parts.clock.now();
    const reading = await readOnce(cluster, polled.ref, signal);
    if (signal.aborted || polled.version !== version) return;
    const before = polled.reading;
    polled.reading = reading;
    if (essence(before) !== essence(reading)) changed(polled.ref, reading);
  }
}

async function readOnce(cluster: Cluster, ref: ObjectRef, signal: AbortSignal): Promise<Reading> {
  try {
    return { state: 'read', object: await cluster.get(ref, signal) };
  } catch (error) {
    if (isForbidden(error)) return { state: 'denied', error };
    if (error instanceof ApiError || error instanceof UnreachableError) return { state: 'failed', error };
    // A kind that is gone has no objects; anything else was the signal.
    return { state: 'read', object: undefined };
  }
}

function essence(reading: Reading): string {
  switch (reading.state) {
    case 'unread':
      return '';
    case 'read':
      return `read ${reading.object?.metadata.uid ?? ''} ${reading.object?.metadata.resourceVersion ?? ''}`;
    case 'denied':
    case 'failed':
      return `${reading.state} ${reading.error.message}`;
  }
}

function keyOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return `${apiVersion}|${kind}|${namespace ?? ''}/${name}`;
}
