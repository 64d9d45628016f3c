import { expect, test } from 'vitest';
import { Interests } from './interests.ts';

function someInterests() {
  const woken: string[] = [];
  return { woken, interests: new Interests((key) => woken.push(key)) };
}

test('an interest wakes those who have stated it, until they state others', () => {
  const { woken, interests } = someInterests();
  interests.state('prod/a', new Set(['x', 'y']));
  interests.state('prod/b', new Set(['x']));
  interests.wake('x');
  interests.state('prod/a', new Set(['y']));
  interests.wake('x');
  interests.forget('prod/b');
  interests.wake('x');
  expect(woken).toEqual(['prod/a', 'prod/b', 'prod/b']);
});

test('what happens while something is read for the first time is not missed', () => {
  const { woken, interests } = someInterests();
  interests.begin('prod/a');
  interests.wake('x');
  interests.wake('z');
  expect(woken).toEqual([]);
  interests.state('prod/a', new Set(['x', 'y']));
  expect(woken).toEqual(['prod/a']);
  interests.begin('prod/a');
  interests.wake('x');
  interests.state('prod/a', new Set(['x', 'y']));
  expect(woken).toEqual(['prod/a', 'prod/a']);
});
