import { expect, test } from 'vitest';
import { lackingDependencies } from './release-dependencies.ts';

test('the released package names everything that the workspace packages take from the registry', () => {
  expect(lackingDependencies(process.cwd())).toEqual([]);
});
