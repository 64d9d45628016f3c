import { validateStageSet } from '@stageset/api';
import { expect, test } from 'vitest';
import { aConfigMap, aNamespace, aStage, aStageSet, live } from './objects.ts';

test('StageSets from the builder are valid', () => {
  const stageSet = aStageSet('prod/shop', ['crds', aStage('web', { path: 'web' })], { spec: { interval: '1m' } });
  expect(validateStageSet(stageSet)).toEqual([]);
});

test('keys name namespaced and cluster-scoped objects', () => {
  expect(aConfigMap('prod/settings', { a: 'b' }).metadata).toEqual({ namespace: 'prod', name: 'settings' });
  expect(aNamespace('prod').metadata).toEqual({ name: 'prod' });
  expect(live(aNamespace('prod'), { generation: 3 }).metadata).toMatchObject({ name: 'prod', generation: 3 });
});
