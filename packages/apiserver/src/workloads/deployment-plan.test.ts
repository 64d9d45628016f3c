import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recreateSizes, rollingSizes, type SetView, type Strategy } from './deployment-plan.ts';

const set = (name: string, replicas: number, available = replicas): SetView => ({
  name,
  replicas,
  actual: replicas,
  available,
});

const cases: readonly {
  name: string;
  newest: SetView;
  old: readonly SetView[];
  strategy: Strategy;
  want: Readonly<Record<string, number>>;
}[] = [
  {
    name: 'grows by the surge first',
    newest: set('new', 0),
    old: [set('old', 4)],
    strategy: { replicas: 4, maxSurge: 1, maxUnavailable: 1 },
    want: { new: 1 },
  },
  {
    name: 'takes away what may be unavailable when the surge is used up',
    newest: set('new', 1, 0),
    old: [set('old', 4)],
    strategy: { replicas: 4, maxSurge: 1, maxUnavailable: 1 },
    want: { old: 3 },
  },
  {
    name: 'takes broken old pods before sound ones',
    newest: set('new', 1, 0),
    old: [set('broken', 2, 0), set('sound', 2)],
    strategy: { replicas: 4, maxSurge: 1, maxUnavailable: 2 },
    want: { broken: 0 },
  },
  {
    name: 'shrinks the newest when less is asked for',
    newest: set('new', 5),
    old: [],
    strategy: { replicas: 2, maxSurge: 1, maxUnavailable: 1 },
    want: { new: 2 },
  },
  {
    name: 'is done when nothing old is left',
    newest: set('new', 4),
    old: [set('old', 0)],
    strategy: { replicas: 4, maxSurge: 1, maxUnavailable: 1 },
    want: {},
  },
];
for (const { name, newest, old, strategy, want } of cases) {
  test(name, () => expect(Object.fromEntries(rollingSizes(newest, old, strategy))).toEqual(want));
}

test('recreate shrinks everything old, waits, then grows', () => {
  const old = [set('old', 2)];
  expect([...recreateSizes(set('new', 0), old, 2, true)]).toEqual([['old', 0]]);
  expect([...recreateSizes(set('new', 0), [set('old', 0)], 2, true)]).toEqual([]);
  expect([...recreateSizes(set('new', 0), [set('old', 0)], 2, false)]).toEqual([['new', 2]]);
});

const anySet = (name: string) =>
  fc
    .record({ replicas: fc.nat(6), sound: fc.nat(6) })
    .map(({ replicas, sound }) => set(name, replicas, Math.min(replicas, sound)));
const anyStrategy = fc
  .record({ replicas: fc.nat(8), maxSurge: fc.nat(3), maxUnavailable: fc.nat(3) })
  .map((one) => (one.maxSurge === 0 && one.maxUnavailable === 0 ? { ...one, maxUnavailable: 1 } : one));

test('asks for no more pods than the surge allows, and takes no available pod that is needed', () => {
  fc.assert(
    fc.property(anySet('new'), anySet('a'), anySet('b'), anyStrategy, (newest, a, b, strategy) => {
      const sizes = rollingSizes(newest, [a, b], strategy);
      const size = (view: SetView) => sizes.get(view.name) ?? view.replicas;
      const before = newest.replicas + a.replicas + b.replicas;
      const after = size(newest) + size(a) + size(b);
      expect(after).toBeLessThanOrEqual(Math.max(before, strategy.replicas + strategy.maxSurge));
      if (newest.replicas > strategy.replicas) return;
      const kept = (view: SetView) => Math.min(size(view), view.available);
      const least = strategy.replicas - strategy.maxUnavailable;
      const had = newest.available + a.available + b.available;
      expect(kept(newest) + kept(a) + kept(b)).toBeGreaterThanOrEqual(Math.min(had, least));
    }),
  );
});

test('comes to an end from anywhere when every pod it asks for becomes available', () => {
  fc.assert(
    fc.property(anySet('new'), anySet('a'), anySet('b'), anyStrategy, (newest, a, b, strategy) => {
      let sets = [newest, a, b];
      for (let step = 0; step < 50; step++) {
        const [first, ...old] = sets;
        if (first === undefined) return;
        const sizes = rollingSizes(first, old, strategy);
        sets = sets.map((view) => set(view.name, sizes.get(view.name) ?? view.replicas));
      }
      expect(sets.map((view) => view.replicas)).toEqual([strategy.replicas, 0, 0]);
    }),
  );
});
