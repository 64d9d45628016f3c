/** What a component says of an object, before it is known whether it has said so before. */
export interface Saying {
  /** Who says it, of what: component, host, kind, namespace, name and uid. Events of one source share it. */
  readonly source: string;
  /** Part of the object: `spec.containers{main}`. */
  readonly fieldPath: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** What is to become of it. `count` includes this time. */
export type Correlated =
  | { readonly kind: 'new'; readonly key: string; readonly message: string }
  | {
      readonly kind: 'again';
      readonly key: string;
      readonly name: string;
      readonly count: number;
      readonly message: string;
    }
  | { readonly kind: 'dropped' };

/** Of events that differ in their message alone, so many are kept apart; further ones are counted together. */
const MOST_SIMILAR = 10;
const SIMILAR_FOR_MS = 600_000;
/** A source says this much of one object at once, and then one thing more every five minutes. */
const BURST = 25;
const REFILL_MS = 300_000;
/** As many sources, groups and events are remembered. */
const MOST_REMEMBERED = 4096;

interface Group {
  messages: Set<string>;
  lastMs: number;
}

interface Budget {
  tokens: number;
  atMs: number;
}

interface Written {
  readonly name: string;
  readonly count: number;
}

/**
 * Decides, as the event clients of Kubernetes components do, whether an event is new, is one more of what was said
 * before, or is too much: the same event is counted, many that differ in their message are combined, and a source that
 * says too much of one object is not heard.
 */
export class EventCorrelation {
  readonly #written = new Map<string, Written>();
  readonly #groups = new Map<string, Group>();
  readonly #budgets = new Map<string, Budget>();

  observe(saying: Saying, nowMs: number): Correlated {
    const { source, fieldPath, type, reason, message } = saying;
    const group = this.#group(`${source}\n${type}\n${reason}`, nowMs);
    group.messages.add(message);
    const isCombined = group.messages.size >= MOST_SIMILAR;
    if (isCombined) group.messages.delete(group.messages.values().next().value ?? message);
    const key = isCombined
      ? `${source}\n${type}\n${reason}`
      : `${source}\n${fieldPath}\n${type}\n${reason}\n${message}`;
    const text = isCombined ? `(combined from similar events): ${message}` : message;
    const before = this.#written.get(key);
    const budget = this.#budget(`${source}\n${type}`, nowMs);
    if (budget.tokens < 1) return { kind: 'dropped' };
    budget.tokens -= 1;
    if (before === undefined) return { kind: 'new', key, message: text };
    const count = before.count + 1;
    remember(this.#written, key, { name: before.name, count });
    return { kind: 'again', key, name: before.name, count, message: text };
  }

  /** Tells under which name a new event was written. */
  written(key: string, name: string): void {
    remember(this.#written, key, { name, count: 1 });
  }

  #group(key: string, nowMs: number): Group {
    const known = this.#groups.get(key);
    const isFresh = known !== undefined && nowMs - known.lastMs <= SIMILAR_FOR_MS;
    const group = isFresh ? known : { messages: new Set<string>(), lastMs: nowMs };
    group.lastMs = nowMs;
    remember(this.#groups, key, group);
    return group;
  }

  #budget(key: string, nowMs: number): Budget {
    const budget = this.#budgets.get(key) ?? { tokens: BURST, atMs: nowMs };
    budget.tokens = Math.min(BURST, budget.tokens + (nowMs - budget.atMs) / REFILL_MS);
    budget.atMs = nowMs;
    remember(this.#budgets, key, budget);
    return budget;
  }
}

/** Puts an entry last; the entry that was not used for longest goes when there are too many. */
function remember<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key);
  entries.set(key, value);
  if (entries.size <= MOST_REMEMBERED) return;
  const [oldest] = entries.keys();
  if (oldest !== undefined) entries.delete(oldest);
}
