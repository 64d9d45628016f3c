import { describe, expect, test } from 'vitest';
import { entryKey } from '../inventory/entry.ts';
import { aBuiltStage, aDesired, anEntry, anInventory, anObjectFacts, NOW_MS, someFacts } from '../testing/facts.ts';
import type { Facts, Leftover, LeftoverState } from './facts.ts';
import { plan } from './plan.ts';

const EAST = 'Secret/east/value https://east.example.com';
const WEST = 'Secret/west/value https://west.example.com';
const HOUR_MS = 3_600_000;

/** What is left of other clusters, by `name place`. */
function left(states: Readonly<Record<string, LeftoverState>>, place = EAST): Map<string, Leftover> {
  return new Map(
    Object.entries(states).map(([name, state]) => {
      const entry = { ...anEntry(name), at: place };
      return [entryKey(entry), { entry, ref: aDesired(name).ref, state, uid: `uid-${name}` }];
    }),
  );
}

/** A stage `a` that is delivered to the west, with what it had delivered to the east still recorded. */
function moved(states: Readonly<Record<string, LeftoverState>>, parts: Partial<Facts> = {}): Facts {
  const here = anInventory('a', ['x']);
  const entries = [
    ...here.entries.map((entry) => ({ ...entry, at: WEST })),
    ...Object.keys(states).map((name) => ({ ...anEntry(name), at: EAST })),
  ];
  return {
    ...someFacts([aBuiltStage('a', [anObjectFacts('x')])]),
    location: WEST,
    inventory: [{ ...here, entries }],
    leftovers: left(states),
    ...parts,
  };
}

const since = (ms: number) => ({ outOfReachSince: new Map([[EAST, NOW_MS - ms]]) });

describe('what is left on a cluster that is not delivered to any more', () => {
  const cases: readonly { name: string; given: Facts; step: object; verdict?: string }[] = [
    {
      name: 'goes, although an object of that name is delivered elsewhere',
      given: moved({ x: 'present' }),
      step: { kind: 'delete', stage: 'a', why: 'prune', objects: [{ entry: { at: EAST } }] },
      verdict: 'progressing',
    },
    {
      name: 'is not deleted where it is the very object that is delivered',
      given: moved({ x: 'same' }),
      step: { kind: 'record', stage: 'a', entries: [{ at: WEST }] },
      verdict: 'progressing',
    },
    { name: 'may still terminate', given: moved({ x: 'terminating' }), step: { kind: 'settled' }, verdict: 'ready' },
    { name: 'may not be known yet', given: moved({ x: 'unsynced' }), step: { kind: 'settled' }, verdict: 'ready' },
    { name: 'stays where it is to stay', given: moved({ x: 'kept' }), step: { kind: 'settled' }, verdict: 'ready' },
    {
      name: 'and cannot be reached, holds nothing back, and is told',
      given: moved({ x: 'unreachable' }, since(0)),
      step: { kind: 'settled', held: { at: EAST, untilMs: NOW_MS + HOUR_MS, left: [{ state: 'unreachable' }] } },
      verdict: 'ready',
    },
    {
      name: 'is given up when it has been out of reach for as long as a teardown waits',
      given: moved({ x: 'unreachable', y: 'kept' }, since(HOUR_MS)),
      step: {
        kind: 'leave-behind',
        at: EAST,
        left: [{ state: 'unreachable' }],
        records: [{ stage: 'a', entries: [{ at: WEST }, { id: anEntry('y').id, at: EAST }] }],
      },
    },
    {
      name: 'is given up at once where the access leads to another cluster',
      given: moved({ x: 'moved' }),
      step: { kind: 'leave-behind', at: EAST, left: [{ state: 'moved' }], records: [{ stage: 'a' }] },
    },
    {
      name: 'waits until what is not wanted here has gone',
      given: (() => {
        const facts = moved({ x: 'present' });
        const old = { ...anEntry('old'), at: WEST };
        return {
          ...facts,
          inventory: facts.inventory.map((stage) => ({ ...stage, entries: [...stage.entries, old] })),
          leftovers: new Map([...facts.leftovers, ...left({ old: 'present' }, WEST)]),
        };
      })(),
      step: { kind: 'delete', objects: [{ entry: { at: WEST } }] },
    },
  ];
  test.each(cases)('$name', ({ given, step, verdict }) => {
    const planned = plan(given);
    expect(planned.step).toMatchObject(step);
    if (verdict !== undefined) expect(planned.verdict.kind).toBe(verdict);
  });

  test('is looked at again while it is out of reach', () => {
    const planned = plan(moved({ x: 'unreachable' }, since(HOUR_MS - 1_000)));
    expect(planned.lookAgainMs).toBe(NOW_MS + 1_000);
  });
});

test('what is delivered is recorded for its cluster, beside what is recorded for another', () => {
  const facts = moved({}, { inventory: [{ ...anInventory('a', []), entries: [{ ...anEntry('x'), at: EAST }] }] });
  expect(plan(facts).step).toMatchObject({
    kind: 'record',
    entries: [
      { id: anEntry('x').id, at: EAST },
      { id: anEntry('x').id, at: WEST },
    ],
  });
});
