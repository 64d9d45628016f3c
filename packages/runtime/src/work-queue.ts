import { Heap } from './heap.ts';

/** `user`: somebody is waiting for it. `background`: a timer of ours, such as an interval or a retry. */
export type Priority = 'user' | 'background';

/**
 * How long a background key stands back behind user keys that fall due after it. Bounded, so that a steady stream of
 * user keys delays the background, and never starves it.
 */
export const BACKGROUND_HANDICAP_MS = 30_000;

interface Entry {
  readonly key: string;
  readonly dueMs: number;
  readonly priority: Priority;
  /** The order of arrival, to be fair among equals. */
  readonly sequence: number;
}

export interface Taken {
  readonly key: string;
  readonly priority: Priority;
  /** When the key fell due; the difference to now is how long it has waited for a worker. */
  readonly dueMs: number;
}

export interface QueueCounts {
  /** Due, and waiting for a worker. */
  readonly ready: number;
  /** Not due yet. */
  readonly waiting: number;
  readonly running: number;
}

function rankOf({ dueMs, priority }: Entry): number {
  return priority === 'user' ? dueMs : dueMs + BACKGROUND_HANDICAP_MS;
}

function isMoreUrgent(a: Entry, b: Entry): boolean {
  const difference = rankOf(a) - rankOf(b);
  return difference < 0 || (difference === 0 && a.sequence < b.sequence);
}

/** The heaps are built anew when they hold more replaced entries than this beyond the number of keys. */
const MAX_STALE_ENTRIES = 1_000;

/**
 * Keys and when they are due. A key is in it at most once: adding it again keeps the earlier time and the higher
 * priority. A key that is running is held back, and comes again once when it was added meanwhile. Holds keys only, and no
 * clock: the caller says what time it is.
 */
export class WorkQueue {
  /** What is to come of each key that is not running. The heaps may also hold entries that were replaced since. */
  readonly #queued = new Map<string, Entry>();
  /** Keys that run, with what was added meanwhile. */
  readonly #running = new Map<string, Entry | undefined>();
  #waiting = new Heap<Entry>((a, b) => a.dueMs < b.dueMs);
  #ready = new Heap<Entry>(isMoreUrgent);
  #sequence = 0;

  add(key: string, dueMs: number, priority: Priority): void {
    const isRunning = this.#running.has(key);
    const before = isRunning ? this.#running.get(key) : this.#queued.get(key);
    const entry: Entry = {
      key,
      dueMs: Math.min(dueMs, before?.dueMs ?? dueMs),
      priority: before?.priority === 'user' ? 'user' : priority,
      sequence: before?.sequence ?? this.#sequence++,
    };
    if (isRunning) this.#running.set(key, entry);
    else if (entry.dueMs !== before?.dueMs || entry.priority !== before.priority) this.#enqueue(entry);
  }

  /** The most urgent key that is due, which is running from now on; `undefined` when none is due. */
  take(nowMs: number): Taken | undefined {
    this.#ripen(nowMs);
    const entry = this.#ready.pop();
    if (entry === undefined) return undefined;
    this.#queued.delete(entry.key);
    this.#running.set(entry.key, undefined);
    this.#dropStale(this.#ready);
    return { key: entry.key, priority: entry.priority, dueMs: entry.dueMs };
  }

  /** The key has run. What was added of it meanwhile is queued now. */
  done(key: string): void {
    const next = this.#running.get(key);
    this.#running.delete(key);
    if (next !== undefined) this.#enqueue(next);
  }

  /**
   * When the next key falls due; where one is due already, the time of any that is. `undefined` when nothing is queued.
   * Running keys do not count.
   */
  get nextDueMs(): number | undefined {
    this.#dropStale(this.#ready);
    this.#dropStale(this.#waiting);
    const ready = this.#ready.peek()?.dueMs;
    const waiting = this.#waiting.peek()?.dueMs;
    if (ready === undefined || waiting === undefined) return ready ?? waiting;
    return Math.min(ready, waiting);
  }

  counts(nowMs: number): QueueCounts {
    let ready = 0;
    for (const { dueMs } of this.#queued.values()) if (dueMs <= nowMs) ready++;
    return { ready, waiting: this.#queued.size - ready, running: this.#running.size };
  }

  #enqueue(entry: Entry): void {
    this.#queued.set(entry.key, entry);
    this.#waiting.push(entry);
    if (this.#waiting.size + this.#ready.size > 2 * this.#queued.size + MAX_STALE_ENTRIES) this.#compact();
  }

  /** Forgets replaced entries, which would otherwise stay until their time has come. */
  #compact(): void {
    this.#waiting = new Heap<Entry>((a, b) => a.dueMs < b.dueMs);
    this.#ready = new Heap<Entry>(isMoreUrgent);
    for (const entry of this.#queued.values()) this.#waiting.push(entry);
  }

  /** Moves what is due from the heap by time to the heap by urgency. */
  #ripen(nowMs: number): void {
    for (let next = this.#waiting.peek(); next !== undefined && next.dueMs <= nowMs; next = this.#waiting.peek()) {
      this.#waiting.pop();
      if (this.#isCurrent(next)) this.#ready.push(next);
    }
    this.#dropStale(this.#ready);
  }

  #dropStale(heap: Heap<Entry>): void {
    for (let top = heap.peek(); top !== undefined && !this.#isCurrent(top); top = heap.peek()) heap.pop();
  }

  #isCurrent(entry: Entry): boolean {
    return this.#queued.get(entry.key) === entry;
  }
}
