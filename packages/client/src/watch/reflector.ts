import { UnreachableError } from '@stageset/k8s';
import type { Clock, ObjectList } from '@stageset/ports';
import { orAborted, pause, startDeadline } from '../requests/deadline.ts';
import type { OpenStream } from '../requests/requester.ts';
import { decodeEvent, type ReflectorEvent, type WireEvent } from './events.ts';
import { LineDecoder } from './json-lines.ts';
import type { WatchLimits } from './limits.ts';
import { type Phase, recover } from './recovery.ts';

/** Where a reflector reads from: a whole list, and the stream of what changes after it. */
export interface WatchSource {
  /** What is watched, for messages: `configmaps in prod`. */
  readonly name: string;
  list(signal: AbortSignal): Promise<ObjectList>;
  /** Rejects with a typed error when the server refuses. */
  open(position: string, timeoutSeconds: number, signal: AbortSignal): Promise<OpenStream>;
}

export interface ReflectorOptions {
  readonly clock: Clock;
  /** From 0 to below 1, as `Math.random`. */
  readonly random: () => number;
  readonly limits: WatchLimits;
}

/** What a reflector knows between two rounds. */
interface Progress {
  /** The resourceVersion to watch from; a list comes first while there is none. */
  position: string | undefined;
  phase: Phase;
  /** When the last stream was opened. */
  openedMs: number;
  failures: number;
  isPolling: boolean;
}

/**
 * Lists and then watches for as long as `signal` lets it, through every failure in between: resumes where a stream
 * broke, lists afresh when the position has expired, backs off with chance, and says `degraded` while it cannot. After
 * `signal` has aborted nothing more is handed out; the iteration then ends without an error.
 */
export async function* reflect(
  source: WatchSource,
  options: ReflectorOptions,
  signal: AbortSignal,
): AsyncGenerator<ReflectorEvent, void, void> {
  const { clock, limits, random } = options;
  const progress: Progress = { position: undefined, phase: 'list', openedMs: 0, failures: 0, isPolling: false };
  while (!signal.aborted) {
    let failure: unknown;
    try {
      for await (const event of listAndWatch(source, options, progress, signal)) {
        if (signal.aborted) return;
        yield event;
      }
      continue; // The server ended the stream in good order: go on where it was.
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return;
    // A stream that lasted was no failure, even if it was silent.
    const hasLasted = progress.phase === 'stream' && clock.now() - progress.openedMs >= limits.shortWatchMs;
    progress.failures = hasLasted ? 1 : progress.failures + 1;
    const { next, delayMs, isDegraded } = recover(failure, progress, limits, random());
    if (next !== 'resume') progress.position = undefined;
    progress.isPolling = next === 'poll';
    if (isDegraded) yield { type: 'degraded', error: asError(failure) };
    try {
      await pause(clock, delayMs, signal);
    } catch {
      return; // Only the signal ends a pause early.
    }
  }
}

/** One round: a list if there is no position, then one stream to its end. Rejects with what ended it too early. */
async function* listAndWatch(
  source: WatchSource,
  options: ReflectorOptions,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<ReflectorEvent, void, void> {
  if (progress.position === undefined) {
    progress.phase = 'list';
    const { items, resourceVersion } = await orAborted(source.list(signal), signal);
    progress.position = resourceVersion;
    yield { type: 'synced', items, resourceVersion };
  }
  progress.phase = 'open';
  const { clock, limits } = options;
  let isSilent = true;
  for await (const event of stream(source, options, progress, signal)) {
    if (event.type === 'error') throw event.error;
    isSilent = false;
    progress.failures = 0;
    progress.isPolling = false;
    if (event.type === 'undecodable') {
      yield {
        type: 'degraded',
        error: new Error(`watch of ${source.name}: ${event.error.message}`, { cause: event.error }),
      };
      continue;
    }
    progress.position = event.type === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
    yield event;
  }
  if (isSilent && clock.now() - progress.openedMs < limits.shortWatchMs) {
    throw new UnreachableError(`the watch of ${source.name} ended at once, without an event`);
  }
  progress.failures = 0;
}

/** One stream of events, to its end; the time in which its reader is busy does not count as silence. */
async function* stream(
  source: WatchSource,
  { clock, limits, random }: ReflectorOptions,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<WireEvent, void, void> {
  const lifeMs = limits.minWatchMs + (limits.maxWatchMs - limits.minWatchMs) * random();
  const opened = await orAborted(source.open(progress.position ?? '', Math.ceil(lifeMs / 1000), signal), signal);
  progress.phase = 'stream';
  progress.openedMs = clock.now();
  const silent = (): Error =>
    new UnreachableError(
      `the watch of ${source.name} was silent for ${limits.maxSilenceMs / 1000} s and is taken for dead`,
    );
  const decoder = new LineDecoder(limits.maxEventBytes);
  using silence = startDeadline(clock, 0, silent, signal);
  const chunks = opened.chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      silence.reset(limits.maxSilenceMs);
      const { done, value: chunk } = await orAborted(chunks.next(), silence.signal);
      silence.reset(0);
      if (done === true) break;
      for (const line of decoder.push(chunk)) yield decodeEvent(line);
    }
  } catch (cause) {
    if (cause instanceof UnreachableError || silence.signal.aborted) throw cause;
    throw new UnreachableError(`the watch of ${source.name} broke`, { cause });
  } finally {
    opened.close();
  }
  if (decoder.isInsideLine) throw new UnreachableError(`the watch of ${source.name} broke in the middle of an event`);
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
