import { describe, expect, test } from 'vitest';
import { aPin, aRun, aStage, aStageSet } from '../testing/facts.ts';
import { nextRun, pinsOf, revisionsOf, triggerOf } from './run.ts';

describe('revisions of pins', () => {
  test('go by namespace and name', () => {
    expect(revisionsOf([aPin('a'), aPin('b', 'r2')])).toEqual({ 'prod/source-a': 'r1', 'prod/source-b': 'r2' });
  });

  test('of two kinds with one name do not overwrite each other', () => {
    const [git, bucket] = [
      { ...aPin('a'), kind: 'GitRepository', name: 'src' },
      { ...aPin('b', 'r2'), kind: 'Bucket', name: 'src' },
    ];
    expect(revisionsOf([git, bucket, aPin('c')])).toEqual({
      'GitRepository/prod/src': 'r1',
      'Bucket/prod/src': 'r2',
      'prod/source-c': 'r1',
    });
  });

  test('of one source that two stages share are one', () => {
    expect(revisionsOf([aPin('a'), { ...aPin('a'), stage: 'b' }])).toEqual({ 'prod/source-a': 'r1' });
  });
});

describe('a run begins anew', () => {
  const run = aRun(['a', 'b']);
  const stageSet = (parts: Parameters<typeof aStageSet>[0] = {}) =>
    aStageSet({ stages: [aStage('a'), aStage('b')], status: { run }, ...parts });
  const pins = run.pins;
  const [first, second] = [aPin('a'), aPin('b')];

  test('not while everything is as it was pinned', () => {
    expect(triggerOf(stageSet(), pins, undefined)).toBeUndefined();
    expect(triggerOf(stageSet(), [second, first], undefined)).toBeUndefined();
  });

  test('not because the same bytes are at another place', () => {
    expect(triggerOf(stageSet(), [{ ...first, url: 'http://elsewhere/a.tar.gz' }, second], undefined)).toBeUndefined();
  });

  test.each([
    { name: 'another revision', pin: { ...second, revision: 'r2' } },
    { name: 'other bytes under the same revision', pin: { ...second, digest: 'sha256:other' } },
    { name: 'another kind of the same name', pin: { ...second, kind: 'Bucket' } },
  ])('for $name', ({ pin }) => expect(triggerOf(stageSet(), [first, pin], undefined)).toBe('revision'));

  test('for a newer spec, whatever the sources say', () => {
    expect(triggerOf(stageSet({ metadata: { generation: 2 } }), undefined, undefined)).toBe('spec');
  });

  test('once for each request', () => {
    expect(triggerOf(stageSet(), pins, 't1')).toBe('request');
    const status = { run, lastHandledReconcileAt: 't1' };
    expect(triggerOf(stageSet({ status }), pins, 't1')).toBeUndefined();
  });

  test('with a number of its own', () => {
    expect(nextRun(stageSet(), pins, [], 'now')).toMatchObject({ id: '2', generation: 1, pins });
    expect(nextRun(stageSet({ status: { run: { ...run, id: 'odd' } } }), pins, [], 'now').id).toBe('1');
    expect(nextRun(aStageSet(), pins, [], 'now').id).toBe('1');
  });
});

test('what is known to be wrong with a source is told before one that is being read', () => {
  const unready = { state: 'unready', reason: 'SourceNotReady', message: 'not yet' } as const;
  const syncing = { state: 'syncing' } as const;
  const pinned = { state: 'pinned', pin: aPin('a') } as const;
  expect(pinsOf([pinned, syncing, unready])).toMatchObject({ pins: [aPin('a')], lacking: unready });
  expect(pinsOf([pinned, unready, syncing])).toMatchObject({ lacking: unready });
  expect(pinsOf([pinned])).toEqual({ pins: [aPin('a')] });
});
