import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

test('a host that hangs leaves places for the others', async () => {
  const slots = new Slots(3, 2);
  const order: string[] = [];
  const take = (host: string) =>
    slots.take(host, never).then((slot) => {
      order.push(host);
      return slot;
    });
  const first = await take('dead');
  await take('dead');
  const third = take('dead');
  const other = await take('alive');
  expect(order).toEqual(['dead', 'dead', 'alive']);
  first[Symbol.dispose]();
  await third;
  expect(order).toEqual(['dead', 'dead', 'alive', 'dead']);
  other[Symbol.dispose]();
});

test('one that gives up waiting leaves its turn to the next', async () => {
  const slots = new Slots(1, 1);
  const held = await slots.take('a', never);
  const stop = new AbortController();
  const givesUp = slots.take('b', stop.signal);
  const next = slots.take('c', never);
  stop.abort(new Error('enough'));
  await expect(givesUp).rejects.toThrow('enough');
  held[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  (await slots.take('d', never))[Symbol.dispose]();
});
