import { expect, test } from 'vitest';
import { type MemberRecord, Membership, type Moment } from './membership.ts';

const TERMS = { durationMs: 15_000, skewMs: 1_000, writeMs: 5_000 };
const at = (steadyMs: number, wallMs = steadyMs): Moment => ({ steadyMs, wallMs });
const record = (id: string, version: string, acknowledges: readonly string[] = []): MemberRecord => ({
  id,
  version,
  durationMs: 15_000,
  isReleased: false,
  acknowledges: new Set(acknowledges),
});

function alone(): Membership {
  const membership = new Membership(TERMS);
  membership.held('me', at(0), at(10));
  membership.listed([record('me', '1')], at(10), at(20));
  return membership;
}

test('nothing is ours before we have heard who else is there', () => {
  const membership = new Membership(TERMS);
  expect(membership.owns('a', at(0))).toBe(false);
  membership.held('me', at(0), at(10));
  expect(membership.owns('a', at(10))).toBe(false);
  membership.listed([], at(10), at(20)); // A list that does not know of us is older than our lease.
  expect(membership.owns('a', at(20))).toBe(false);
  membership.listed([record('me', '1')], at(20), at(30));
  expect(membership.owns('a', at(30))).toBe(true);
});

const lasts = [
  { name: 'at first', now: at(0), left: 14_000, owns: true },
  { name: 'with room for one more write', now: at(9_000), left: 5_000, owns: true },
  { name: 'without', now: at(9_001), left: 4_999, owns: false },
  { name: 'when the wall clock says that more time has passed', now: at(100, 9_001), left: 4_999, owns: false },
  { name: 'when the wall clock was set back', now: at(9_001, -3_600_000), left: 4_999, owns: false },
];
for (const { name, now, left, owns } of lasts) {
  test(`what is left of a lease: ${name}`, () => {
    expect([alone().leftMs(now), alone().owns('a', now)]).toEqual([left, owns]);
  });
}

test('a renewal counts from when it was sent, and one that is answered after the end not at all', () => {
  const membership = alone();
  expect(membership.held('me', at(3_000), at(6_000))).toBe(true);
  expect(membership.leftMs(at(6_000))).toBe(11_000);
  expect(membership.held('me', at(16_000), at(17_001))).toBe(false);
  expect(membership.leftMs(at(17_001))).toBeLessThan(0);
});

test('one that comes later waits until it is acknowledged, and one that was there before makes room at once', () => {
  const later = new Membership(TERMS);
  later.held('later', at(0), at(10));
  later.listed([record('earlier', '5'), record('later', '6')], at(10), at(20));
  expect(later.isAcknowledged).toBe(false);
  later.listed([record('earlier', '7', ['later']), record('later', '6')], at(30), at(40));
  expect(later.isAcknowledged).toBe(true);

  const earlier = alone();
  const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
  expect(keys.filter((key) => earlier.owns(key, at(30)))).toHaveLength(50);
  earlier.listed([record('me', '1'), record('later', '6', ['me'])], at(30), at(40));
  const kept = keys.filter((key) => earlier.owns(key, at(40)));
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.length).toBeLessThan(40);
});

test('a lease lapses by the time since its last renewal was heard of, and never comes back', () => {
  const membership = alone();
  membership.listed([record('me', '1'), record('other', '5', ['me'])], at(900), at(1_000));
  const alive = (sentMs: number, records: readonly MemberRecord[]): readonly string[] => {
    membership.listed(records, at(sentMs), at(sentMs + 5));
    return membership.peers;
  };
  const me = record('me', '1');
  expect(alive(16_999, [me, record('other', '5', ['me'])])).toEqual(['other']);
  expect(alive(17_000, [me])).toEqual(['other']); // Gone without a word: it may still be at work.
  expect(alive(17_001, [me, record('other', '5', ['me'])])).toEqual([]);
  expect(alive(17_100, [me, record('other', '6', ['me'])])).toEqual([]);
});

test('a lease that was released, and one of our own that we have lost, count no more', () => {
  const membership = alone();
  membership.listed([record('me', '1'), { ...record('other', '5', ['me']), isReleased: true }], at(10), at(20));
  expect(membership.peers).toEqual([]);
  membership.lose();
  expect(membership.owns('a', at(30))).toBe(false);
  membership.held('me-again', at(40), at(50));
  membership.listed([record('me', '1'), record('me-again', '9')], at(60), at(70));
  expect(membership.owns('a', at(70))).toBe(true);
});
