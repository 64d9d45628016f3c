import { expect, test } from 'vitest';
import { growthOf, type Sample } from './memory.ts';

const samples = (rss: readonly number[]): Sample[] => rss.map((rssMib, minute) => ({ minute, rssMib, heapMib: 0 }));

test.each([
  { name: 'warming up is no growth', given: [100, 180, 200, 201, 200, 199, 205, 203, 204], want: true },
  { name: 'a leak is', given: [100, 120, 140, 160, 180, 200, 220, 240, 260], want: false },
  { name: 'one that is high once is none', given: [200, 200, 200, 200, 200, 200, 200, 400, 200], want: true },
])('$name', ({ given, want }) => {
  expect(growthOf(samples(given), ({ rssMib }) => rssMib).isFlat).toBe(want);
});
