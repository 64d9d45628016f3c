import type { Release } from './crash-cell.ts';
import type { Chapter } from './crash-run.ts';

const FIRST: Release = { one: { a: 'v1', b: 'v1', moves: 'v1' }, two: { c: 'v1' }, three: { d: 'v1' } };

function upgrade(name: string, after: Release): Chapter {
  return {
    name,
    before: FIRST,
    async happen(cell) {
      await cell.applyStages(after);
      await cell.publish(after);
    },
    after,
    over: (cell) => cell.delivered(after),
  };
}

const SUPERSEDED: Release = {
  one: { a: 'v2', b: 'v2', moves: 'v1', late: 'v2' },
  two: { c: 'v2', stuck: '' },
  three: {},
};
const FIXED: Release = { one: { a: 'v3', b: 'v1', moves: 'v1' }, two: { c: 'v3' }, three: { d: 'v3' } };

export const CHAPTERS: readonly Chapter[] = [
  {
    name: 'a first rollout',
    before: undefined,
    async happen(cell) {
      await cell.publish(FIRST);
      await cell.applyStages(FIRST);
    },
    after: FIRST,
    over: (cell) => cell.delivered(FIRST),
  },
  upgrade('an upgrade that drops an object', { ...FIRST, one: { a: 'v2', moves: 'v1', new: 'v2' } }),
  upgrade('an object that moves to another stage', {
    one: { a: 'v1', b: 'v1' },
    two: { c: 'v1', moves: 'v1' },
    three: { d: 'v1' },
  }),
  upgrade('a stage that leaves', { one: { a: 'v1', b: 'v1', moves: 'v1' }, two: { c: 'v2' } }),
  {
    name: 'a teardown',
    before: FIRST,
    happen: (cell) => cell.delete(),
    after: {},
    over: (cell) => cell.gone(),
  },
  {
    name: 'a release that is stuck, and the next one',
    before: FIRST,
    async happen(cell) {
      await cell.publish(SUPERSEDED);
      await cell.begun();
      await cell.publish(FIXED);
    },
    after: FIXED,
    over: (cell) => cell.delivered(FIXED),
  },
];
