import { expect, test } from 'vitest';
import { Share } from './share.ts';

const KEY = 'shop/app';

/** A share whose replica keeps `KEY` or not, as is said; what it is told to do is noted. */
function shareOf() {
  const state = { keeps: true };
  const did: string[] = [];
  const ended: (() => void)[] = [];
  const share = new Share({
    replica: { owns: () => state.keeps, keeps: () => state.keeps },
    keys: () => [KEY],
    catchUp: async () => void did.push('caught up'),
    passesEnded: () => new Promise((resolve) => ended.push(resolve)),
    wake: (key) => void did.push(`wakes ${key}`),
    forget: (key) => void did.push(`forgets ${key}`),
    begin: (key) => void did.push(`begins ${key}`),
    later: () => undefined,
  });
  const changeTo = async (keeps: boolean): Promise<void> => {
    state.keeps = keeps;
    share.changed();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { share, did, ended, changeTo };
}

test('what comes is begun with nothing remembered, once', async () => {
  const { share, did, changeTo } = shareOf();
  expect(share.mayBegin(KEY)).toBe(false);
  await changeTo(true);
  expect([share.mayBegin(KEY), share.mayBegin(KEY)]).toEqual([true, true]);
  expect(did).toEqual(['caught up', `wakes ${KEY}`, `begins ${KEY}`]);
});

test('what comes back before the last pass of its earlier time has ended is begun anew too', async () => {
  const { share, did, ended, changeTo } = shareOf();
  await changeTo(true);
  share.mayBegin(KEY);
  did.length = 0;
  await changeTo(false);
  expect(share.mayBegin(KEY)).toBe(false);
  await changeTo(true);
  expect(share.mayBegin(KEY)).toBe(true);
  for (const end of ended) end();
  await Promise.resolve();
  await Promise.resolve();
  expect(did).toEqual(['caught up', `wakes ${KEY}`, `begins ${KEY}`]);
});

test('what has gone is forgotten when its passes have ended', async () => {
  const { share, did, ended, changeTo } = shareOf();
  await changeTo(true);
  share.mayBegin(KEY);
  did.length = 0;
  await changeTo(false);
  expect(did).toEqual([]);
  for (const end of ended) end();
  await Promise.resolve();
  await Promise.resolve();
  expect(did).toEqual([`forgets ${KEY}`]);
});
