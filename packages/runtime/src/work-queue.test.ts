import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BACKGROUND_HANDICAP_MS, type Priority, type Taken, WorkQueue } from './work-queue.ts';

describe('a queue', () => {
  test('holds a key once, at the earliest time and the highest priority', () => {
    const queue = new WorkQueue();
    queue.add('a', 500, 'user');
    queue.add('a', 100, 'background');
    queue.add('a', 900, 'background');
    expect(queue.counts(99)).toEqual({ ready: 0, waiting: 1, running: 0 });
    expect(queue.take(99)).toBeUndefined();
    expect(queue.take(100)).toEqual({ key: 'a', dueMs: 100, priority: 'user' });
    expect(queue.take(900)).toBeUndefined();
  });

  test('holds back a key that runs, and gives it once more when it was added meanwhile', () => {
    const queue = new WorkQueue();
    queue.add('a', 0, 'user');
    queue.take(0);
    queue.add('a', 0, 'background');
    queue.add('a', 0, 'user');
    expect(queue.take(0)).toBeUndefined();
    expect(queue.nextDueMs).toBeUndefined();
    queue.done('a');
    expect(queue.take(0)?.key).toBe('a');
    queue.done('a');
    expect(queue.take(0)).toBeUndefined();
  });

  test('lets user keys go first, but not for ever', () => {
    const queue = new WorkQueue();
    queue.add('background', 0, 'background');
    queue.add('user', 1_000, 'user');
    queue.add('late user', BACKGROUND_HANDICAP_MS + 1, 'user');
    const order = [1, 2, 3].map(() => queue.take(BACKGROUND_HANDICAP_MS + 1)?.key);
    expect(order).toEqual(['user', 'background', 'late user']);
  });

  test('gives keys of one time and priority in the order of their arrival', () => {
    const queue = new WorkQueue();
    for (const key of ['c', 'a', '__proto__', 'b']) queue.add(key, 0, 'user');
    expect([1, 2, 3, 4].map(() => queue.take(0)?.key)).toEqual(['c', 'a', '__proto__', 'b']);
  });

  test('stays small when keys come again and again before their time', () => {
    const queue = new WorkQueue();
    queue.add('other', 5, 'user');
    for (let i = 0; i < 10_000; i++) {
      queue.add('hot', 1_000_000, 'background');
      queue.add('hot', i, 'user');
      if (queue.take(i)?.key === 'other') expect(queue.take(i)?.key).toBe('hot');
      queue.done('hot');
    }
    expect(queue.counts(10_000)).toEqual({ ready: 0, waiting: 0, running: 1 });
  });
});

/** The same rules, written down for clarity and not for speed. */
class Model {
  queued: { key: string; dueMs: number; priority: Priority; sequence: number }[] = [];
  running = new Map<string, { key: string; dueMs: number; priority: Priority; sequence: number } | undefined>();
  sequence = 0;

  add(key: string, dueMs: number, priority: Priority): void {
    const before = this.running.has(key) ? this.running.get(key) : this.queued.find((entry) => entry.key === key);
    const entry = {
      key,
      dueMs: Math.min(dueMs, before?.dueMs ?? dueMs),
      priority: before?.priority === 'user' ? ('user' as const) : priority,
      sequence: before?.sequence ?? this.sequence++,
    };
    if (this.running.has(key)) this.running.set(key, entry);
    else this.queued = [...this.queued.filter((other) => other.key !== key), entry];
  }

  take(nowMs: number): Taken | undefined {
    const rank = (entry: { dueMs: number; priority: Priority }) =>
      entry.dueMs + (entry.priority === 'background' ? BACKGROUND_HANDICAP_MS : 0);
    const [first] = this.queued
      .filter(({ dueMs }) => dueMs <= nowMs)
      .sort((a, b) => rank(a) - rank(b) || a.sequence - b.sequence);
    if (first === undefined) return undefined;
    this.queued = this.queued.filter((entry) => entry !== first);
    this.running.set(first.key, undefined);
    const { sequence: _, ...taken } = first;
    return taken;
  }

  done(key: string): void {
    const next = this.running.get(key);
    this.running.delete(key);
    if (next !== undefined) this.queued.push(next);
  }

  get nextDueMs(): number | undefined {
    return this.queued.length === 0 ? undefined : Math.min(...this.queued.map(({ dueMs }) => dueMs));
  }
}

test('behaves as its model, whatever happens in whatever order', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', '__proto__');
  const priority = fc.constantFrom<Priority>('user', 'background');
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), key, inMs: fc.nat(60_000), priority }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('done' as const), key }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(40_000) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const queue = new WorkQueue();
      const model = new Model();
      let nowMs = 0;
      for (const next of steps) {
        if (next.do === 'pass') nowMs += next.ms;
        if (next.do === 'take') expect(queue.take(nowMs)).toEqual(model.take(nowMs));
        if (next.do === 'add') {
          queue.add(next.key, nowMs + next.inMs, next.priority);
          model.add(next.key, nowMs + next.inMs, next.priority);
        }
        if (next.do === 'done' && model.running.has(next.key)) {
          queue.done(next.key);
          model.done(next.key);
        }
        const due = model.queued.map(({ dueMs }) => dueMs).filter((dueMs) => dueMs <= nowMs);
        expect(due.length === 0 ? [model.nextDueMs] : due).toContain(queue.nextDueMs);
        const ready = model.queued.filter(({ dueMs }) => dueMs <= nowMs).length;
        const waiting = model.queued.length - ready;
        expect(queue.counts(nowMs)).toEqual({ ready, waiting, running: model.running.size });
      }
    }),
    { numRuns: 500 },
  );
});
